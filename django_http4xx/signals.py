"""The signals: the first is for projects to listen to."""

from __future__ import annotations

from django.dispatch import Signal

__all__ = ["client_error_explained"]

# Sent when an explained 4xx has left the site, after its transaction, with `request`, `problem` and
# `response`; the sender is the problem type. What a receiver raises is logged and goes no further.
client_error_explained = Signal()

# Sent in the transaction that wrote explanations, with the alias of its database as `using`.
explanations_written = Signal()
