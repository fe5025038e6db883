"""Conditions that raise for the view: what a view needs of a request, said in one line each.

For sync and async functions, class-based views through ``method_decorator``, and views and viewsets
of Django REST framework, in any order::

    @require_authentication(challenge='Bearer realm="api"')
    @limit_content_length(10_000)
    @accept_content_types("application/json")
    def order(request): ...

Where several requirements are not met, the answer is the one that HTTP's order of checks gives,
however the decorators are stacked. With ``Http4xxMiddleware`` they are checked before CSRF
protection, or anything else, reads the body.

Its files, each below those that it imports:

    bare, existence, ranges         empty answers as they are; 410 beside 404; parts of a file (416)
    limits, protocol                411, 413, 414, 431; 417, 425, 426
    api_views                       what a view of Django REST framework says of itself
    access, preconditions           401, 403; 428
    content                         406, 415
"""

from __future__ import annotations

from .access import require_authentication, require_permission
from .bare import leave_bare
from .content import accept_content_types, offer
from .existence import aget_object_or_gone, get_object_or_gone, gone
from .limits import (
    limit_content_length,
    limit_header_size,
    limit_uri_length,
    require_content_length,
)
from .preconditions import require_precondition
from .protocol import meet_expectations, refuse_early_data, require_protocol
from .ranges import RangedFileResponse, satisfiable_range

__all__ = [
    "RangedFileResponse",
    "accept_content_types",
    "aget_object_or_gone",
    "get_object_or_gone",
    "gone",
    "leave_bare",
    "limit_content_length",
    "limit_header_size",
    "limit_uri_length",
    "meet_expectations",
    "offer",
    "refuse_early_data",
    "require_authentication",
    "require_content_length",
    "require_permission",
    "require_precondition",
    "require_protocol",
    "satisfiable_range",
]
