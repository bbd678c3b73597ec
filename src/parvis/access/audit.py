"""The audit: who changed what, as a chain in which nothing can be edited, deleted, inserted or reordered unseen.

The rule: every entry holds the hash of the one before it, and its own hash is taken over all it holds. An entry names
ids and names of settings, never a person: personal data must be erasable, and the chain must not be.

What a chain alone cannot show is that its end was cut off or written anew. Who keeps a head elsewhere (each new one
goes to the log) gives it to :func:`verify`. Pure: the caller brings the rows and the time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

Detail = dict[str, str | int | bool | list[str] | None]

ACTS: dict[str, str] = {
    "account.created": "An account was registered",
    "account.verified": "The e-mail of an account was verified",
    "account.approved": "The operator approved an account",
    "account.suspended": "An account was suspended",
    "account.resumed": "A suspended account was resumed",
    "account.changed": "Settings of an account were changed",
    "account.erased": "The personal data of an account were erased and its keys revoked",
    "account.exported": "The personal data of an account were exported",
    "password.changed": "A password was changed by who knew it",
    "password.reset": "A password was set anew by a link",
    "login.refused": "A log-in was refused",
    "key.created": "A key was made",
    "key.changed": "Settings of a key were changed",
    "key.rotated": "A key was given a new secret",
    "key.revoked": "A key was revoked",
    "key.leaked": "A key was reported as found in the open, and revoked",
    "token.created": "A token was made with a key",
    "plan.created": "A plan was made",
    "plan.changed": "A plan was changed",
    "plan.deleted": "A plan was deleted",
    "operator.set": "The operator's e-mail and password were set",
    "backup.made": "A backup was made",
}
"""All that is audited: the act -> what it means, in one line."""

GENESIS = "0" * 64
"""What the first entry holds as the hash before it, and the head of an empty chain."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Act:
    """What a caller hands to the store, which links it. Raises ValueError at birth for an act that no table has.

    ``actor`` is an account's or a key's id, ``operator`` or ``anonymous``; ``subject`` the id of what was acted on.
    """

    act: str
    actor: str
    subject: str
    detail: Detail = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.act not in ACTS:
            raise ValueError(f"{self.act!r} is no act that is audited: take one of ACTS, or add it there")
        for name, value in self.detail.items():
            parts = value if isinstance(value, list) else [value]
            allowed = str if isinstance(value, list) else str | int | None
            if not all(isinstance(part, allowed) for part in parts):
                raise ValueError(f"detail {name!r} should be text, a whole number, a truth, None or a list of texts")
        # A copy: a caller's dict may change before the store has linked it.
        kept = {name: list(value) if isinstance(value, list) else value for name, value in self.detail.items()}
        object.__setattr__(self, "detail", kept)

    @property
    def detail_text(self) -> str:
        """``detail`` as :class:`AuditRecord` holds it: a JSON object, names sorted."""
        return json.dumps(self.detail, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One row of the chain, made by :func:`link`. Unchecked at birth: :func:`verify` must see what was done to it."""

    seq: int
    """From 1, without gaps."""
    at: int
    """Microseconds UTC. The clock may have stepped back between two entries; ``seq`` is the order."""
    act: str
    actor: str
    subject: str
    detail: str
    """A JSON object as text, hashed as it stands."""
    previous: str
    hash: str
    """Hex, like ``previous``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What :func:`verify` found."""

    ok: bool
    count: int
    """Entries that are good, from the first on."""
    head: str
    """The hash of the last good one; :data:`GENESIS` when there is none."""
    problem: str
    """The first thing that is wrong, with the ``seq`` of its row; empty when all is well."""


def link(previous_hash: str, seq: int, at: int, act: str, actor: str, subject: str, detail: str) -> AuditRecord:
    """The entry that follows the one with ``previous_hash`` (:data:`GENESIS` before the first).

    Raises ValueError for a hash that is none or a ``seq`` below 1, which would break the chain for ever, and for an
    e-mail, which would stay in it for ever. It is told by its @: no id and no name of a setting has one.
    """
    if not _HASH.fullmatch(previous_hash):
        raise ValueError("the hash before should be 64 hexadecimal digits, lower case; GENESIS before the first entry")
    if seq < 1:
        raise ValueError(f"entries count from 1, not from {seq}")
    for name, text in (("actor", actor), ("subject", subject), ("detail", detail)):
        if "@" in text:  # not repeated here: the message may be logged
            raise ValueError(f"the {name} of an entry looks like an e-mail: name the account by its id")
    digest = _digest(previous_hash, seq, at, act, actor, subject, detail)
    return AuditRecord(seq, at, act, actor, subject, detail, previous_hash, digest)


def verify(entries: Iterable[AuditRecord], head: str | None = None) -> Verdict:
    """Read the chain in order of ``seq``, in constant memory, up to the first row that is wrong.

    ``head`` is one that was kept elsewhere: it must be in the chain, and more may follow it. Raises ValueError for a
    ``head`` that is no hash.
    """
    if head is not None and not is_head(head):
        raise ValueError("a head is 64 hexadecimal digits, lower case, as the log has it")
    rows = iter(entries)
    count, last, seen = 0, GENESIS, head in (None, GENESIS)
    for entry in rows:
        if problem := _problem(entry, rows, count, last, head):
            return Verdict(False, count, last, problem)
        count, last = entry.seq, entry.hash
        seen = seen or last == head
    if not seen:
        end = f"rows after {count} are missing, or the end up to row {count} was written anew"
        return Verdict(False, count, last, f"{end}: the chain does not hold the head {head}")
    return Verdict(True, count, last, "")


def is_head(text: str) -> bool:
    """Whether it is written as a head is."""
    return _HASH.fullmatch(text) is not None


def _problem(entry: AuditRecord, rows: Iterator[AuditRecord], count: int, last: str, head: str | None) -> str:
    """What is wrong with the entry behind ``count`` good ones; empty when nothing is. Reads on only to name it."""
    due = count + 1
    if entry.seq > due:
        if any(row.seq == due for row in rows):
            return f"row {due} is out of its place: row {entry.seq} was put before it"
        after = f"after row {count} comes" if count else "the chain begins with"
        return f"row {due} is missing: {after} row {entry.seq}"
    if entry.seq < due:
        return f"row {entry.seq} stands where row {due} should: it was inserted or moved, or its number edited"
    parts = (entry.previous, entry.seq, entry.at, entry.act, entry.actor, entry.subject, entry.detail)
    if entry.hash != _digest(*parts):
        return f"row {due} was edited: its hash is not that of what it holds"
    if entry.previous == last:
        return ""
    # Both hold together in themselves, so the hash of one was made anew. If what follows vouches for this one, or the
    # head that was kept does, it is as it was written, and the one before is not.
    following = next(rows, None)
    if count and (entry.hash == head or (following is not None and following.previous == entry.hash)):
        return f"row {count} was edited and hashed anew: row {due} follows another"
    return f"row {due} was edited and hashed anew, or row {count} was: row {due} does not follow it"


def _digest(*parts: str | int) -> str:
    """SHA-256 over a JSON array, in which no two entries are spelt alike: every text is quoted, every number bare."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    # Not ASCII escapes: they would spell a pair of lone surrogates as the letter that the pair stands for.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
