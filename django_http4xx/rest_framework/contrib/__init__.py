"""Support for single extensions of Django REST framework.

The files; each imports only from those above it:

    camel_case  the client's spelling of names, for djangorestframework-camel-case
"""
