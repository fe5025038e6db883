"""Support for third-party packages; only projects that use one import its module.

The files; each imports only from those above it:

    ninja   errors of django-ninja
"""
