"""What causes each code, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise

CAUSES: Mapping[int, StrPromise] = {
    400: _("The request cannot be read: a number is expected and a word came, or half is missing."),
    401: _("Nobody is signed in, or what was sent to sign in is not accepted."),
    402: _("Something has to be paid for first."),
    403: _("We know who asks, and they may not: another customer's order, the back office."),
    404: _("There is nothing at the address, and there may never have been."),
    405: _(
        "The address exists, but not for this method: a DELETE on a page that can only be read."
    ),
    406: _("The client takes no format that we can write this in."),
    407: _("A proxy in between wants to know who is asking."),
    408: _("The request began, and the rest of it did not arrive in time."),
    409: _("It clashes with what is there: the name is taken, or an older version was sent."),
    410: _("It was here, and has been removed for good."),
    411: _("The upload does not say how long it is, and has to."),
    412: _("It has changed since the client looked: the ETag that it names is an old one."),
    413: _("The upload is larger than we take."),
    414: _("The address is longer than we read, often a search that went in circles."),
    415: _("The content is of a kind that we do not take: a GIF where JSON belongs."),
    416: _("Bytes 5000 to 6000 of a file that has 1000."),
    417: _("The client expects something beforehand that we cannot promise."),
    418: _("Coffee was asked of a teapot."),
    421: _("The request reached a server that does not answer for this host."),
    422: _("It can be read, but makes no sense: six stars of five."),
    423: _("Somebody else is working on it and has locked it."),
    424: _("An earlier step, which this one needs, has failed."),
    425: _("It came before the connection was secured, and might be a replay."),
    426: _("It is not offered over this protocol; another one has to be used."),
    428: _("A change has to name the version that it changes, and does not."),
    429: _("Too many requests came in a short time."),
    431: _("The header fields are too large; often the cookies have grown."),
    451: _("The law, or a court, forbids to show it."),
}
