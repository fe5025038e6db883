"""The codes that a function of the project's own raises, as its source tells."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Raised(NamedTuple):
    """The codes of a function. ``is_open``: it may raise others, which its source does not tell.

    ``by_member``: the codes of errors that it raises of members of an object, by name.
    """

    codes: tuple[str, ...] = ()
    is_open: bool = False
    by_member: Mapping[str, tuple[str, ...]] = {}


_UNKNOWN = Raised((), is_open=True)


def codes_in(function: Any) -> Raised:
    """What a function, a method or a callable object raises as ``ValidationError``.

    A function that raises none itself leaves that to others, whose codes are not known.
    """
    plain = getattr(function, "__func__", function)
    if not inspect.isfunction(plain):
        plain = vars(type(plain)).get("__call__")
    try:
        return _codes_in(plain)
    except (OSError, TypeError, SyntaxError):
        # Nobody has its source.
        return _UNKNOWN


@lru_cache(maxsize=1024)
def _codes_in(function: Any) -> Raised:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said = [_said(call) for call in calls if _name_of(call) in ("ValidationError", "fail")]
    if not said:
        return _UNKNOWN
    codes: dict[str, None] = {}
    by_member: dict[str, dict[str, None]] = {}
    for code, members in said:
        for name in members:
            by_member.setdefault(name or "", {})[code or ""] = None
        if not members:
            codes[code or ""] = None
    is_open = any(code is None or "" in members for code, members in said)
    return Raised(
        tuple(filter(None, codes)),
        is_open,
        {name: tuple(filter(None, found)) for name, found in by_member.items() if name},
    )


def _name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _said(call: ast.Call) -> tuple[str | None, tuple[str, ...]]:
    """The code of an error, ``None`` where it is computed, and the members that it names."""
    if _name_of(call) == "fail":
        return _literal(call.args[0]) if call.args else None, ()
    given = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    given += call.args[1:2]
    code = _literal(given[0]) if given else "invalid"
    detail = call.args[0] if call.args else None
    if isinstance(detail, ast.Dict):
        return code, tuple(_literal(key) or "" for key in detail.keys)
    # A text, or what makes one; a name may stand for anything.
    is_text = detail is None or isinstance(detail, (ast.Constant, ast.Call, ast.JoinedStr))
    return (code if is_text else None), ()


def _literal(node: ast.AST | None) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None
