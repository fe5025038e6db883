"""What the package uses of others without their having promised it: still there, and as it was.

``docs/contributing/internals.md`` says why each is needed and what to do once it changes. That is what a failure shows.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import io
import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import get_ident
from types import ModuleType

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings, urls
from django.contrib.admin.utils import label_for_field, unquote
from django.contrib.auth.middleware import auser, get_user
from django.contrib.auth.models import User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.cache.backends.base import default_key_func
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import PyMemcacheCache
from django.core.cache.backends.redis import RedisCache
from django.core.exceptions import ValidationError
from django.core.handlers.asgi import ASGIRequest
from django.db import connection, connections, transaction
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import MediaType, split_domain_port
from django.middleware import csrf
from django.template.response import SimpleTemplateResponse
from django.test import RequestFactory, override_settings, testcases
from django.test.utils import _TestState
from django.urls import URLResolver, get_resolver, path
from django.urls.resolvers import RegexPattern
from django.utils import cache, encoding, http, text, translation
from django.utils.decorators import method_decorator
from django.utils.functional import LazyObject, SimpleLazyObject, classproperty, empty
from django.utils.translation import trans_real
from django.utils.xmlutils import SimplerXMLGenerator
from django.views import debug, defaults
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from rest_framework import exceptions, fields, relations, throttling, viewsets
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.views import APIView, exception_handler, set_rollback

from django_http4xx import csrf_secrets
from django_http4xx.connections import connection_at

PACKAGE = Path(__file__).parent.parent / "django_http4xx"
DOCUMENT = (PACKAGE.parent / "docs" / "contributing" / "internals.md").read_text()

NOT_PROMISED, _, REMEMBERED = DOCUMENT.partition("\n## What is remembered\n")

# What the document says of each, by its name.
ROW = r"^\| `([^|]+)` \| [^|]+ \| [^|]+ \| ([^|]+) \|$"
ADVICE = dict(re.findall(ROW, NOT_PROMISED, re.MULTILINE))

CANARIES = {}

pytestmark = pytest.mark.django_db


def canary(name):
    """The function tells whether what is called so is as the package needs it."""

    def register(check):
        CANARIES[name] = check
        return check

    return register


@pytest.mark.parametrize("name", sorted(CANARIES.keys() | ADVICE.keys()))
def test_it_is_as_we_rely_on(name):
    assert name in ADVICE, f"The page of internals says nothing of {name}."
    assert name in CANARIES, f"{name} is on the page of internals, and nothing here looks after it."
    try:
        is_as_ever = CANARIES[name]()
    except Exception as error:
        pytest.fail(f"{name} has changed: {error!r}. {ADVICE[name]}")
    assert is_as_ever, f"{name} has changed. {ADVICE[name]}"


def test_every_private_name_of_others_is_in_the_document():
    nodes = list(_nodes())
    used = {name for node in nodes for name in _private_names_of_others(node)}
    own = {name for node in nodes for name in _own_names(node)}
    # Python and Django document these.
    documented = {"_replace", "_asdict", "_fields", "_meta", "_base_manager", "_default_manager"}
    missing = used - own - documented - set(re.findall("\\w+", NOT_PROMISED))
    assert missing == set()


def test_the_document_names_files_that_are_there():
    cells = re.findall(r"^\| `[^|]+` \| (`[^|]+`) \|", NOT_PROMISED, re.MULTILINE)
    names = {name for cell in cells for name in re.findall("`(.+?)`", cell)}
    modules = {file.relative_to(PACKAGE).with_suffix("") for file in PACKAGE.rglob("*.py")}
    packages = {module.parent for module in modules if module.name == "__init__"}
    assert {Path(name) for name in names} - modules - packages == set()
    assert len(names) > 20


def test_every_cache_is_in_the_document():
    cached = {
        node.name
        for node in _nodes()
        if isinstance(node, ast.FunctionDef)
        if any("cache" in ast.unparse(each).split(".")[-1] for each in node.decorator_list)
        if "cached_property" not in map(ast.unparse, node.decorator_list)
    }
    assert cached - set(re.findall("\\w+", REMEMBERED)) == set()
    assert len(cached) > 20


def _nodes():
    for file in PACKAGE.rglob("*.py"):
        yield from ast.walk(ast.parse(file.read_text()))


def _private_names_of_others(node):
    if isinstance(node, ast.Attribute) and not _is_self(node.value):
        names = [node.attr]
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "hasattr"):
        names = [getattr(node.args[1], "value", "")]
    else:
        names = []
    return [name for name in names if re.fullmatch("_[a-zA-Z]\\w+", str(name))]


def _own_names(node):
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and _is_self(node.value):
        yield node.attr
    elif isinstance(node, ast.Constant) and str(node.value).startswith("_http4xx"):
        yield node.value


def _is_self(value):
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def get(**more):
    return RequestFactory().get("/", **more)


class View(APIView):
    authentication_classes = [BasicAuthentication]
    renderer_classes = [JSONRenderer]

    def get(self, request):
        return Response({})


# How Django translates


@canary("trans_real._active")
def _():
    with translation.override("fr"):
        is_the_very_object = trans_real._active.value is trans_real.translation("fr")
        trans_real._active.value = trans_real.translation("de")
        return is_the_very_object and translation.get_language() == "de"


@canary("Local._storage._data, thread_id")
def _():
    with translation.override("fr"):
        held = trans_real._active._storage._data.get()
        return held.thread_id == get_ident() and held.data["value"] is trans_real._active.value


@canary("Local._storage, asyncio._get_running_loop")
def _():
    here = connections["default"]
    held = connections._connections._storage
    elsewhere = ThreadPoolExecutor(1).submit(getattr, held, "default", None).result()
    is_this_threads = held.default is here and elsewhere is not here

    async def on_a_loop():
        return connection_at("default") is connections["default"]

    return is_this_threads and connection_at("default") is here and asyncio.run(on_a_loop())


@canary("LazySettings.__dict__")
def _():
    read = vars(settings)
    with override_settings(USE_TZ=not settings.USE_TZ):
        is_forgotten = "USE_TZ" not in read or read["USE_TZ"] is settings.USE_TZ
    return is_forgotten and settings.USE_TZ is read["USE_TZ"] and read is vars(settings)


@canary("ResponseHeaders._store")
def _():
    response = HttpResponse(headers={"X-One": "1"})
    response.headers._store["x-two"] = ("X-Two", "2")
    return response.headers._store["x-one"] == ("X-One", "1") and response["X-TWO"] == "2"


@canary("trans_real._translations")
def _():
    class Asked(dict):
        def __getitem__(self, language):
            return f"translation of {language}"

    before = trans_real._translations
    trans_real._translations = Asked(dict.fromkeys(["fr"]))
    try:
        return trans_real.translation("fr") == "translation of fr"
    finally:
        trans_real._translations = before


@canary("DjangoTranslation._DjangoTranslation__to_language")
def _():
    double = copy.copy(trans_real.translation("fr"))
    double._DjangoTranslation__to_language = "a text of its own"
    return double.to_language() == "a text of its own"


@canary("trans_real.parse_accept_lang_header")
def _():
    return trans_real.parse_accept_lang_header("de;q=0.5, en") == (("en", 1.0), ("de", 0.5))


# Its requests and responses


@canary("HttpRequest._get_raw_host")
def _():
    return get(headers={"host": "evil.example:80"})._get_raw_host() == "evil.example:80"


@canary("HttpRequest._body")
def _():
    request = RequestFactory().post("/", b"tea", content_type="text/plain")
    is_unread = not hasattr(request, "_body")
    return is_unread and request.body == request._body == b"tea"


@canary("HttpRequest._stream")
def _():
    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    body = io.BytesIO(b"tea")
    request = ASGIRequest(scope, body)
    return request._stream is body and request._read_started is False


@canary("HttpRequest._mark_post_parse_error")
def _():
    request = RequestFactory().post("/", {"a": "1"})
    request._mark_post_parse_error()
    return not request.POST and not request.FILES


@canary("HttpRequest._cached_user")
def _():
    request = get()
    request.session = SessionStore()
    found = get_user(request)
    return request._cached_user is found and async_to_sync(auser)(request) is request._acached_user


@canary("HttpResponse._resource_closers")
def _():
    closed = []
    response = HttpResponse()
    response._resource_closers.append(lambda: closed.append(True))
    response.close()
    return closed == [True]


@canary("SimpleTemplateResponse.rendering_attrs")
def _():
    return "rendering_attrs" in vars(SimpleTemplateResponse) and issubclass(
        Response, SimpleTemplateResponse
    )


@canary("LazyObject._wrapped")
def _():
    lazy = SimpleLazyObject(lambda: "loaded")
    before = lazy.__dict__["_wrapped"]
    return (
        before is empty
        and str(lazy) == "loaded" == lazy._wrapped
        and issubclass(SimpleLazyObject, LazyObject)
    )


@canary("django.http.request.MediaType")
def _():
    parsed = MediaType("text/html;level=1;q=0.5")
    whole = (parsed.main_type, parsed.sub_type, parsed.quality, dict(parsed.range_params))
    return whole == ("text", "html", 0.5, {"level": "1"})


@canary("django.http.request.split_domain_port")
def _():
    return split_domain_port("tea.example:80") == ("tea.example", "80")


@canary("django.http.multipartparser.MultiPartParserError")
def _():
    request = RequestFactory().post("/", b"tea", content_type="multipart/form-data; boundary=")
    try:
        _ = request.POST
    except MultiPartParserError:
        return True
    return False


# Its views, URLs and handlers


@canary("django.conf.urls.handler404")
def _():
    bare = URLResolver(RegexPattern("^/"), ModuleType("urls_without_handlers"))
    handlers = [bare.resolve_error_handler(status) for status in (400, 403, 404)]
    named = [getattr(urls, f"handler{status}") for status in (400, 403, 404)]
    return [f"{handler.__module__}.{handler.__name__}" for handler in handlers] == named


@canary("URLResolver.url_patterns")
def _():
    module = ModuleType("urls_of_one_view")
    module.urlpatterns = [path("", View.as_view())]
    (pattern,) = get_resolver(module).url_patterns
    return pattern.callback is module.urlpatterns[0].callback


@canary("django.views.defaults.ERROR_PAGE_TEMPLATE")
def _():
    said = {
        defaults.page_not_found: (
            "Not Found",
            "The requested resource was not found on this server.",
        ),
        defaults.bad_request: ("Bad Request (400)", ""),
        defaults.permission_denied: ("403 Forbidden", ""),
    }
    with override_settings(TEMPLATES=[]):
        return all(
            view(get(), Http404()).content.decode()
            == defaults.ERROR_PAGE_TEMPLATE % {"title": title, "details": details}
            for view, (title, details) in said.items()
        )


@canary("django.views.debug.get_exception_reporter_class")
def _():
    request = get()
    request.exception_reporter_class = reporter = object()
    return debug.get_exception_reporter_class(request) is reporter


@canary("you have <code>DEBUG = True</code>")
def _():
    page = debug.technical_404_response(get(), Http404()).content
    error = (ValueError, ValueError("odd"), None)
    text = debug.ExceptionReporter(get(), *error).get_traceback_text()
    html = debug.ExceptionReporter(get(), *error).get_traceback_html()
    mark = "you have <code>DEBUG = True</code>"
    return mark in page.decode() and mark in html and "you have DEBUG = True" in text


@canary("require_http_methods: request_method_list")
def _():
    view = require_http_methods(["PUT"])(lambda request: None)
    cell = view.__closure__[view.__code__.co_freevars.index("request_method_list")]
    return cell.cell_contents == ["PUT"]


@canary("method_decorator: a partial of a bound method")
def _():
    handed = []

    def decorator(view):
        handed.append(view)
        return view

    class Page:
        @method_decorator(decorator)
        def get(self):
            return "passed"

    page = Page()
    page.get()
    dummies = [view for view in handed if getattr(view, "__name__", "") == "dummy"]
    called = [view for view in handed if isinstance(view, partial)]
    return (
        bool(called)
        and called[0].func.__self__ is page
        and all(view.__module__ == "django.utils.decorators" for view in dummies)
    )


@canary("django.middleware.csrf.REASON_*")
def _():
    begins = (
        "Origin checking failed - ",
        "Referer checking failed - ",
        "CSRF cookie ",
        "CSRF token ",
    )
    # These two are the ends of a reason about a token.
    parts = {"REASON_INCORRECT_LENGTH", "REASON_INVALID_CHARACTERS"}
    reasons = {name for name in vars(csrf) if name.startswith("REASON_")} - parts
    return len(reasons) > 5 and all(getattr(csrf, name).startswith(begins) for name in reasons)


@canary("META['CSRF_COOKIE_NEEDS_UPDATE']")
def _():
    request = get()
    csrf.get_token(request)
    return request.META["CSRF_COOKIE_NEEDS_UPDATE"] is True


@canary("META['CSRF_COOKIE']")
def _():
    request = get()
    csrf.get_token(request)
    first = request.META["CSRF_COOKIE"]
    csrf.rotate_token(request)
    return len({first, request.META["CSRF_COOKIE"]}) == 2


@canary("django.middleware.csrf: a mask before a secret")
def _():
    request = get()
    token = csrf.get_token(request)
    secret = request.META["CSRF_COOKIE"]
    own = csrf_secrets.secret_for("user 1")
    csrf._check_token_format(own)
    return csrf_secrets.secret_in(token) == secret and len(own) == len(secret)


@canary("sensitive_post_parameters: parameters")
def _():
    decorator = sensitive_post_parameters("a")
    layers = (decorator, decorator(lambda request: None))
    return all(
        layer.__closure__[layer.__code__.co_freevars.index("parameters")].cell_contents == ("a",)
        and "sensitive_post_parameters" in layer.__code__.co_qualname
        for layer in layers
    )


@canary("SafeExceptionReporterFilter.cleanse_setting")
def _():
    found = debug.SafeExceptionReporterFilter()
    return (
        found.cleanse_setting("password", "a") != "a"
        and found.cleanse_setting("text", "a") == "a"
        and found.hidden_settings is debug.SafeExceptionReporterFilter.hidden_settings
    )


# Its databases, and its tests


@canary("Atomic._from_testcase")
def _():
    return connection.atomic_blocks[0]._from_testcase is True and (
        transaction.atomic()._from_testcase is False
    )


@canary("connection.run_on_commit")
def _():
    def hook():
        """Wait."""

    with transaction.atomic():
        transaction.on_commit(hook)
        waits = connection.run_on_commit[-1][1] is hook
        return waits and isinstance(connection.savepoint_ids[-1], str)


@canary("connection.queries_log")
def _():
    log = connection.queries_log
    connection.queries_log = type(log)(maxlen=1)
    try:
        return connection.queries_log is not log and connection.queries_log.maxlen == 1
    finally:
        connection.queries_log = log


@canary("connection.needs_rollback")
def _():
    return connection.in_atomic_block is True and connection.needs_rollback is False


@canary("connections.create_connection")
def _():
    made = connections.create_connection("default")
    made.settings_dict = {**made.settings_dict, "OPTIONS": {}}
    return made is not connections["default"] and made.alias == "default" and not made.connection


@canary("django.test.testcases: who forbids queries")
def _():
    refused = testcases._DatabaseFailure(None, "No queries.").__call__
    return refused.__func__.__globals__["__name__"] == "django.test.testcases"


@canary("django.test.utils._TestState.saved_data")
def _():
    return hasattr(_TestState, "saved_data")


# Its caches


@canary("LocMemCache._cache")
def _():
    first, second, other = (LocMemCache(name, {}) for name in ("one", "one", "other"))
    return first._cache is second._cache and first._cache is not other._cache


@canary("caches: _servers, _dir, _table")
def _():
    redis = RedisCache("redis://127.0.0.1/0", {})
    memcached = PyMemcacheCache("127.0.0.1:11211", {})
    files, rows = FileBasedCache("/nowhere", {}), DatabaseCache("cached", {})
    return bool(redis._servers and memcached._servers and files._dir) and rows._table == "cached"


@canary("RedisCache._cache.get_client")
def _():
    client = RedisCache("redis://127.0.0.1:1/0", {})._cache.get_client(write=True)
    return client.connection_pool.connection_kwargs["port"] == 1


@canary("PyMemcacheCache._options, _class, client_servers")
def _():
    given = PyMemcacheCache("127.0.0.1:1", {"OPTIONS": {"no_delay": True}})
    cluster = given._class(given.client_servers, **given._options)
    return given._options["no_delay"] is True and len(cluster.clients) == 1


@canary("django.core.cache.backends.base.default_key_func")
def _():
    return DummyCache("", {}).key_func is default_key_func


# Its smaller helpers


@canary("ValidationError.error_dict, error_list")
def _():
    single = ValidationError("odd", "code")
    by_field = ValidationError({"name": [single]})
    return not hasattr(single, "error_dict") and (
        [error.code for error in by_field.error_dict["name"]] == ["code"]
        and single.error_list == [single]
        and by_field.update_error_dict({}) == by_field.error_dict
    )


@canary("django.contrib.admin.utils")
def _():
    return unquote("a_5Fb") == "a_b" and label_for_field("username", User) == "username"


@canary("the admin's _popup and _changelist_filters")
def _():
    from django.contrib.admin.options import IS_POPUP_VAR
    from django.contrib.admin.templatetags.admin_urls import add_preserved_filters

    kept = {"preserved_filters": "_changelist_filters=in%3Dfr", "opts": User._meta}
    return IS_POPUP_VAR == "_popup" and "_changelist_filters=in%3Dfr" in add_preserved_filters(
        kept, "/nowhere/"
    )


@canary("helpers in django.utils")
def _():
    class Shown:
        @classproperty
        def name(cls):  # noqa: N805
            return cls.__name__

    return (
        http.parse_etags('W/"a", "b"') == ['W/"a"', '"b"']
        and http.quote_etag("a") == '"a"'
        and http.parse_http_date_safe("odd") is None
        and encoding.repercent_broken_unicode(b"%FF\xff") == b"%FF%FF"
        and text.get_text_list(["a", "b"], "and") == "a and b"
        and Shown.name == "Shown"
        and callable(cache.get_conditional_response)
        and issubclass(SimplerXMLGenerator, object)
    )


# Django REST framework


@canary("Request._request")
def _():
    plain = get()
    return Request(plain)._request is plain


@canary("Request._parse")
def _():
    request = Request(RequestFactory().post("/", b"\xff", content_type="application/json"))
    return Request._parse.__code__.co_name == "_parse" and request._parse.__func__ is Request._parse


@canary("Request._full_data")
def _():
    request = Request(get())
    _ = request.data
    return "_full_data" in vars(request)


@canary("Request.negotiator, parsers, parser_context")
def _():
    view = View()
    request = view.initialize_request(get())
    return (
        hasattr(request.negotiator, "select_parser")
        and [type(each) for each in request.parsers] == list(view.parser_classes)
        and request.parser_context["view"] is view
    )


@canary("APIView: the steps of dispatch")
def _():
    view, plain = View(), get()
    view.setup(plain)
    view.request = request = view.initialize_request(plain)
    view.headers = view.default_response_headers
    view.format_kwarg = view.get_format_suffix()
    view.initial(request)
    refused = view.handle_exception(exceptions.NotFound())
    chosen, media_type = view.perform_content_negotiation(request, force=True)
    view.check_throttles(request)
    view.perform_authentication(request)
    finished = view.finalize_response(request, refused)
    context = view.get_exception_handler_context()
    return (
        finished.status_code == 404
        and (type(chosen), media_type) == (JSONRenderer, "application/json")
        and context["view"] is view
        and view.get_renderer_context()["view"] is view
        and view.get_authenticate_header(request) == 'Basic realm="api"'
    )


@canary("views: cls, initkwargs, actions")
def _():
    class Pages(viewsets.ViewSet):
        def list(self, request):
            return Response([])

    one, several = View.as_view(schema=None), Pages.as_view({"get": "list"}, suffix="List")
    return (
        one.cls is View
        and one.initkwargs == {"schema": None}
        and several.actions == {"get": "list"}
        and several.initkwargs == {"suffix": "List"}
    )


@canary("ReturnDict.serializer")
def _():
    serializer = object()
    return ReturnDict({"a": 1}, serializer=serializer).serializer is serializer


@canary("rest_framework.views.exception_handler, set_rollback")
def _():
    # It looks at nothing of the context.
    return exception_handler(exceptions.NotFound(), {}).status_code == 404 and callable(
        set_rollback
    )


@canary("NotAcceptable.available_renderers")
def _():
    renderers = [JSONRenderer()]
    request = Request(get(headers={"accept": "image/png"}))
    try:
        DefaultContentNegotiation().select_renderer(request, renderers)
    except exceptions.NotAcceptable as refused:
        return refused.available_renderers == renderers
    return False


@canary("APIException.auth_header, wait")
def _():
    refused = exceptions.NotAuthenticated()
    view = View()
    view.request = view.initialize_request(get())
    view.handle_exception(refused)
    answer = exception_handler(exceptions.Throttled(7), {})
    return refused.auth_header == 'Basic realm="api"' and answer.headers["Retry-After"] == "7"


@canary("APIException.default_detail, default_code, extra_detail_*")
def _():
    throttled = exceptions.Throttled
    texts = [
        throttled.default_detail,
        throttled.extra_detail_singular,
        throttled.extra_detail_plural,
    ]
    return all(map(str, texts)) and throttled.default_code == "throttled"


@canary("SimpleRateThrottle: cache, timer, history, cache_format")
def _():
    class Once(throttling.SimpleRateThrottle):
        rate = "1/s"

        def get_cache_key(self, request, view):
            return self.cache_format % {"scope": "once", "ident": "somebody"}

    throttle = Once()
    passed = [throttle.allow_request(None, None) for _ in range(2)]
    throttle.cache.delete("throttle_once_somebody")
    return passed == [True, False] and (
        len(throttle.history) == throttle.num_requests == throttle.duration == 1
        and isinstance(throttle.timer(), float)
        and throttle.now >= throttle.history[0]
    )


@canary("as_serializer_error")
def _():
    return as_serializer_error(ValidationError({"name": "odd"})) == {"name": ["odd"]}


@canary("TemplateHTMLRenderer.exception_template_names")
def _():
    names = TemplateHTMLRenderer.exception_template_names
    return [name % {"status_code": 404} for name in names] == ["404.html", "api_exception.html"]


@canary("CSRF Failed: ")
def _():
    request = RequestFactory(enforce_csrf_checks=True).post("/")
    request._dont_enforce_csrf_checks = False
    try:
        SessionAuthentication().enforce_csrf(request)
    except exceptions.PermissionDenied as refused:
        return str(refused.detail).startswith("CSRF Failed: ")
    return False


@canary("Field.error_messages, ManyRelatedField.child_relation")
def _():
    relation = relations.PrimaryKeyRelatedField(many=True, read_only=True)
    return "required" in fields.IntegerField().error_messages and (
        "incorrect_type" in relation.child_relation.error_messages
    )


# drf-spectacular


@canary("AutoSchema._is_list_view, _get_paginator, _get_serializer_name")
def _():
    from drf_spectacular.openapi import AutoSchema

    names = ("_is_list_view", "_get_paginator", "_get_serializer_name")
    return all(callable(getattr(AutoSchema, name)) for name in names)


@canary("SchemaGenerator._get_paths_and_endpoints")
def _():
    from drf_spectacular.generators import SchemaGenerator

    generator = SchemaGenerator(patterns=[path("one/", View.as_view())])
    generator._initialise_endpoints()
    ((address, _regex, method, view),) = generator._get_paths_and_endpoints()
    return (address, method, type(view)) == ("/one/", "GET", View)


# Clients of the stores


@canary("redis.Connection._sock")
def _():
    from redis.connection import Connection

    return hasattr(Connection(), "_sock")


@canary("pymemcache.HashClient: clients, hasher, client_class")
def _():
    from pymemcache import HashClient

    cluster = HashClient([("127.0.0.1", 1)], use_pooling=False)
    (name,) = cluster.clients
    return cluster.hasher.get_node("key") == name and callable(cluster.client_class)
