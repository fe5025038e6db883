"""What a project's templates load.

http4xx     {% load http4xx %}: the texts of problem.js in the language of the page
"""
