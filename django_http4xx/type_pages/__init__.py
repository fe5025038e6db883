"""A page for each problem type, and the list of them.

The files; each imports only from those above it:

    status_guide    common causes of each status, and how it differs from similar ones
    members         what the body holds, as JSON Schema and TypeScript
    examples        one error of each type
    views           the pages, as HTML and as JSON
"""
