"""What single packages beside Django REST framework need.

Its files, each below those that it imports:

    camel_case  names as djangorestframework-camel-case writes them
"""
