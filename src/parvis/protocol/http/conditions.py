"""Entity tags, and requests that depend on them (RFC 9110 sections 8.8.3 and 13).

A tag is strong: made of the bytes of the JSON, with a suffix for each other form that these can go out in.
"""

from __future__ import annotations

from hashlib import blake2b

PACKED = b"-mp"
RAW = b"-by"
"""The suffixes of a tag: another form has other bytes, so it has another tag. Those of codings are theirs."""


def tag(body: bytes, form: bytes = b"") -> bytes:
    """The entity tag of an answer, quotes and all. 128 bits: nobody makes two answers of one tag on purpose."""
    return b'"' + blake2b(body, digest_size=16).hexdigest().encode() + form + b'"'


def none_match(field: bytes, current: bytes) -> bool:
    """Whether ``If-None-Match`` lets the answer go out: compared weakly (section 13.1.2).

    A tag of ours, with its quotes, stands in a well-formed list only as a member of it.
    """
    return current not in field and field.strip() != b"*"


def match(field: bytes, current: bytes) -> bool:
    """Whether ``If-Match`` holds: compared strongly (section 13.1.1), so what is marked weak never does."""
    return field.strip() == b"*" or current in field.replace(b"W/" + current, b"")
