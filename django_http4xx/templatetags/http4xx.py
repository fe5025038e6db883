"""The template tag that gives ``problem.js`` its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import json_script
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from django_http4xx.words.wording import in_language

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()

# In the order in which problem.js takes them; its own, in English, are the same.
_TEXTS = (
    _("We got no usable answer. Check your connection and try again."),
    # Translators: a link to where the reader gets help.
    _("Help"),
    # Translators: before the id of an error, such as "Reference: 0J8QK5ZT".
    _("Reference:"),
    # Translators: before a clock that counts down, such as "Wait: 00:00:57".
    _("Wait:"),
    # Translators: read aloud when the time to wait is over.
    _("You can try again."),
    # Translators: a button that sends the request again.
    _("Try again"),
)


@register.simple_tag
def problem_texts() -> SafeString:
    """The texts of ``problem.js`` in the active language, as a block of data that no policy forbids.

    The first is the language that they are in, for ``lang``. Write it anywhere in a page that loads
    ``problem.js``; without it the texts are in English.

    >>> Template("{% load http4xx %}{% problem_texts %}").render(Context())
    '<script id="problem-texts" type="application/json">["en", "We got no usable answer. ...'
    """
    texts = [in_language(text, get_language() or "en") for text in _TEXTS]
    return json_script([texts[0][1], *(text for text, _language in texts)], "problem-texts")
