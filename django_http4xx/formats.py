"""The formats of problems: one small class for each.

A project adds a format with a subclass of ``Format`` in ``HTTP4XX["FORMATS"]``.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, ClassVar, cast
from xml.sax.saxutils import escape
from xml.sax.xmlreader import AttributesImpl

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.xmlutils import SimplerXMLGenerator

from . import compiled, conf, pages
from .branding import site_of
from .compiled import Template, as_utf8, mark
from .log import logger
from .words.activation import speaking

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .compiled import Words
    from .problems import Problem

__all__ = ["JSON", "Format", "HTMLFragment", "HTMLPage", "PlainText", "ProblemJSON", "ProblemXML"]


class Format:
    """The base class of formats.

    ``name``: its name in ``HTTP4XX["DEFAULT_FORMAT"]``. ``media_type``: its name in ``Accept``.
    ``content_type``: the value of ``Content-Type``. ``vary_on``: the header fields that ``render``
    reads when caches may not store the answer. ::

        class YAML(Format):
            name = "yaml"
            media_type = content_type = "application/yaml"

            @staticmethod
            def render(problem, request):
                return yaml.safe_dump(json.loads(ProblemJSON.render(problem, request)))
    """

    name: ClassVar[str]
    media_type: ClassVar[str]
    content_type: ClassVar[str]
    vary_on: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def render(cls, problem: Problem, request: HttpRequest) -> str:
        """Render the problem as text, which is sent as UTF-8; by default with ``compile``."""
        return cls.encoded(problem, request).decode()

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        """What ``render`` returns, as UTF-8, for our own formats: most of it is kept encoded.

        A format of a project's overrides ``render`` or ``compile``, and not this.
        """
        return compiled.filled(cls, problem)

    @classmethod
    def compile(cls, words: Words) -> Template:
        """Render what problems have in common, with marks for what differs, and cut it there.

        ``words`` is a problem whose other texts are marks. A format has this or ``render``.
        """
        raise NotImplementedError


class PlainText(Format):
    """``text/plain``: the words, for clients that cannot show a page."""

    name = "text"
    media_type = "text/plain"
    content_type = "text/plain; charset=utf-8"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        if problem.errors or problem.added:
            return as_utf8(_plain_text(problem))
        return compiled.filled(cls, problem)

    @classmethod
    def compile(cls, words: Words) -> Template:
        return Template(_plain_text(words))


def _plain_text(problem: Problem) -> str:
    with speaking(problem.language):
        # Not `%`, which would raise if a translation misspells the placeholder.
        line = gettext("Reference: %(reference)s")
    reference = line.replace("%(reference)s", problem.reference)
    errors = [
        f"- {place}: {detail}" if place else f"- {detail}"
        for place, detail in problem.listed_errors
    ]
    additions = problem.listed_additions
    parts = [
        f"{problem.title} ({problem.status})",
        problem.shown_detail,
        problem.shown_explanation,
        "\n".join(errors),
        "\n".join(f"{name}: {value}" if name else value for name, value in additions),
        problem.program_remedy,
        f"{problem.help_label}: {problem.help}" if problem.help else "",
        reference,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


class ProblemJSON(Format):
    """``application/problem+json``: the body of RFC 9457 §3."""

    name = "problem+json"
    media_type = content_type = "application/problem+json"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        if problem.body is None and isinstance(problem.code, str):
            return compiled.filled(cls, problem)
        # A member may hold a lazy translation at any depth.
        with speaking(problem.language):
            body = problem.as_dict() if problem.body is None else problem.body
            return as_utf8(as_json(body))

    @classmethod
    def compile(cls, words: Words) -> Template:
        # The values are encoded with their quotes.
        text = as_json(words.as_dict()).replace('"\ue000', "\ue000").replace('\ue001"', "\ue001")
        return Template(f"{text[:-1]}{mark('rest')}}}", encode_basestring, _json_rest)


def _json_rest(problem: Problem) -> str:
    if not (problem.errors or problem.members):
        return ""
    with speaking(problem.language):
        members = as_json(problem.rest_as_dict())[1:-1]
    return members and f",{members}"


class JSON(ProblemJSON):
    """``application/json``: the same body, for clients that accept only this media type."""

    name = "json"
    media_type = content_type = "application/json"


_encode = DjangoJSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def as_json(body: object) -> str:
    """Encode the body as JSON; leave out, and log, members that cannot be encoded."""
    try:
        return _encode(body)
    except Exception:
        if not isinstance(body, Mapping):
            logger.exception("A body that is not an object cannot be written as JSON.")
            return _encode(str(body))
        sendable = {name: value for name, value in body.items() if _is_json(name, value)}
        return _encode(sendable)


def _is_json(name: str, value: object) -> bool:
    try:
        _encode({name: value})
    except Exception:
        logger.exception("The member %r cannot be written as JSON.", name)
        return False
    return True


class ProblemXML(Format):
    """``application/problem+xml``: the body of RFC 9457, appendix B."""

    name = "problem+xml"
    media_type = content_type = "application/problem+xml"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        if problem.body is None and isinstance(problem.code, str):
            return compiled.filled(cls, problem)
        return as_utf8(_xml(problem.language, ProblemJSON.encoded(problem, request)))

    @classmethod
    def compile(cls, words: Words) -> Template:
        text = _xml(words.language, as_json(words.as_dict()))
        return Template(text.replace("</problem>", f"{mark('rest')}</problem>"), _in_xml, _xml_rest)


def _xml(language: str, body: str | bytes) -> str:
    # Decoded JSON holds only types that XML can represent.
    out = StringIO()
    xml = SimplerXMLGenerator(out, "utf-8")
    xml.startDocument()
    attributes = {"xmlns": "urn:ietf:rfc:7807", "xml:lang": language}
    xml.startElement("problem", AttributesImpl(attributes))
    _xml_children(xml, json.loads(body))
    xml.endElement("problem")
    return out.getvalue()


def _xml_rest(problem: Problem) -> str:
    if not (problem.errors or problem.members):
        return ""
    out = StringIO()
    _xml_children(SimplerXMLGenerator(out, "utf-8"), json.loads(f"{{{_json_rest(problem)[1:]}}}"))
    return out.getvalue()


_is_xml_name = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*").fullmatch
_not_in_xml = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml_children(xml: SimplerXMLGenerator, value: object) -> None:
    """Write an object as elements with its names, a list as elements ``i``, the rest as text."""
    if isinstance(value, (dict, list)):
        named = value.items() if isinstance(value, dict) else (("i", item) for item in value)
        for name, child in named:
            if _is_xml_name(name):
                xml.startElement(name, AttributesImpl({}))
                _xml_children(xml, child)
                xml.endElement(name)
    elif value is not None:
        plain = value if isinstance(value, str) else json.dumps(value)
        xml.characters(_not_in_xml.sub("", plain))


def _in_xml(text: str) -> str:
    return escape(_not_in_xml.sub("", text))


class HTMLPage(Format):
    """``text/html``: the project's template for the problem, else our page."""

    name = "html"
    media_type = "text/html"
    content_type = "text/html; charset=utf-8"
    vary_on: ClassVar[tuple[str, ...]] = ("Referer",)
    template: ClassVar[str] = "problem.html"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        page = pages.own_page(problem, request)
        return as_utf8(page) if page else cls._built_in(problem, request)

    @classmethod
    def _built_in(cls, problem: Problem, request: HttpRequest) -> bytes:
        site = site_of(request)
        if type(site.name) is not str:
            with speaking(problem.language):
                site = replace(site, name="".join([str(site.name)]))
        frame = pages.frame_for(request, problem.language, problem.snapshot)
        vars(problem).update(site=site, frame=frame)
        links = pages.links(problem, request)
        form = pages.form(problem)
        if problem.errors or problem.added or form:
            context = {**pages.surroundings(problem), **links, **form, "problem": problem}
            return as_utf8(pages.rendered(cls.template, problem.language, context))
        look = (bool(site.name), site.mark, site.accent, site.accent_dark, frame)
        return compiled.filled(cls, problem, links, look)

    @classmethod
    def compile(cls, words: Words) -> Template:
        name = mark("site.name") if words.site.name else ""
        words.site = replace(words.site, name=name)
        context = {**pages.surroundings(words), **words.links, "problem": words}
        text = pages.rendered(cls.template, words.language, context)
        return Template(text, _in_html)


def _in_html(value: object) -> str:
    return value if isinstance(value, SafeString) else html.escape(str(value))


class HTMLFragment(HTMLPage):
    """A part of a page, for scripts that insert it, such as htmx (``HX-Request: true``)."""

    name = "fragment"
    vary_on = ()
    template = "fragment.html"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        return cls._built_in(problem, request)


class EscapedText(HTMLFragment):
    """The plain text in place of a fragment that cannot be rendered.

    htmx inserts an answer as HTML, whatever its type.
    """

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        return as_utf8(f"<pre>{escape(PlainText.render(problem, request))}</pre>")


class TurboFrame(HTMLFragment):
    """The fragment in the frame that asked for it (``Turbo-Frame``), which Turbo looks for.

    Chosen in place of the fragment, not by ``Accept``.
    """

    name = "turbo-frame"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        frame = html.escape(request.META["HTTP_TURBO_FRAME"])
        fragment = _for_whole_page(problem, request)
        return as_utf8(f'<turbo-frame id="{frame}">{fragment}</turbo-frame>')


class TurboStream(TurboFrame):
    """The fragment above what the frame shows: the form stays, with what was typed."""

    name = "turbo-stream"
    media_type = "text/vnd.turbo-stream.html"
    content_type = "text/vnd.turbo-stream.html; charset=utf-8"

    @classmethod
    def encoded(cls, problem: Problem, request: HttpRequest) -> bytes:
        frame = html.escape(request.META["HTTP_TURBO_FRAME"])
        # Turbo replaces what has the same id: the problem of the last try.
        fragment = _for_whole_page(problem, request, f' id="{frame}-problem"')
        return as_utf8(
            f'<turbo-stream action="prepend" target="{frame}"><template>{fragment}</template>'
            "</turbo-stream>"
        )


def _for_whole_page(problem: Problem, request: HttpRequest, attributes: str = "") -> str:
    """The fragment with links that lead out of the frame, since their pages do not have it."""
    fragment = next(each for each in FORMATS.value if each.name == "fragment")
    return f'<div data-turbo="false"{attributes}>{fragment.render(problem, request)}</div>'


def _formats(value: object) -> tuple[type[Format], ...]:
    if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
        raise TypeError("must be a list of dotted paths to format classes")
    classes = tuple(conf.imported(path, "the format") for path in cast("list[object]", value))
    if not classes:
        raise ValueError("must name at least one format")
    for cls in classes:
        if not (isinstance(cls, type) and issubclass(cls, Format)):
            raise TypeError(f"names {cls!r}, not a subclass of django_http4xx.formats.Format")
        for attribute in ("name", "media_type", "content_type"):
            if not hasattr(cls, attribute):
                raise TypeError(f"names {cls.__name__}, which has no {attribute}")
    return classes


FORMATS = conf.Key("FORMATS", _formats, conf.DEFAULT_FORMATS)
