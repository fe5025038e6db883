"""The parts of the admin in which editors write explanations.

The files; each imports only from those above it:

    history, frequency  earlier texts; how often visitors meet each error, if that is counted
    overview            every error with its current words
    placeholders        what the names in braces mean, and for which errors
    edits               what somebody else changed while a form was open
    form                the form of one text
    placement           move a text, or take it out of use: what visitors are told then
    preview             an unsaved text, as visitors would see it
    json_files          texts in a file: read it, compare it with the rows, apply it
    transfer            import and export of texts
"""
