"""What a serializer can find wrong: the codes at each pointer, and what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import relations, serializers

from django_http4xx.causes import CAUSES, ErrorKind, kind_of
from django_http4xx.validation import ROOT, at

from .sources import codes_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sources import Raised


# A message, and whose attributes it names.
_Said = tuple[object, object]


class Place(NamedTuple):
    """Where an error is: a pointer, a pattern of pointers, or a parameter; ``""`` for the whole query."""

    name: str
    kind: str = "pointer"  # "pointer", "pattern" or "parameter"


class Sample(NamedTuple):
    """One error, for an example. ``said_by``: whose attributes are named in the message."""

    place: Place
    pointer: str
    code: str
    message: object
    said_by: object

    @property
    def detail(self) -> str:
        return _filled(str(self.message), self.said_by) or self.code


@dataclass
class Findings:
    """What can be found: the codes at each place, in the order of the fields, and what each is about.

    ``open``: the places where code of the project's own may say something under any code.
    """

    codes: dict[Place, dict[str, ErrorKind]] = field(default_factory=dict)
    open: dict[Place, None] = field(default_factory=dict)
    samples: dict[ErrorKind, Sample] = field(default_factory=dict)

    @property
    def kinds(self) -> set[ErrorKind]:
        return {about for codes in self.codes.values() for about in codes.values()}

    def add(
        self, place: Place, code: str, about: ErrorKind, said: _Said = ("", None), pointer: str = ""
    ) -> None:
        """A code that a place can have. ``pointer``: where that is, for a pattern of pointers."""
        self.codes.setdefault(place, {}).setdefault(code, about)
        known = self.samples.get(about)
        # What is missing is no example for who changes a part; the whole is the last to be one.
        if known is None or known.code == "required" or (known.pointer == ROOT != place.name):
            self.samples[about] = Sample(place, pointer or place.name, code, *said)

    def add_open(self, place: Place, pointer: str = "") -> None:
        self.open[place] = None
        self.add(place, "invalid", "meaning", ("Invalid value.", None), pointer)

    def merge(self, other: Findings) -> None:
        """Add what another one finds, as where a body may be read by either of two serializers."""
        for place, codes in other.codes.items():
            self.codes.setdefault(place, {}).update(codes)
        self.open.update(other.open)
        for about, sample in other.samples.items():
            self.samples.setdefault(about, sample)

    def of_a_part(self) -> Findings:
        """What is found where only what is sent is changed: nothing is required."""
        found = {
            place: {code: about for code, about in codes.items() if code != "required"}
            for place, codes in self.codes.items()
        }
        codes = {place: codes for place, codes in found.items() if codes}
        return Findings(codes, self.open, self.samples)


class _Step(NamedTuple):
    """A pointer on its way down. ``pattern``: the same as a regular expression, once it is one."""

    pointer: str = ROOT
    pattern: str = ""

    def to(self, name: str) -> _Step:
        pointer = at(self.pointer, name)
        step = pointer[len(self.pointer) :]
        return _Step(pointer, self.pattern + _escaped(step) if self.pattern else "")

    def to_each(self, pattern: str) -> _Step:
        start = self.pattern or _escaped(self.pointer)
        return _Step(f"{self.pointer}/0", f"{start}/{pattern}")

    @property
    def place(self) -> Place:
        return Place(f"^{self.pattern}$", "pattern") if self.pattern else Place(self.pointer)

    @property
    def below(self) -> Place:
        """Whatever is below."""
        return Place(f"^{self.pattern or _escaped(self.pointer)}(/.*)?$", "pattern")


_NUMBER, _ANY_KEY = "(0|[1-9][0-9]*)", "[^/]+"


def _escaped(pointer: str) -> str:
    """A pointer in a regular expression that every dialect reads alike."""
    return "".join(f"\\{c}" if c in r".^$*+?()[]{}|\\" else c for c in pointer)


def findings_of(serializer: Any, spelling: Callable[[str], str] = str) -> Findings:
    """What a serializer, or one of several, can find in the body of a request.

    ``spelling``: how a client writes the name of a member.

    >>> findings_of(ReviewSerializer()).codes[Place("#/rating")]
    {'required': 'form', 'null': 'form', 'invalid': 'form', 'max_value': 'meaning'}
    """
    found = Findings()
    _Walk(found, spelling).field(serializer, _Step(), ())
    return found


@dataclass
class _Walk:
    found: Findings
    spelling: Callable[[str], str]

    def field(self, field: Any, step: _Step, above: tuple[type, ...]) -> None:
        """What a field can say at its own place, and its parts at theirs."""
        if isinstance(field, PolymorphicProxySerializer):
            self._one_of(field, step, above)
            return
        if type(field) in above:
            # A serializer of trees: it is the same on each level.
            self.found.add_open(step.below, step.pointer)
            return
        # A body is never left out: without one there is an empty object.
        self._words(field, step, without=("required",) if step.pointer == ROOT else ())
        self._methods(field, step)
        for validator in getattr(field, "validators", ()):
            self._validator(validator, field, step)
        above = (*above, type(field)) if isinstance(field, serializers.Serializer) else above
        if isinstance(field, serializers.Serializer):
            self._members(field, step, above)
        elif isinstance(field, (serializers.ListSerializer, serializers.ListField)):
            self.field(field.child, step.to_each(_NUMBER), above)
        elif isinstance(field, serializers.DictField):
            self.field(field.child, step.to_each(_ANY_KEY), above)
        elif isinstance(field, relations.ManyRelatedField):
            # It says of itself what the relation to one of them refuses.
            self._words(field.child_relation, step, without=("required", "null"))
            self._methods(field.child_relation, step)

    def _one_of(self, field: Any, step: _Step, above: tuple[type, ...]) -> None:
        listed = field.serializers() if callable(field.serializers) else field.serializers
        for each in listed.values() if isinstance(listed, Mapping) else listed:
            self.field(each() if isinstance(each, type) else each, step, above)
        if field.resource_type_field_name:
            # Which of them reads the body is for the view to find out.
            self._open(step.to(self.spelling(field.resource_type_field_name)))

    def _members(self, serializer: Any, step: _Step, above: tuple[type, ...]) -> None:
        for name, part in serializer.fields.items():
            if part.read_only or isinstance(part, serializers.HiddenField):
                continue
            there = step.to(self.spelling(name))
            self.field(part, there, above)
            if own := getattr(serializer, f"validate_{name}", None):
                self._say(codes_in(own), part, there)
        if type(serializer).validate is not serializers.Serializer.validate:
            self._of_the_whole(codes_in(serializer.validate), serializer, step)

    def _of_the_whole(self, raised: Raised, serializer: Any, step: _Step) -> None:
        """What ``validate`` raises: of the whole, or of members that it names."""
        self._say(raised._replace(by_member={}), serializer, step)
        for name, codes in raised.by_member.items():
            for code in codes:
                self._meant(code, serializer.fields.get(name), step.to(self.spelling(name)))
        if raised.is_open:
            self.found.add_open(step.below, step.pointer)

    def _words(self, field: Any, step: _Step, without: tuple[str, ...] = ()) -> None:
        """The field's own words, as far as its arguments let it say them."""
        for code, message in getattr(field, "error_messages", {}).items():
            if code not in without and (code not in _IS_SAID or _IS_SAID[code](field)):
                about = _own_kind(code, message, field)
                self.found.add(step.place, code, about, (message, field), step.pointer)

    def _methods(self, field: Any, step: _Step) -> None:
        """What a project's own class says where it reads a value."""
        for name in ("to_internal_value", "run_validation"):
            method = getattr(field, name, None)
            if method is not None and not _is_known(method):
                self._say(codes_in(method), field, step)

    def _validator(self, validator: Any, field: Any, step: _Step) -> None:
        if date_field := getattr(validator, "date_field", None):
            self._meant("unique", None, step.to(self.spelling(validator.field)))
            self._meant("required", None, step.to(self.spelling(date_field)))
        elif fields := getattr(validator, "fields", None):
            self._meant(validator.code, field, step)
            for name in fields:
                self._required_with_others(name, field, step)
        elif type(validator).__module__ == "rest_framework.validators":
            # What is unique has its code in no attribute.
            self._meant(getattr(validator, "code", "unique"), field, step, validator)
        else:
            self._say(codes_of(validator), field, step, validator)

    def _required_with_others(self, name: str, serializer: Any, step: _Step) -> None:
        part = serializer.fields.get(name)
        if part is not None and not part.read_only:
            there = step.to(self.spelling(name))
            message = part.error_messages["required"]
            self.found.add(there.place, "required", "form", (message, part), there.pointer)

    def _say(self, raised: Raised, field: Any, step: _Step, said_by: Any = None) -> None:
        for code in raised.codes:
            self._meant(code, field, step, said_by)
        if raised.is_open:
            self._open(step)

    def _open(self, step: _Step) -> None:
        self.found.add_open(step.place, step.pointer)

    def _meant(self, code: str, field: Any, step: _Step, said_by: Any = None) -> None:
        """A code that is said in other words than the field's own."""
        about = kind_of(code, "\0", field, is_root=False)
        message = getattr(said_by, "message", "")
        self.found.add(step.place, code, about, (message, said_by), step.pointer)


# To find it out takes a translation of each message.
_kinds: dict[tuple[type, str, ErrorKind | None], ErrorKind] = {}


def _own_kind(code: str, message: object, field: Any) -> ErrorKind:
    """What a field's own words for a code are about, which is the same for all of its class."""
    key = (type(field), code, CAUSES.get(code))
    if key not in _kinds:
        _kinds[key] = kind_of(code, str(message), field, is_root=False)
    return _kinds[key]


def codes_of(validator: Any) -> Raised:
    """The codes of a validator: Django's class has them in attributes, a function in its lines."""
    from .sources import Raised

    if isinstance(messages := getattr(validator, "messages", None), Mapping):
        return Raised(tuple(messages))
    if isinstance(code := getattr(validator, "code", None), str):
        return Raised((code,))
    return codes_in(validator)


def _is_known(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith("rest_framework.")


def _where_set(*names: str) -> Callable[[Any], bool]:
    return lambda field: all(getattr(field, name, None) is not None for name in names)


# When a field says what it has words for, where that depends on its arguments.
_IS_SAID: Mapping[str, Callable[[Any], bool]] = {
    "required": lambda field: field.required,
    "null": lambda field: not field.allow_null,
    "blank": lambda field: not getattr(field, "allow_blank", False),
    "empty": lambda field: (
        not getattr(field, "allow_empty_file", getattr(field, "allow_empty", True))
    ),
    "max_length": _where_set("max_length"),
    "min_length": _where_set("min_length"),
    "max_value": _where_set("max_value"),
    "min_value": _where_set("min_value"),
    "max_digits": _where_set("max_digits"),
    "max_decimal_places": _where_set("decimal_places"),
    "max_whole_digits": _where_set("max_digits", "decimal_places"),
    "make_aware": lambda field: settings.USE_TZ,
    # For objects of Python's, which no body holds.
    "date": lambda field: False,
    "datetime": lambda field: False,
    # The validator that has this text has another code.
    "invalid_unicode": lambda field: False,
}


class _Attributes(dict[str, Any]):
    """What stands for a placeholder in a field's words: the attribute of its name, else three dots."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __missing__(self, name: str) -> Any:
        value = getattr(self._owner, name, None)
        return "…" if value is None or callable(value) else value


def _filled(message: str, owner: Any) -> str:
    """A text with the limits in it that a client would read."""
    limit = getattr(owner, "limit_value", None)
    values = _Attributes(owner)
    if limit is not None:
        values["limit_value"] = values["show_value"] = limit
    try:
        filled = message % values if "%(" in message else message
        return filled.format_map(values)
    except (ValueError, LookupError, AttributeError, TypeError):
        return message
