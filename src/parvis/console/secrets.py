"""Which operations of the console take a secret or answer with one: kept nowhere, not even for a repeat."""

from __future__ import annotations

from collections.abc import Mapping

WHOLE = ""
"""In the place of a field's name: the result itself is the secret."""

RESULTS: Mapping[str, tuple[str, ...]] = {
    "parvis.accounts.reset_link": (WHOLE,),
    "parvis.keys.create": ("secret", "password"),
    "parvis.keys.rotate": ("secret", "password"),
    "parvis.tokens.create": ("token",),
}
"""Operation -> the fields of its result that are shown once."""

ARGUMENTS = frozenset({
    "parvis.accounts.create",
    "parvis.accounts.reset",
    "parvis.accounts.set_password",
    "parvis.accounts.verify",
    "parvis.keys.report",
    "parvis.operators.create",
    "parvis.operators.set",
})  # fmt: skip
"""Operations that are given a password, a link or a key. People choose passwords, so even a digest of such arguments
could be guessed at by whoever gets a copy of the store."""
