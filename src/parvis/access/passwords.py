"""Passwords of accounts: what one may be, and how it is kept.

Rules. A password is taken exactly as it was given: nothing is trimmed, folded or composed. It is kept as Argon2id with
the parameters that OWASP names first (19 MiB, 2 passes, 1 lane). A look-up that finds no account costs the same as one
that does, so an answer's time tells nobody who has an account. Refused are those that are guessed first: the 10,000
most common of at least 8 characters (OWASP ASVS 5.0, 6.2.4, asks for 3,000), and what an account is called; letters
count the same in capitals. The list is ``common-passwords.txt`` beside this file, which says where it is from.

Hashing and verifying take some 80 ms of one core and 19 MiB: callers run them off the event loop, one a core.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 8
LONGEST = 1024
MEMORY_KIB = 19456
PASSES = 2
LANES = 1

# The hash of a random password that nobody knows, with the parameters above (a test compares them).
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$09jQoG04Y/IHGxnNfAUEZA$w7OmBsGW4zpjv6XxcpH/u+fMRofohDHzqiMFiBtXebQ"


def problem_of(password: str, *, known: Iterable[str] = ()) -> str | None:
    """Why this cannot be a password, and what would do better, in one sentence; None when it can.

    ``known`` is what everybody may know of the account, like its e-mail and name: none of these is its password.
    """
    if len(password) < SHORTEST:
        return f"The password has {len(password)} characters; it needs at least {SHORTEST}."
    if len(password) > LONGEST:
        return f"The password has {len(password)} characters; at most {LONGEST} are taken."
    folded = password.casefold()
    if folded in _common():
        return "This password is one of the most common, which are guessed first; take a few words of your own."
    if any(folded == text.casefold() for text in known):
        return "The password is the e-mail or the name of its account; take a few words that nobody knows."
    return None


def hash_password(password: str) -> str:
    """The text to keep, salt and parameters within. Raises ``ValueError`` when the password is none."""
    if problem := problem_of(password):
        raise ValueError(problem)
    return _hasher().hash(_bytes(password))


def verify(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one that was kept; ``None``, for an account that does not exist, costs the same."""
    if len(password) > LONGEST:  # no account has such a one, so this quick answer tells nothing either
        return False
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        matches = _hasher().verify(_NOBODY if kept is None else kept, _bytes(password))
    except VerificationError:
        return False
    except InvalidHashError:
        raise ValueError("what is kept for this password is no Argon2 hash") from None
    return matches and kept is not None


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common-passwords.txt").read_text("utf-8")
    return frozenset(text.partition("\n--------\n")[2].splitlines())


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # 30 ms, which only those who use passwords pay

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
