"""The ``Content-Security-Policy`` of our pages, combined with the site's own policies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from . import conf
from .pages import style_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .branding import Site

    Directives = dict[str, list[str]]

POLICY = "Content-Security-Policy"

# The directives that the site decides: who may frame a page, and who gets reports of violations.
_SAID_BY_SITE = ("frame-ancestors", "report-uri", "report-to")


def _of_django_csp() -> Mapping[str, Any]:
    said: Mapping[str, Any] = getattr(settings, "CONTENT_SECURITY_POLICY", None) or {}
    return said.get("DIRECTIVES") or {}


def _of_django() -> Mapping[str, Any]:
    return getattr(settings, "SECURE_CSP", None) or {}


# Middleware that sends a policy from the settings, unless the answer has one. If it is above ours,
# the answer does not have its policy yet, which has to be read from the settings.
_SENT_BY: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "csp.middleware.CSPMiddleware": _of_django_csp,
    "django.middleware.csp.ContentSecurityPolicyMiddleware": _of_django,
}


def policy_beside(said: str, framing: str, site: Site) -> str:
    """The policy of our page, with the site's own directives for framing and reports.

    ``said``: the policies of the answer so far; if there are none, those in the settings count. If
    none says who may frame the page, nobody may, or only the site itself if ``framing``, which is
    ``X-Frame-Options``, is ``SAMEORIGIN``. ``site``: what the page shows of it.

    >>> policy_beside("frame-ancestors https://partner.example", "DENY", site)
    "default-src 'none'; ...; frame-ancestors https://partner.example"
    """
    is_framed_here = framing.upper() == "SAMEORIGIN"
    if not said:
        return _policy_by_settings(style_hash(site), is_framed_here=is_framed_here)
    policies = [_directives(policy) for policy in said.split(",")]
    return _policy(policies, style_hash(site), is_framed_here=is_framed_here)


def policy_for_form(site: Site) -> str:
    """The policy of our page with a form, which it sends to this site. Nobody may frame it."""
    reports = {
        name: values for name, values in _of_settings().items() if name.startswith("report-")
    }
    return _ours(style_hash(site), "'self'", _written({"frame-ancestors": ["'none'"], **reports}))


def policy_of_page_with_form(fields: Mapping[str, str]) -> str:
    """The policy of a project's page with such a form: the site's own, and ours beside it.

    ``fields``: the header fields of the answer so far, as in ``policy_beside``.
    """
    of_site = fields.get(POLICY) or _written(_of_settings())
    return ", ".join(filter(None, (of_site, "form-action 'self'; frame-ancestors 'none'")))


# Most answers have no policy yet, and the settings are the same for all of them.
@lru_cache(maxsize=256)  # emptied below
def _policy_by_settings(style: str, *, is_framed_here: bool) -> str:
    return _policy([_of_settings()], style, is_framed_here=is_framed_here)


def _policy(policies: Iterable[Directives], style: str, *, is_framed_here: bool) -> str:
    kept = [_said_by_site(directives) for directives in policies]
    if not any("frame-ancestors" in directives for directives in kept):
        kept[0]["frame-ancestors"] = ["'self'" if is_framed_here else "'none'"]
    first, *others = map(_written, kept)
    # Each policy applies by itself (CSP3 §4.2.1), so two of them cannot be merged.
    return ", ".join((_ours(style, "'none'", first), *filter(None, others)))


def _ours(style: str, form_action: str, further: str) -> str:
    return (
        f"default-src 'none'; style-src {style}; img-src data:; base-uri 'none'; "
        f"form-action {form_action}; {further}"
    )


def shows_our_style(policies: str, site: Site) -> bool:
    """Whether there are policies, and all of them allow the style of our page (CSP3 §4.2.1)."""
    if not policies:
        return False
    style = style_hash(site)
    return all(_lets_style(policy, style) for policy in policies.split(","))


def _said_by_site(directives: Directives) -> Directives:
    return {name: values for name, values in directives.items() if name in _SAID_BY_SITE}


def _written(directives: Directives) -> str:
    return "; ".join(" ".join((name, *values)) for name, values in directives.items())


def _of_settings() -> Directives:
    """The directives in the settings, for the innermost middleware that sends a policy."""
    for name in reversed(settings.MIDDLEWARE):
        if name in _SENT_BY and (said := _SENT_BY[name]()):
            return {
                directive: _values(value)
                for directive, value in said.items()
                if value is not None and value is not False
            }
    return {}


def _values(value: Any) -> list[str]:
    """The values of a directive in settings: a string, a list, or ``True`` for no values."""
    if value is True:
        return []
    return [value] if isinstance(value, str) else list(map(str, value))


def _directives(policy: str) -> Directives:
    """The directives of one policy by name; the first of a name counts (CSP3 §2.2.1)."""
    directives: Directives = {}
    for directive in policy.split(";"):
        name, *values = directive.split() or [""]
        directives.setdefault(name.lower(), values)
    return directives


def _lets_style(policy: str, style: str) -> bool:
    """Whether a policy allows the style of our page (CSP3 §6.7.2)."""
    directives = _directives(policy)
    for name in ("style-src-elem", "style-src", "default-src"):
        if name in directives:
            values = directives[name]
            restricted = any(value.startswith(("'nonce-", "'sha")) for value in values)
            return style in values or ("'unsafe-inline'" in values and not restricted)
    return True


conf.forget_on_change(
    {"CONTENT_SECURITY_POLICY", "MIDDLEWARE", "SECURE_CSP"}, _policy_by_settings.cache_clear
)
