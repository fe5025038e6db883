"""Every 4xx that a Django site sends, explained to its reader.

The way of an error: a view raises one of ``exceptions``, or something else becomes one in ``conversion``.
``problems`` joins it with the ``words`` that its reader is told, ``negotiation`` chooses a format, and
``responses`` makes the answer. There is no other way.

The map. A file imports only what is above it; a folder lists its own files in its docstring.

    conf, log, signals, statuses, header_fields         settings, and what HTTP says of codes and fields
    path_prefixes, resolved_views, testcases            paths, views, and what a TestCase makes different
    words/texts, exceptions, server_errors              what a view raises
    words/                                              what a reader is told, and in which language
    causes, validation, details                         what is wrong with the fields of a request
    conversion, api_exceptions                          other people's exceptions and bare responses as ours
    type_uris, problems                                 one error, explained
    pages, formats, policies, negotiation               how it is written down, and for whom
    responses, api_responses                            the answer
    request_limits, requirements                        what is asked of a request before a view is called
    handlers, middleware                                where Django calls
    decorators/                                         conditions of a view, for each code
    models, migrations/                                 the rows that editors write
    type_pages/, urls                                   a page for each problem type
    editors/, admin                                     what editors see
    throttling/                                         429: rates, windows, stores, the decorator
    rest_framework/, contrib/                           other frameworks: handlers and throttles
    management/, testing, checks, apps                  commands, assertions, system checks, the start
"""

__version__ = "0.1.0"
