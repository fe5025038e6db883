"""What in the shop leads to a 4xx: each can be clicked, and asked for with curl."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Scenario:
    """A request of somebody who is not signed in, and the code that answers it.

    ``options`` are those of curl beside the address; where there are any, a link cannot do it.
    """

    text: StrPromise
    status: int
    path: str
    options: str = ""


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(_("Buy more teapots than there are."), 409, "/shop/teapot/buy/?quantity=500"),
    Scenario(_("Buy “two” of them, in letters."), 400, "/shop/teapot/buy/?quantity=two"),
    Scenario(_("Buy none."), 422, "/shop/teapot/buy/?quantity=0"),
    Scenario(_("See your orders without having signed in."), 401, "/shop/orders/"),
    Scenario(_("Open a product that there never was."), 404, "/shop/coffee-machine/"),
    Scenario(_("Open a product that has been withdrawn."), 410, "/shop/glass-pot/"),
    Scenario(_("Send a form without its token."), 403, "/shop/teapot/reviews/", "-X POST"),
    Scenario(_("Delete a page that can only be read."), 405, "/shop/", "-X DELETE"),
    Scenario(
        _("Send the API a rating in letters."),
        400,
        "/api/reviews/",
        """-H 'Content-Type: application/json' -d '{"product": 1, "rating": "abc"}'""",
    ),
    Scenario(
        _("Give six stars of five."),
        422,
        "/api/reviews/",
        """-H 'Content-Type: application/json' -d '{"product": 1, "rating": 6}'""",
    ),
    Scenario(
        _("Send the API a picture."),
        415,
        "/api/reviews/",
        "-H 'Content-Type: image/gif' -d GIF89a",
    ),
    Scenario(
        _("Take a name that is taken."),
        409,
        "/api/users/",
        """-H 'Content-Type: application/json' -d '{"username": "amy"}'""",
    ),
    Scenario(_("See the balance of somebody else."), 403, "/api/users/amy/balance/", "-u ben:ben"),
    Scenario(_("Ask for a host that is not served here."), 421, "/", "-H 'Host: other.example'"),
)


# What the shop's editors have put in words of their own.
EDITED: tuple[Scenario, ...] = (
    Scenario(_("Open a page that does not exist."), 404, "/no/such/page/"),
    Scenario(
        _("Open a product that there never was: words for the shop alone."),
        404,
        "/shop/coffee-machine/",
    ),
    Scenario(_("Open a product that has been withdrawn."), 410, "/shop/glass-pot/"),
    Scenario(
        _("Buy more teapots than there are: an error of its own."),
        409,
        "/shop/teapot/buy/?quantity=500",
    ),
)
