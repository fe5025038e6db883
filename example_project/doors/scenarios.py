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
    Scenario(_("Ask for a user that does not exist."), 404, "/documents/authors/nobody/"),
    Scenario(_("Enter the back office as a customer."), 403, "/documents/office/", "-u amy:amy"),
    Scenario(_("Delete a document."), 405, "/documents/texts/price-list/", "-X DELETE"),
    Scenario(
        _("Ask for a report as a picture."), 406, "/documents/report/", "-H 'Accept: image/png'"
    ),
    Scenario(
        _("Send an old version of a document."),
        409,
        "/documents/texts/price-list/versions/?number=1",
        "-X POST",
    ),
    Scenario(_("Open a sale that is over."), 410, "/documents/summer-sale/"),
    Scenario(
        _("Send a note without saying how long it is."),
        411,
        "/documents/notes/",
        "-H 'Transfer-Encoding: chunked' -d tea",
    ),
    Scenario(
        _("Change a document that somebody else changed meanwhile."),
        412,
        "/documents/texts/price-list/",
        """-H 'Content-Type: text/plain' -H 'If-Match: "1"' -d free -X PUT""",
    ),
    Scenario(
        _("Change a document without saying which version."),
        428,
        "/documents/texts/price-list/",
        "-H 'Content-Type: text/plain' -d free -X PUT",
    ),
    Scenario(
        _("Send a note of more than 20 bytes."),
        413,
        "/documents/notes/",
        "-d 'A long letter about tea.'",
    ),
    Scenario(_("Send a photo while none are taken."), 413, "/documents/photos/", "-d JPEG"),
    Scenario(_("Search without an end."), 414, f"/documents/search/?q={'tea-' * 25}"),
    Scenario(
        _("Send a picture where a text belongs."),
        415,
        "/documents/texts/price-list/",
        """-H 'Content-Type: image/gif' -H 'If-Match: "3"' -d GIF89a -X PUT""",
    ),
    Scenario(
        _("Ask for bytes 5000 to 6000 of 1000."),
        416,
        "/documents/leaflet/",
        "-H 'Range: bytes=5000-6000'",
    ),
    Scenario(_("Expect a miracle."), 417, "/documents/expecting/", "-H 'Expect: a-miracle'"),
    Scenario(
        _("Pay before the connection is safe."),
        425,
        "/documents/pay/",
        "-H 'Early-Data: 1' -X POST",
    ),
    Scenario(_("Come over HTTP/1.1 where HTTP/2 is needed."), 426, "/documents/live/"),
    Scenario(_("Read all the prices at once."), 429, "/documents/prices/?page=[1-5]"),
    Scenario(_("Open what the law forbids to show."), 451, "/documents/banned/"),
    Scenario(_("Have to pay first: raised by hand."), 402, "/raise/402/"),
    Scenario(_("Have a proxy that wants to know you: raised by hand."), 407, "/raise/407/"),
    Scenario(_("Take too long to send it all: raised by hand."), 408, "/raise/408/"),
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
