"""Explain every 4xx of a Django site, in the reader's language and the client's format.

A view raises one of the ``exceptions``, or ``conversion`` turns another exception into one.
``problems`` adds the ``words`` for the reader, ``negotiation`` chooses a format, and ``responses``
creates the answer. Every error takes this path.

A module imports only modules above it in this map. The docstring of a package lists its own.

    conf, log, signals              the keys of HTTP4XX; log records; signals
    statuses, header_fields         facts about each status code; checks of the values of header fields
    path_prefixes, resolved_views   paths that a setting is for; what the view of a request tells of itself
    hosts, connections              the host that a request asks for; this thread's database connections
    testcases, words/texts          support for Django's TestCase; texts with placeholders
    exceptions, server_errors       a class for each 4xx, with its words and header fields; a deliberate 5xx
    words/                          editors' words over the built-in ones, in the reader's language
    causes, validation              errors of fields: which are 400, 409 or 422; a ValidationError as a list
    details, conversion             other exceptions and empty ("bare") 4xx responses, as our exceptions
    api_exceptions                  the exceptions of Django REST framework
    branding                        the site's own name, mark and colour
    type_uris, problems             the URI of a problem type; one error explained: the members of a body
    compiled                        answers with holes for what differs
    csrf_secrets, stale_forms       whose form a CSRF token is from; a form that was refused for its token
    pages, formats                  the HTML page (its templates are in templates/); JSON, XML, plain text
    policies, negotiation           Content-Security-Policy; how Accept and Accept-Language decide
    responses, api_responses        the answer, its header fields and caching; bare responses of an API
    request_limits, requirements    limits for the whole site; conditions, in the order of HTTP
    handlers, middleware            the entry points that Django calls
    decorators/                     conditions for single views, by status code
    models, migrations/             the editors' words in the database
    type_pages/, urls               a page for each problem type, and the schema of the body
    editors/, admin                 the admin for editors
    templatetags/                   the texts of problem.js, for a project's templates
    throttling/                     429: rates, windows, stores, the decorator
    met/                            which errors visitors meet, for the editors' overview
    rest_framework/, contrib/       other frameworks: exception handlers, throttles, OpenAPI
    client, testing                 read problems that others send; assertions for tests
    management/, checks, apps       commands; system checks; the app config
"""

__version__ = "0.1.0"
