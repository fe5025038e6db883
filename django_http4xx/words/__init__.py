"""What an error says: built-in texts and editors' rows, in the reader's language, for a part of the site.

Its files, each below those that it imports:

    texts               a text with placeholders, as plain text and as HTML
    activation, scopes  the active language; hosts, languages and paths that a row is for
    markdown            what editors write, made safe
    snapshots           the active rows, kept in memory
    wording             the words for one error and one reader
"""
