"""The ``Content-Security-Policy`` of our pages: their own style, and what is for the site to say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from . import conf
from .pages import style_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Directives = dict[str, list[str]]

POLICY = "Content-Security-Policy"

# Who may frame a page and who is told of violations.
_SAID_BY_SITE = ("frame-ancestors", "report-uri", "report-to")


def _of_django_csp() -> Mapping[str, Any]:
    said: Mapping[str, Any] = getattr(settings, "CONTENT_SECURITY_POLICY", None) or {}
    return said.get("DIRECTIVES") or {}


def _of_django() -> Mapping[str, Any]:
    return getattr(settings, "SECURE_CSP", None) or {}


# What sends a policy of the settings, and leaves one alone that an answer has: such a policy is not
# on the answer yet where the middleware is above whoever asks.
_SENT_BY: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "csp.middleware.CSPMiddleware": _of_django_csp,
    "django.middleware.csp.ContentSecurityPolicyMiddleware": _of_django,
}


def policy_beside(fields: Mapping[str, str]) -> str:
    """The policy of our page, with what the site's own say of framing and of reports.

    ``fields``: those that the answer has so far. The site's policies are read from there, else from
    the settings. Where none says who may frame the page, nobody may, or the site itself where
    ``X-Frame-Options`` lets it.

    >>> policy_beside({"Content-Security-Policy": "frame-ancestors https://partner.example"})
    "default-src 'none'; ...; frame-ancestors https://partner.example"
    """
    is_framed_here = fields.get("X-Frame-Options", "").upper() == "SAMEORIGIN"
    if POLICY not in fields:
        return _policy_by_settings(is_framed_here=is_framed_here)
    policies = [_directives(policy) for policy in fields[POLICY].split(",")]
    return _policy(policies, is_framed_here=is_framed_here)


# Most answers have no policy yet, and what the settings say is the same for all of them.
@cache
def _policy_by_settings(*, is_framed_here: bool) -> str:
    return _policy([_of_settings()], is_framed_here=is_framed_here)


def _policy(policies: Iterable[Directives], *, is_framed_here: bool) -> str:
    kept = [_said_by_site(directives) for directives in policies]
    if not any("frame-ancestors" in directives for directives in kept):
        kept[0]["frame-ancestors"] = ["'self'" if is_framed_here else "'none'"]
    first, *others = map(_written, kept)
    ours = f"default-src 'none'; style-src {style_hash()}; base-uri 'none'; form-action 'none'; {first}"
    # Each policy holds by itself (CSP3 §4.2.1): what two of them say is not to be put into one.
    return ", ".join((ours, *filter(None, others)))


def shows_our_style(policies: str) -> bool:
    """Whether a policy is there, and each one lets our page have its style (CSP3 §4.2.1)."""
    return bool(policies) and all(map(_lets_our_style, policies.split(",")))


def _said_by_site(directives: Directives) -> Directives:
    return {name: values for name, values in directives.items() if name in _SAID_BY_SITE}


def _written(directives: Directives) -> str:
    return "; ".join(" ".join((name, *values)) for name, values in directives.items())


def _of_settings() -> Directives:
    """What the settings say to the middleware that is asked first on the way out."""
    for name in reversed(settings.MIDDLEWARE):
        if name in _SENT_BY and (said := _SENT_BY[name]()):
            return {
                directive: _values(value)
                for directive, value in said.items()
                if value is not None and value is not False
            }
    return {}


def _values(value: Any) -> list[str]:
    """The values of a directive, which settings have as a text, several, or ``True`` for none."""
    if value is True:
        return []
    return [value] if isinstance(value, str) else list(map(str, value))


def _directives(policy: str) -> Directives:
    """The directives of one policy by their names; of two of one name the first counts (CSP3 §2.2.1)."""
    directives: Directives = {}
    for directive in policy.split(";"):
        name, *values = directive.split() or [""]
        directives.setdefault(name.lower(), values)
    return directives


def _lets_our_style(policy: str) -> bool:
    """Whether a policy lets our page have its style (CSP3 §6.7.2)."""
    directives = _directives(policy)
    for name in ("style-src-elem", "style-src", "default-src"):
        if name in directives:
            values = directives[name]
            restricted = any(value.startswith(("'nonce-", "'sha")) for value in values)
            return style_hash() in values or ("'unsafe-inline'" in values and not restricted)
    return True


conf.forget_on_change(
    {"CONTENT_SECURITY_POLICY", "MIDDLEWARE", "SECURE_CSP"}, _policy_by_settings.cache_clear
)
