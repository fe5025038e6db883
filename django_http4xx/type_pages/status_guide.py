"""What the pages of the problem types say beyond the words: common causes, and the neighbours.

Data; written for those who meet a code for the first time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django_stubs_ext import StrPromise

# When a code is met most often.
COMMON_CAUSES: Mapping[int, StrPromise] = {
    400: _(
        "A value is not in the form that was asked for, such as a word where a number was expected."
    ),
    401: _("Nobody is signed in, or the sign-in has expired or was refused."),
    402: _("A payment or a subscription is due first. HTTP reserves this code for such uses."),
    403: _("Somebody opens what belongs to another person, or a part of the site for its staff."),
    404: _("The address was mistyped, or what it named does not exist or was moved."),
    405: _("A program uses a method, such as DELETE, that this address does not offer."),
    406: _("A program accepts only formats, languages or encodings that are not available."),
    407: _("A proxy on the way, such as a company's, asks for a sign-in of its own."),
    408: _("The connection was slow or was interrupted, or it was kept open without being used."),
    409: _("Two people changed the same thing, or something with this name exists already."),
    410: _("It was deleted on purpose, and nothing took its place."),
    411: _("A program sends a body without saying how long it is (Content-Length)."),
    412: _("A program changes only a version that it knows (If-Match), and there is a newer one."),
    413: _("A file or a form is larger than the site accepts."),
    414: _(
        "A form was sent as part of the address, or a redirect leads to itself again and again."
    ),
    415: _("A program sends one kind of content, such as an image, where another was expected."),
    416: _("A download is resumed beyond the end of the file, which may have become shorter."),
    417: _("A program asks for something beforehand (Expect) that the server does not offer."),
    418: _(
        "HTTP reserves this code. It began as a joke about coffee pots, and some sites still use it."
    ),
    421: _("A connection is used again for another site, or a name leads to the wrong server."),
    422: _(
        "A value is in the right form but makes no sense, such as 6 stars where 5 are the most."
    ),
    423: _("Somebody has locked it to work on it alone."),
    424: _("It is a part of several steps, and an earlier one failed."),
    425: _(
        "The request was sent before the secure connection was complete, and could be repeated by others."
    ),
    426: _("A program uses a protocol that is not accepted here; the answer names one that is."),
    428: _("A program changes something without saying which version it has (If-Match)."),
    429: _("A program asks too often, such as one that copies a whole site."),
    431: _("The cookies of the site have grown too large, or one header field has."),
    451: _(
        "A court or an authority has ordered that it must not be shown, at least in some places."
    ),
}

# Two codes that are taken for one another, and what tells them apart.
DIFFERENCES: Mapping[tuple[int, int], StrPromise] = {
    (400, 415): _(
        "400: the content cannot be read. 415: it is of a kind that is not taken here at all."
    ),
    (400, 422): _("400: the form is wrong. 422: the form is right, but the meaning is not."),
    (415, 422): _(
        "415: this kind of content is not taken. 422: it is, but a value in it is wrong."
    ),
    (401, 403): _("401: we do not know who is asking. 403: we may know, and they are not allowed."),
    (401, 407): _("401: this site asks for a sign-in. 407: a proxy on the way does."),
    (403, 404): _(
        "403: it is here, but not for everybody. 404: it is not here, or that is not told."
    ),
    (404, 410): _("404: nothing is known of it. 410: it was here, and was removed for good."),
    (403, 451): _("403: the site does not allow it. 451: the law does not."),
    (409, 412): _(
        "409: it clashes with how things are now. 412: a condition that the program itself made is not met."
    ),
    (409, 422): _(
        "409: it could succeed if things were different. 422: what was sent has to change."
    ),
    (409, 423): _("409: something has changed already. 423: somebody is changing it now."),
    (412, 428): _("412: the condition is not met. 428: there is no condition, and one is needed."),
    (413, 414): _("413: the content is too large. 414: the address is too long."),
    (414, 431): _("414: the address is too long. 431: the header fields are too large."),
    (411, 413): _("411: the length was not told. 413: it is too much."),
    (405, 404): _("404: nothing is at the address. 405: something is, but not for this method."),
    (406, 415): _(
        "406: about the formats that a program wants to receive. 415: about those that it sends."
    ),
}


def neighbours(status: int) -> Iterator[tuple[int, StrPromise]]:
    """The codes that this one is taken for, each with what tells them apart.

    >>> [code for code, difference in neighbours(404)]
    [403, 410, 405]
    """
    for codes, difference in DIFFERENCES.items():
        if status in codes:
            yield codes[0] if codes[1] == status else codes[1], difference
