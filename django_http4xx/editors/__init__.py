"""What the admin shows to editors.

Its files, each below those that it imports:

    history, overview   earlier texts; every error, and what it says today
    form                the form of one text
    preview             an unsaved text, shown by what serves the real ones
"""
