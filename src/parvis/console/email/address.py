"""E-mail addresses: what one is, and the sender as the settings say it."""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address

# RFC 5321 section 4.5.3.1, in octets; the whole is that of the path, less its two angle brackets.
_LOCAL_LONGEST, _ADDRESS_LONGEST = 64, 254

# RFC 5322 section 3.2.3, atext, and what RFC 6531 section 3.3 adds. No quoted local part: whoever has one has another
# address, and every parser reads quotes in its own way. No address literal: a name can be looked at.
_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?)"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SENDER = re.compile(r'"?(?P<name>[^"<>@]*?)"?\s*<(?P<boxed>[^<>]+)>|(?P<bare>[^<>]+)')

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, marks that are not seen, halves of a surrogate pair, the line breaks of Unicode."""


def is_address(text: str) -> bool:
    """Whether it is one mailbox, ``local@domain`` (RFC 5321; RFC 6531 for other letters than ASCII)."""
    local, at, domain = text.rpartition("@")
    if not at or any(letter.isspace() or unicodedata.category(letter) in _INVISIBLE for letter in text):
        return False
    if len(local.encode()) > _LOCAL_LONGEST or len(text.encode()) > _ADDRESS_LONGEST:
        return False
    return _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def parse_sender(text: str) -> Address:
    """``parvis@example.org`` or ``Parvis <parvis@example.org>``. Raises ValueError with what to write."""
    found = _SENDER.fullmatch(text.strip())
    address = (found["boxed"] or found["bare"]) if found else ""
    name = (found["name"] or "") if found else ""
    # ASCII, so that no e-mail needs SMTPUTF8 for its sender's sake, and EHLO can name the domain.
    if not (is_address(address) and address.isascii() and name.isprintable()):
        raise ValueError("write the sender of letters as parvis@example.org or Parvis <parvis@example.org>, in ASCII")
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)
