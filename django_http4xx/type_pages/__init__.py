"""A page for each problem type, and the list of them.

Its files, each below those that it imports:

    status_guide    when each status is right, and how it differs from its neighbours
    examples        one error of each type
    views           the pages, as HTML and as JSON
"""
