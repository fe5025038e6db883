"""The words of an error: built-in texts and editors' rows, in the reader's language.

The files; each imports only from those above it:

    texts               a text with placeholders, as plain text and as HTML
    frame               the texts of a page around the words
    activation, scopes  the active language; the hosts, languages and paths that a row is for
    markdown            the Markdown that editors write, as safe HTML
    snapshots           the active rows, kept in memory
    wording             the words for one error and one reader
"""
