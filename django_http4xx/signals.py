"""Signals. Projects can connect to ``client_error_explained``; the other is internal."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["client_error_explained"]

#: Sent when the server closes an explained 4xx, after its transaction, with ``request``, ``problem``
#: and ``response``; the sender is the problem type. Exceptions in receivers are logged, not raised.
client_error_explained = Signal()

# Sent in the transaction that wrote explanations; `using` is the alias of its database.
explanations_written = Signal()
