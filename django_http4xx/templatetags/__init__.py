"""What a project's templates load. Django takes the name of the file as that of the library.

Read it with ``{% load http4xx %}``.

    http4xx     the texts of problem.js in the language of the page
"""
