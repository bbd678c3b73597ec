"""What Schemathesis is told of our wire that an OpenAPI document cannot say. Runs in the tools' own Python.

MessagePack both ways; that each line of JSON Lines is one item; that an ``Idempotency-Key`` is a new one for each call.
"""

import json
import re
import uuid
from typing import Any

import jsonschema_rs
import msgpack
import schemathesis

VALID_KEY = re.compile(r'"([!#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255}')


@schemathesis.serializer("application/msgpack")
def to_msgpack(context: Any, value: Any) -> bytes:
    try:
        return value if isinstance(value, bytes) else msgpack.packb(value)
    except OverflowError:  # it cannot say integers of more than 64 bits; so it says none
        return msgpack.packb(within_64_bits(value))


def within_64_bits(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: within_64_bits(each) for name, each in value.items()}
    if isinstance(value, list):
        return [within_64_bits(each) for each in value]
    return value % 2**32 if isinstance(value, int) and abs(value) >= 2**63 else value


@schemathesis.deserializer("application/msgpack")
def from_msgpack(context: Any, response: Any) -> Any:
    return msgpack.unpackb(response.content)


@schemathesis.check
def each_line_is_an_item(context: Any, response: Any, case: Any) -> None:
    """The schema that the document gives for JSON Lines is that of one line."""
    kind = response.headers.get("content-type", [""])[0]
    if response.status_code != 200 or not kind.startswith("application/jsonl"):
        return
    raw = case.operation.schema.raw_schema
    stated = case.operation.definition.raw["responses"]["200"]["content"]["application/jsonl"]["schema"]
    item = jsonschema_rs.validator_for({**stated, "components": raw["components"]})
    for line in response.content.splitlines():
        assert item.is_valid(json.loads(line)), f"{line!r} is no item"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    kwargs["auth"] = with_a_new_key


def with_a_new_key(request: Any) -> Any:
    """The request as it goes out. A fuzzer says the same short texts again and again; said twice, a key stands for one
    call and its repeat, and what is asked then is not what is answered.

    Not in the case itself: Schemathesis takes a changed case for another one, of which it knows no more what is wrong.
    """
    key = request.headers.get("Idempotency-Key")
    if isinstance(key, bytes):
        key = key.decode("latin-1")
    if key is not None and VALID_KEY.fullmatch(key) and len(key) < 250:
        request.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
    return request
