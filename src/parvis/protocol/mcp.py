"""Operations as tools of the Model Context Protocol (MCP, revisions 2025-06-18 to 2026-07-28), for AI agents.

Two rules. A tool says nothing that the contract does not: its name, schemas and hints follow from the operation alone.
And a result is always a JSON object that keeps to the tool's ``outputSchema``, since clients check it: what is no
object stands in ``result``, a stream in ``items``; what went wrong is a text for the agent, whose problem (RFC 9457)
stands in ``_meta``, where no client checks it against that schema.

What is made here is the wire's own JSON: ``Tool`` and ``CallToolResult`` of the specification's ``server/tools``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contract import mistakes
from ..contract.model import Contract, Operation, Parameter
from ..contract.outcomes import Refusal, fill
from ..i18n import translate

LARGEST = 262_144
"""Bytes of a result, as JSON: what an agent can make use of is far less."""
ITEMS = 1_000
"""Items of a stream that are gathered."""
SECONDS = 30.0
"""For which they are gathered: agents wait about a minute for a tool."""
LONGEST = 64
"""Characters of a tool's name that every agent takes."""

KEY = "parvis/idempotency-key"
OPERATION = "parvis/operation"
PROBLEM = "parvis/problem"
"""Members of ``_meta``: of a call, of a tool, of a result."""

COMPLETE = {"resultType": "complete"}
"""What the revision 2026-07-28 asks of every result; the SDK leaves it out for older ones."""

ADDING = frozenset({"add", "append", "create", "insert", "make", "new", "register"})
"""First words of operations that only add. What changes something by any other name may destroy something."""
IDEMPOTENT = frozenset({"PUT", "DELETE"})
"""Methods whose effect is the same however often they are sent (RFC 9110 section 9.2.2)."""

LINKS = {401: ("register", "keys"), 403: ("explain", "keys"), 429: ("limits",)}
"""Status -> which of a problem's links an agent is told: where it can learn more, or get what it lacks."""

DONE = (
    "This call was made and took effect: do not repeat it. Only its result is not shown, since it has {size} bytes, "
    "and an agent is given at most {limit}. Read what you need of it by another tool."
)

_REFERENCE = "#/components/schemas/"
_LONG = re.compile(rb'"(?:id|method)"\s*:\s*(?:"[^"]{200}|-?[0-9]{200})')
"""What may be an id or a method that is too long, or stands among the arguments."""
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[0-9]+")
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Tool:
    """An operation as a tool; ``definition`` is what ``tools/list`` tells of it."""

    name: str
    definition: dict[str, Any]
    wrapped: bool
    """Whether its result stands in a member of an object: it is none itself."""
    read: bool


def name_of(service: str, operation: str) -> str:
    """``shop-orders-get`` for ``orders.get`` of ``shop``. No name of Python's holds a ``-``, so no two are one; a name
    that would be too long is cut, and told from others by a digest."""
    name = f"{service}-{operation.replace('.', '-')}"
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - _DIGEST - 1]}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]}"


def tools(contract: Contract) -> list[Tool]:
    """The operations of a service as tools, in the contract's order."""
    return [tool(contract, operation) for operation in contract.operations]


def tool(contract: Contract, operation: Operation) -> Tool:
    name = name_of(contract.service, operation.name)
    wrapped, output = _output(contract, operation)
    definition = {
        "name": name,
        "title": operation.summary.rstrip(".") or f"{contract.service}.{operation.name}",
        "description": _description(operation),
        "inputSchema": _input(contract, operation),
        "outputSchema": output,
        "annotations": _hints(operation),
        "_meta": {OPERATION: f"{contract.service}.{operation.name}"},
    }
    return Tool(name, {k: v for k, v in definition.items() if v != ""}, wrapped, operation.read is not None)


def _description(operation: Operation) -> str:
    """What the docstring says, for a reader who sees no Python."""
    told = [operation.summary, operation.description]
    if operation.result.description:
        told.append(f"Returns: {operation.result.description}")
    if operation.result.stream:
        told.append(f"At most {ITEMS:,} items are given; `truncated` says whether there were more.")
    told += [f"{e.name}: {e.description}" for e in operation.errors if e.description]
    if operation.cost != 1:
        told.append(f"A call counts as {operation.cost}.")
    if operation.deprecated:
        told.append(f"Deprecated: {operation.deprecated}")
    return "\n\n".join(text for text in told if text)


def _hints(operation: Operation) -> dict[str, bool]:
    """``ToolAnnotations``. An absent hint is read as the worst, so all are told."""
    words = _WORD.findall(operation.name.rpartition(".")[2])
    read = operation.read is not None
    adds = bool(words) and words[0].lower() in ADDING
    return {
        "readOnlyHint": read,
        "destructiveHint": not read and not adds,
        "idempotentHint": read or any(route.method in IDEMPOTENT for route in operation.routes),
        "openWorldHint": False,
    }


def _input(contract: Contract, operation: Operation) -> dict[str, Any]:
    required = [p.name for p in operation.parameters if p.required]
    schema: dict[str, Any] = {"type": "object", "properties": {p.name: _property(p) for p in operation.parameters}}
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    if operation.example is not None:
        schema["examples"] = [operation.example]
    return _alone(schema, contract.schemas)


def _property(p: Parameter) -> dict[str, Any]:
    schema = dict(p.schema)
    if p.description:
        schema["description"] = p.description
    if p.default is not None and p.default.exact:
        schema["default"] = p.default.value
    return schema


def _output(contract: Contract, operation: Operation) -> tuple[bool, dict[str, Any]]:
    """Whether the result has to be wrapped, and the schema of what is given. Its root must say that it is an object,
    so a class stands there itself and not by reference."""
    schema = operation.result.schema
    if operation.result.stream:
        return False, _alone(_object(items={"type": "array", "items": schema}, truncated={"type": "boolean"}),
                             contract.schemas)  # fmt: skip
    found = contract.schemas.get(str(schema.get("$ref", "")).removeprefix(_REFERENCE), schema)
    if found.get("type") == "object":
        return False, _alone(found, contract.schemas)
    return True, _alone(_object(result=schema), contract.schemas)


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


def _alone(schema: dict[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that needs no other document: the components that it speaks of, and they in turn, in its ``$defs``."""
    found: dict[str, Any] = {}
    wanted: list[str] = []
    made: dict[str, Any] = _own(schema, wanted)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _own(components[name], wanted)
    return {**made, "$defs": dict(sorted(found.items()))} if found else made


def _own(schema: Any, wanted: list[str]) -> Any:
    """A schema with its references into its own ``$defs``; ``wanted`` gets the names. References stand in ``$ref`` and
    in the ``mapping`` of a discriminator, which is OpenAPI's, means nothing to JSON Schema and is left out."""
    if isinstance(schema, list):
        return [_own(item, wanted) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _own(value, wanted) for key, value in schema.items() if not _discriminator(key, value)}
    if isinstance(made.get("$ref"), str) and made["$ref"].startswith(_REFERENCE):
        name = made["$ref"].removeprefix(_REFERENCE)
        wanted.append(name)
        made["$ref"] = f"#/$defs/{name}"
    return made


def _discriminator(key: str, value: Any) -> bool:
    return key == "discriminator" and isinstance(value, dict) and "propertyName" in value


def listing(definitions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """``ListToolsResult``: not to be kept, since a right may be gone, or given, in a moment."""
    return {"tools": list(definitions), **COMPLETE, "ttlMs": 0, "cacheScope": "private"}


def check_envelope(body: bytes) -> None:
    """Raises ``Refusal("malformed-request")`` for a message whose id or method is too long to be told again, as the
    answer would have to. What is no JSON is for who reads it whole."""
    if _LONG.search(body) is None and b"\\u00" not in body:
        return
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return
    for name in ("id", "method") if isinstance(message, dict) else ():
        value, most = message.get(name), mistakes.LONGEST
        if (isinstance(value, str) and len(value) > most) or (type(value) is int and abs(value) >= 10**most):
            raise Refusal("malformed-request", f"The {name} of the message has more than {most} characters.")


_writer = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
"""As short as what came, since the bound on bodies is that of both."""


def given(arguments: Mapping[str, Any]) -> bytes:
    """The arguments of a call as one JSON object. Raises ``Refusal("malformed-request")`` for what is no JSON: NaN,
    an integer of thousands of digits, a nesting without end."""
    try:
        try:
            return _writer.encode(arguments).encode()
        except UnicodeEncodeError:  # half of a surrogate pair is no UTF-8, but JSON can escape it
            return json.dumps(arguments, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Refusal("malformed-request", "The arguments are no JSON that can be read.") from None


def result(tool: Tool, outcome: bytes, language: str = "en") -> dict[str, Any]:
    """``CallToolResult`` of a result, which is JSON. Raises ``Refusal("result-too-large")`` for a large one of a read;
    of what has taken effect that alone is told, in the language."""
    if len(outcome) > LARGEST:
        if tool.read:
            raise Refusal("result-too-large", f"The result has {len(outcome)} bytes.", limit=LARGEST)
        # Marked as an error, since a success has to keep to the output schema; the agent reads what happened.
        return failed(fill(translate(DONE, language), {"size": len(outcome), "limit": LARGEST}))
    return _structured(b'{"result":' + outcome + b"}" if tool.wrapped else outcome)


def collected(items: Sequence[bytes], *, truncated: bool) -> dict[str, Any]:
    """``CallToolResult`` of the items of a stream; ``truncated`` where there were, or may have been, more."""
    return _structured(_items(items, truncated))


def refused(problem: Mapping[str, Any], items: Sequence[bytes] = ()) -> dict[str, Any]:
    """``CallToolResult`` of a problem (RFC 9457), and of the ``items`` that a stream had given before it."""
    content = [_text("\n".join(_sentences(problem)))]
    if items:
        content.append(_text(_items(items, True).decode()))
    return {"content": content, "isError": True, "_meta": {PROBLEM: dict(problem)}, **COMPLETE}


def failed(text: str) -> dict[str, Any]:
    """``CallToolResult`` of a call that went wrong on the way, where there is no problem but a text."""
    return {"content": [_text(text)], "isError": True, **COMPLETE}


def _structured(body: bytes) -> dict[str, Any]:
    content = [_text(body.decode())]
    return {"content": content, "structuredContent": json.loads(body), "isError": False, **COMPLETE}


def _items(items: Iterable[bytes], truncated: bool) -> bytes:
    return b'{"items":[' + b",".join(items) + b'],"truncated":' + (b"true" if truncated else b"false") + b"}"


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _sentences(problem: Mapping[str, Any]) -> Iterable[str]:
    """What an agent can act on: what went wrong, each argument, what to do, and where. The words are the problem's own,
    in whatever language it has."""
    exception = problem.get("exception")
    title = problem.get("title") or problem.get("code") or "problem"
    yield f"{title}: {exception.get('name')}." if isinstance(exception, dict) else f"{title}."
    if problem.get("detail"):
        yield str(problem["detail"])
    for error in problem.get("errors") or ():
        told = f"- {error.get('location') or '.'}: {error.get('message', '')}."
        yield f"{told} {error.get('fix') or ''}".rstrip()
    # A declared error's own fix speaks of the problem's members, which are not in sight here.
    if problem.get("fix") and exception is None:
        yield str(problem["fix"])
    links = problem.get("links") or {}
    yield from (f"{name}: {links[name]}" for name in LINKS.get(problem.get("status", 0), ()) if name in links)
    if problem.get("request_id"):
        yield f"request_id: {problem['request_id']}"
