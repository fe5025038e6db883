"""Support for single third-party packages; a project imports only the modules of those that it uses.

The files; each imports only from those above it:

    ninja   errors of django-ninja
"""
