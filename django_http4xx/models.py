"""The editors' words for problem types, and the revision of these words.

Every way of writing rows also changes the revision, in the same transaction. One cheap query then
tells each process whether it has to read the rows again.
"""

from __future__ import annotations

import json
import re
import uuid
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, router, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import get_language_bidi, gettext
from django.utils.translation import gettext_lazy as _

from . import path_prefixes
from .exceptions import FIXED_PLACEHOLDERS, problem_types
from .signals import explanations_written
from .words import markdown, scopes
from .words.frame import FRAME_NAMES, FRAME_TEXTS, FrameText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from .words.wording import Worded

__all__ = ["Explanation"]

# These fields decide where a row's words are shown. Only one active row may have the same values.
PLACE = ("problem_type", "language", "host", "path_prefix")


# The greatest length of each text, in characters of its Markdown.
LIMITS = {"title": 200, "explanation": 2000, "remedy": 2000}
_NOT_OF_FRAME = ("explanation", "remedy", "help_url", "help_label")


def now_in_milliseconds() -> datetime:
    """The time, cut to milliseconds as in JSON, since it is part of the natural key of a draft."""
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@contextmanager
def _writing(using: str) -> Iterator[None]:
    """Write explanations and change the revision in one transaction."""
    with transaction.atomic(using=using, savepoint=False):
        yield
        CatalogueRevision.change(using)
        explanations_written.send_robust(Explanation, using=using)


class ExplanationQuerySet(models.QuerySet["Explanation"]):
    """Keep the digests right, and change the revision, whenever many rows are written."""

    def update(self, **kwargs: Any) -> int:
        self._for_write = True  # as in Django's methods: `self.db` depends on it
        with _writing(self.db):
            if not {*PLACE, "is_active"} & kwargs.keys():
                return super().update(**kwargs)
            keys = list(self.values_list("pk", flat=True))
            # Two rows may swap places, and a digest is unique, so clear them all first.
            rows = super().update(**{**kwargs, "digest": None})
            written = Explanation._base_manager.using(self.db)
            for row in written.filter(pk__in=keys, is_active=True):
                written.filter(pk=row.pk).update(digest=row.current_digest())
            return rows

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(
        self, objs: Iterable[Explanation], *args: Any, **kwargs: Any
    ) -> list[Explanation]:
        rows = list(objs)
        for row in rows:
            row.digest = row.current_digest()
        if (changed := kwargs.get("update_fields")) and {*PLACE, "is_active"} & {*changed}:
            kwargs["update_fields"] = [*{*changed, "digest"}]
        self._for_write = True
        with _writing(self.db):
            return super().bulk_create(rows, *args, **kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._for_write = True
        with _writing(self.db):
            return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class ExplanationManager(models.Manager.from_queryset(ExplanationQuerySet)):  # type: ignore[misc]
    def lock(self, key: int | str) -> None:
        """Let nobody else write a row until the transaction ends; what is read next is current.

        By an ``UPDATE`` that changes nothing: SQLite has no ``SELECT ... FOR UPDATE``, and would
        refuse to write after a read if another process has written in between.
        """
        rows = Explanation._base_manager.using(router.db_for_write(Explanation))
        rows.filter(pk=key).update(changed_by=models.F("changed_by"))

    def get_by_natural_key(
        self,
        problem_type: str,
        language: str,
        host: str,
        path_prefix: str,
        created_at: datetime | None = None,
    ) -> Explanation:
        """The active row for a place, or the draft for it that was created at this time."""
        place = (problem_type, language, host, path_prefix)
        if created_at is None:
            return self.get(digest=digest(place))  # type: ignore[no-any-return]
        drafts = self.filter(is_active=False, problem_type=problem_type, created_at=created_at)
        for draft in drafts:
            if draft.place == place:
                return draft  # type: ignore[no-any-return]
        raise Explanation.DoesNotExist


def worded() -> dict[str, Worded]:
    """What editors can write words for, by name: problem types, and the texts of every page."""
    found: list[Worded] = [*problem_types(), *FRAME_TEXTS.values()]
    return {one.problem_type: one for one in found}


def name_of_error(name: str) -> str:
    """The name of a problem type for editors, in their language.

    >>> name_of_error("not-found")
    '404 · Page not found'
    """
    if (found := worded().get(name)) is None:
        return gettext("%(name)s (no longer exists)") % {"name": name}
    where = gettext("Every page") if isinstance(found, FrameText) else found.status
    return f"{where} · {found.title}"


def language_name(code: str) -> str:
    """The name of a row's language, in the editor's language."""
    return scopes.language_names().get(code, code) if code else gettext("Any language")


def left_to_right(address: str) -> str:
    """Keep the parts of an address in their order within a text that reads from right to left."""
    # Unicode's isolates (UAX #9), since the text is shown where no markup can be, too.
    return f"\u2066{address}\u2069" if address and get_language_bidi() else address


def digest(place: tuple[str, str, str, str]) -> str:
    """Hash a place for the unique column: databases differ in which strings they call equal."""
    return sha256(json.dumps(place).encode()).hexdigest()


# NUL, which some databases refuse, and half of a surrogate pair, which UTF-8 cannot encode.
_cannot_be_stored = re.compile("[\0\ud800-\udfff]").search


def _character_faults(text: str) -> Iterator[str]:
    if _cannot_be_stored(text):
        yield gettext("This contains characters that cannot be stored.")


def _text_faults(text: str, placeholders: Collection[str], limit: int) -> Iterator[str]:
    # Django applies the `max_length` of a `TextField` only to form fields.
    if len(text) > limit:
        yield gettext("This is %(length)d characters long; there is room for %(limit)d.") % {
            "length": len(text),
            "limit": limit,
        }
    else:
        yield from markdown.faults(text, placeholders)


class Explanation(models.Model):
    """Words for a problem type, in a language, for a part of the site.

    An empty ``language``, ``host`` or ``path_prefix`` means any; ``path_prefix`` does not include
    the script's prefix. If a text is empty, that of the next best row is used, and at last the
    built-in one.

    >>> Explanation.objects.create(problem_type="not-found", language="en", title="Nothing here")
    <Explanation: 404 · Page not found, English, everywhere>
    """

    problem_type = models.CharField(_("error"), max_length=100)
    language = models.CharField(
        _("language"), max_length=35, blank=True, help_text=_("Empty: any language.")
    )
    host = models.CharField(
        _("host"),
        max_length=253,
        blank=True,
        help_text=_("The name of the site, such as shop.example.com. Empty: every site."),
    )
    path_prefix = models.CharField(
        _("path"),
        max_length=500,
        blank=True,
        help_text=_("The part of the site, such as /shop. Empty: the whole site."),
    )
    title = models.CharField(_("title"), max_length=LIMITS["title"], blank=True)
    explanation = models.TextField(
        _("explanation"),
        max_length=LIMITS["explanation"],
        blank=True,
        help_text=_("What happened."),
    )
    remedy = models.TextField(
        _("what to do next"),
        max_length=LIMITS["remedy"],
        blank=True,
        help_text=_("What the reader can do."),
    )
    help_url = models.CharField(
        _("help link"),
        max_length=500,
        blank=True,
        help_text=_("Where the reader gets help: an address, or a path such as /contact/."),
    )
    help_label = models.CharField(_("text of the help link"), max_length=100, blank=True)
    is_active = models.BooleanField(
        _("shown"), default=True, help_text=_("Clear this to keep the text as a draft.")
    )
    note = models.TextField(
        _("note"), blank=True, help_text=_("For your colleagues; visitors never see it.")
    )
    created_at = models.DateTimeField(_("created"), default=now_in_milliseconds, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    changed_by = models.CharField(_("changed by"), max_length=150, blank=True, editable=False)
    # NULL for drafts: a unique column may have many NULLs in every database.
    digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001

    objects = ExplanationManager()

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        ordering = ("problem_type", "host", "path_prefix", "language", "pk")

    def __str__(self) -> str:
        return f"{name_of_error(self.problem_type)}, {self.where}"

    def save(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        self.digest = self.current_digest()
        if update_fields is not None and {*PLACE, "is_active"} & {*update_fields}:
            update_fields = {*update_fields, "digest"}
        using = using or router.db_for_write(type(self), instance=self)
        with _writing(using):
            super().save(
                force_insert=force_insert,
                force_update=force_update,
                using=using,
                update_fields=update_fields,
            )

    def delete(
        self,
        using: str | None = None,
        keep_parents: bool = False,  # noqa: FBT001, FBT002 - the signature is Django's
    ) -> tuple[int, dict[str, int]]:
        using = using or router.db_for_write(type(self), instance=self)
        with _writing(using):
            return super().delete(using=using, keep_parents=keep_parents)

    @property
    def language_name(self) -> str:
        """The name of its language, in the editor's language."""
        return language_name(self.language)

    @property
    def where(self) -> str:
        """The language and the part of the site that the words are for, in the editor's language."""
        return f"{self.language_name}, {self.part_of_site}"

    @property
    def part_of_site(self) -> str:
        """The part of the site that the words are for, as visitors see its address."""
        address = self.host + path_prefixes.to_address(self.path_prefix)
        return left_to_right(address) if address else gettext("everywhere")

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Where the words are shown: by problem type, language, host and path prefix."""
        return (self.problem_type, self.language, self.host, self.path_prefix)

    def current_digest(self) -> str | None:
        return digest(self.place) if self.is_active else None

    def natural_key(self) -> tuple[Any, ...]:
        return self.place if self.is_active else (*self.place, self.created_at)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Refuse values that cannot be shown, with messages in the editor's language."""
        self.language = scopes.as_language(self.language)
        self.host = scopes.as_host(self.host)
        self.path_prefix = path_prefixes.as_prefix(self.path_prefix)
        self.help_url = self.help_url.strip()
        faults: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            error.update_error_dict(faults)
        for name, said in (*self._unstorable(), *self._faults()):
            # One message is enough; and a text that is too long should not be parsed at all.
            if name not in (exclude or ()) and not faults.get(name):
                faults[name] = [ValidationError(message) for message in said]
        if faults := {name: errors for name, errors in faults.items() if errors}:
            raise ValidationError(faults)

    def _unstorable(self) -> Iterator[tuple[str, Iterable[str]]]:
        for field in self._meta.fields:
            if isinstance(field, (models.CharField, models.TextField)) and field.editable:
                yield field.name, _character_faults(getattr(self, field.name))

    def _faults(self) -> Iterator[tuple[str, Iterable[str]]]:
        known = {name: found.placeholders for name, found in worded().items()}
        placeholders = known.get(self.problem_type, FIXED_PLACEHOLDERS)
        # A draft may stay when its problem type is removed from the code.
        if self.problem_type not in known and (self.is_active or self._state.adding):
            yield "problem_type", [gettext("There is no such error on this site.")]
        yield "language", scopes.language_faults(self.language)
        yield "host", scopes.host_faults(self.host)
        yield "path_prefix", scopes.path_faults(self.path_prefix)
        for name in _NOT_OF_FRAME if self.problem_type in FRAME_NAMES else ():
            if getattr(self, name):
                yield name, [gettext("Leave this empty: a text of every page has only a title.")]
        for name, limit in LIMITS.items():
            yield name, _text_faults(getattr(self, name), placeholders, limit)
        if self.help_url:
            yield "help_url", markdown.address_faults(self.help_url)

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        super().validate_unique(exclude=exclude)
        others = type(self)._default_manager.exclude(pk=self.pk)
        if self.is_active and others.filter(digest=self.current_digest()).exists():
            message = _(
                "There are already words for this error, language and part of the site. "
                "Change those, or keep these as a draft."
            )
            raise ValidationError({NON_FIELD_ERRORS: ValidationError(message, code="unique")})


class CatalogueRevision(models.Model):
    """One row, whose ``revision`` is new after every change of an explanation.

    It is not a counter: after a rollback, the same number would return for other words.
    """

    revision = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()
        verbose_name = _("revision of the explanations")
        verbose_name_plural = _("revisions of the explanations")

    def __str__(self) -> str:
        return self.revision

    @classmethod
    def change(cls, using: str) -> None:
        rows = cls._default_manager.using(using)
        revision = uuid.uuid4().hex
        if not rows.filter(pk=1).update(revision=revision):
            rows.update_or_create(pk=1, defaults={"revision": revision})


@receiver(pre_save, sender=Explanation, dispatch_uid="django_http4xx.models.before_loading")
def _before_loading(instance: Explanation, *, raw: bool, **kwargs: Any) -> None:
    # `loaddata` does not call `save()`.
    if raw:
        instance.digest = instance.current_digest()


# A fixture may contain the revision at the time of its dump, which must not stay.
@receiver(post_save, sender=CatalogueRevision, dispatch_uid="django_http4xx.models.revision_loaded")
@receiver(post_save, sender=Explanation, dispatch_uid="django_http4xx.models.after_loading")
def _after_loading(*, raw: bool, using: str, **kwargs: Any) -> None:
    if raw:
        with _writing(using):
            pass
