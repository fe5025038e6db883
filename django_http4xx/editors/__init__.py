"""The parts of the admin in which editors write explanations.

The files; each imports only from those above it:

    history, overview   earlier texts; every error with its current words
    form                the form of one text
    preview             an unsaved text, as visitors would see it
"""
