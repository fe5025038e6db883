"""Explain every 4xx of a Django site, in the reader's language and the client's format.

A view raises one of the ``exceptions``, or ``conversion`` turns another exception into one.
``problems`` adds the ``words`` for the reader, ``negotiation`` chooses a format, and ``responses``
creates the answer. Every error takes this path.

A module imports only modules above it in this map. The docstring of a package lists its modules.

    conf, log, signals, statuses, header_fields         settings, the log, and facts about HTTP
    path_prefixes, resolved_views, testcases            paths, views, and Django's TestCase
    words/texts, exceptions, server_errors              the exceptions that a view raises
    words/                                              the words for a reader, and their language
    causes, validation, details                         errors in the fields of a request
    conversion, api_exceptions                          convert other exceptions and bare responses
    type_uris, problems                                 one error, explained
    pages, formats, policies, negotiation               the formats, and the choice of one
    responses, api_responses                            the answer
    request_limits, requirements                        conditions to check before a view is called
    handlers, middleware                                the entry points that Django calls
    decorators/                                         conditions for single views, by status code
    models, migrations/                                 the editors' words in the database
    type_pages/, urls                                   a page for each problem type
    editors/, admin                                     the admin for editors
    throttling/                                         429: rates, windows, stores, the decorator
    rest_framework/, contrib/                           other frameworks: handlers and throttles
    client, testing                                     read problems that others send; assertions
    management/, checks, apps                           commands, checks, app config
"""

__version__ = "0.1.0"
