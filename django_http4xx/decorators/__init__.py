"""Declare what a view requires of a request, and raise the right 4xx for other requests.

The decorators work on sync and async functions, on class-based views through
``method_decorator``, and on views and viewsets of Django REST framework, in any order::

    @require_authentication(challenge='Bearer realm="api"')
    @limit_content_length(10_000)
    @accept_content_types("application/json")
    def order(request): ...

If a request fails several requirements, HTTP's order of checks decides which error is raised, not
the order of the decorators. With ``Http4xxMiddleware`` they are checked before anything reads the
body, such as CSRF protection.

The files; each imports only from those above it:

    bare, existence, ranges         views that keep empty 4xx; 410 or 404; parts of a file (416)
    limits, protocol                411, 413, 414, 431; 417, 425, 426
    api_views                       what a view of Django REST framework requires by itself
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
