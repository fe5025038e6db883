"""Count which errors visitors meet, for the overview of the editors.

``INSTALLED_APPS += ["django_http4xx.met"]`` is all that it needs. An error costs one entry in a dict in
memory; a thread of its own writes the entries, at most once a minute. Nothing is kept about a person.

The files; each imports only from those above it:

    models              the table: how often, by day, error, part of the site and where the link was
    descriptions        what is counted of a request
    counting            the counts of this process in memory
    storing, flushing   add them up in the database; when this happens
    asgi                write the last counts when an ASGI server stops
    frequencies, admin  the overview; the list of the counts
    apps                connects the signal
"""
