"""Single packages of others, each in a module that nobody imports but its users.

Its files, each below those that it imports:

    ninja   errors of django-ninja
"""
