"""MessagePack, as another spelling of the same JSON values.

A body is turned into JSON before anything reads it, and an answer is made from the JSON that would go out: so the two
cannot disagree. What JSON has no word for (binary, extensions, NaN, keys that are no text) is refused on the way in;
bytes are base64 text in both. What MessagePack has no word for (an integer of more than 64 bits) cannot go out in it.
"""

from __future__ import annotations

import json
from typing import Any

from ..contract.outcomes import Refusal

DEPTH = 200
"""How deep a body may nest: as deep as JSON is read."""


def to_json(body: bytes) -> bytes:
    """A body from outside as JSON: one object without a repeated key. Raises :class:`Refusal`.

    msgpack refuses lengths that the bytes left cannot hold, so a body takes memory by its size alone.
    """
    import msgpack  # loaded by the first who speaks it

    try:
        value = msgpack.unpackb(body, raw=False, strict_map_key=True, object_pairs_hook=_once, ext_hook=_extension)
        if not isinstance(value, dict):
            raise Refusal("malformed-request", "The body must be one JSON object, keyed by parameter name.")
        _bounded(value)
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), default=_foreign
        ).encode()
    except (msgpack.StackError, RecursionError):
        raise Refusal("malformed-request", "The body is nested too deeply.") from None
    except _NotJson as error:
        raise Refusal("malformed-request", f"The body says no JSON value: {error}.") from None
    except (ValueError, TypeError) as error:  # msgpack's own errors are ValueErrors; json's are of both kinds
        raise Refusal("malformed-request", f"The body is not MessagePack of a JSON value: {error}.") from None


def from_json(text: bytes) -> bytes | None:
    """JSON of ours as MessagePack; None where it cannot be said: integers of more than 64 bits, absurd depth."""
    import msgpack

    try:
        made: bytes = msgpack.packb(json.loads(text))
    except (ValueError, OverflowError, RecursionError):
        return None
    return made


def _once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        seen: set[Any] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _NotJson(f"the key {twice[:100]!r} is given twice")
    return unique


class _NotJson(ValueError):
    """MessagePack, and yet nothing that JSON could say."""


def _bounded(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [
            child
            for each in level
            for child in (each.values() if type(each) is dict else each)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise RecursionError


def _foreign(value: object) -> None:
    if isinstance(value, bytes):
        raise _NotJson("bytes are base64 text here, as in JSON")
    raise _extended()  # a timestamp, the one extension that msgpack knows


def _extension(code: int, data: bytes) -> None:
    raise _extended()


def _extended() -> _NotJson:
    return _NotJson("it has an extension type; times are ISO 8601 text here, as in JSON")
