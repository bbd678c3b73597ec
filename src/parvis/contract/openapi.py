"""OpenAPI out of a contract alone: one address per operation, the first of its routes.

Two rules. What the document says is what docs/mapping.md promises, no less and no more: a response stands here only
if this operation can answer it. OpenAPI 3.1 takes the contract's schemas as they are; 3.0 is made from the 3.1
document by :mod:`parvis.contract.openapi30`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import JsonValue

from .model import Contract, DeclaredError, Operation, Parameter, Route
from .openapi30 import downgrade
from .outcomes import OUTCOMES

REFUSALS: dict[int, tuple[str, ...]] = {
    400: ("malformed-request", "host-refused", "no-idempotency"),
    401: (
        "key-missing", "key-malformed", "key-unknown", "key-revoked", "key-rotated", "key-expired", "token-expired",
        "run-key-elsewhere",
    ),
    403: (
        "right-missing", "key-right-missing", "argument-refused", "no-sandbox", "network-refused", "account-suspended",
    ),
    404: ("unknown-operation",),
    406: ("not-acceptable",),
    408: ("request-timeout",),
    409: ("idempotency-in-progress", "outcome-unknown", "not-replayable"),
    412: ("precondition-failed",),
    413: ("body-too-large",),
    415: ("unsupported-media-type",),
    422: ("invalid-arguments", "idempotency-mismatch"),
    429: ("rate-limited", "concurrency-limited", "quota-exceeded", "too-many-idempotency-keys"),
    500: ("internal-error",),
    503: ("unavailable",),
    504: ("call-timeout",),
}  # fmt: skip
"""Status -> the outcomes with which Parvis itself may answer a call at the right address by the right method."""

LEFT = {
    "RateLimit-Policy": 'The limits and quotas of who calls, as `"rate";q=50;w=5, "day";q=10000;w=86400`.',
    "RateLimit": "What is left of each (`r`), and in how many seconds there is more (`t`).",
}
"""On every answer to a caller that has limits: draft-ietf-httpapi-ratelimit-headers."""

PARTING = {
    "Deprecation": "Since when this operation is deprecated, as `@` and seconds since 1970 (RFC 9745).",
    "Sunset": "When this operation may go (RFC 8594).",
}
"""On the answers of an operation that is to go, where its days are known."""

IDEMPOTENCY_KEY = r'^("([!#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255})$'
"""What an ``Idempotency-Key`` may be: visible ASCII in quotes, as a String of RFC 9651 has it, or without them."""

REPEATS: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes it safe to send this call again: with the same key it runs once, and each repeat within "
    "24 hours gets the first answer. Take a new UUID for each call.",
    "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
    "example": '"6f0a8e1c-7d0b-4f0e-9a3a-3f1f0c6d2b57"',
}
REPLAYED = {"Idempotency-Replayed": "`true` where this is the answer to an earlier call with the same key."}

ETAG = "Names this answer: sent back as `If-None-Match`, it spares the body while the answer is the same."
UNCHANGED = {
    "description": "The answer is the one that `If-None-Match` names.",
    "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
}
"""To a read by GET; it counts like the read that it is."""

VALUE = ("application/json", "application/msgpack")
STREAM = ("application/jsonl", "text/event-stream")
"""The media types of a value, be it a body or an answer; and those of a stream that have its items one by one."""

UNSAFE = frozenset({409})
"""This status stands only where a call may change something, and so may name an idempotency key."""
WITH_BODY = frozenset({408, 413, 415})
WITH_ID = frozenset({404})
WITH_ANSWER = frozenset({406})
"""These statuses stand only where a body is sent, where the path holds an id (an empty one is another address), where
the answer has a body."""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why a call was refused or failed (RFC 9457).",
    "required": ["type", "title", "status", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "The address of the page on this kind of problem."},
        "title": {"type": "string", "description": "What kind of problem it is; constant for its code."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened this time."},
        "code": {"type": "string", "description": "The kind of problem, for programs."},
        "request_id": {"type": "string", "description": "Names this request to the operator."},
        "fix": {"type": "string", "description": "What to do about it, in one sentence."},
        "links": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Where to go next, by purpose.",
        },
        "errors": {
            "type": "array",
            "description": "Every argument that is not valid.",
            "items": {
                "type": "object",
                "required": ["location", "message"],
                "properties": {
                    "location": {"type": "string"},
                    "message": {"type": "string"},
                    "fix": {"type": "string"},
                },
            },
        },
        "exception": {
            "type": "object",
            "description": "The exception of the service, when it is a declared one.",
            "required": ["name", "base", "args"],
            "properties": {
                "name": {"type": "string"},
                "base": {"type": "string", "description": "The nearest built-in exception of Python."},
                "args": {"type": "array", "items": {}},
            },
        },
    },
}

KEY = {"type": "http", "scheme": "bearer", "description": "A key of this server, as it was shown when it was made."}
PASSWORD = {"type": "http", "scheme": "basic", "description": "The account's e-mail and password."}

CONSOLE = "parvis"
"""The service of accounts and keys: it is open to a password too, and to anybody who registers."""


_Example = dict[str, JsonValue] | None


def openapi(contract: Contract, *, server_url: str | None, version: Literal["3.1", "3.0"] = "3.1") -> dict[str, Any]:
    """The OpenAPI document of a service.

    ``server_url`` is the public address of the server without a path (``https://api.example.org``); with None the
    document names its service relative to its own address.
    """
    problem = _free("Problem", contract.schemas)
    names = _operation_ids(contract)
    paths: dict[str, dict[str, Any]] = {}
    for operation in contract.operations:
        route = operation.routes[0]
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(contract, operation, names, problem)
    repeats = {REPEATS["name"]: REPEATS}
    used = {status for item in paths.values() for o in item.values() for status in o["responses"]}
    shared = ({"ETag": ETAG} if "304" in used else {}) | (LEFT if _limited(contract) else {})
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": _said(
            title=contract.title or contract.service,
            summary=contract.summary,
            description=contract.description,
            version=str(contract.version),
        ),
        "servers": [{"url": (server_url or "").rstrip("/") + contract.prefix}],
        "security": [{"key": []}, {"password": []}, {}] if contract.service == CONSOLE else [{"key": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(contract, o) for o in contract.operations)],
        "paths": paths,
        "components": {
            "schemas": {**contract.schemas, problem: PROBLEM},
            "responses": {
                **({"unchanged": UNCHANGED} if "304" in used else {}),
                **{_response_name(s): _refusal(contract, s, problem) for s in REFUSALS if str(s) in used},
            },
            **({"parameters": repeats} if any(o.read is None for o in contract.operations) else {}),
            **({"headers": {name: _header(text) for name, text in shared.items()}} if shared else {}),
            "securitySchemes": {"key": KEY, **({"password": PASSWORD} if contract.service == CONSOLE else {})},
        },
    }
    return document if version == "3.1" else downgrade(document)


def _operation(contract: Contract, operation: Operation, names: dict[str, str], problem: str) -> dict[str, Any]:
    route = operation.routes[0]
    description = [operation.description, *_parting(operation)]
    beside = [p for p in operation.parameters if p.name != route.id]
    parameters = [_path_parameter(p, operation.example) for p in operation.parameters if p.name == route.id]
    if route.query:
        parameters += [_query_parameter(p, operation.example) for p in beside if p.simple]
    if operation.read is None:
        parameters.append({"$ref": "#/components/parameters/Idempotency-Key"})
    return _said(
        operationId=names[operation.name],
        tags=[_tag(contract, operation)],
        summary=operation.summary,
        description="\n\n".join(text for text in description if text),
        deprecated=bool(operation.deprecated),
        parameters=parameters,
        requestBody=None if route.query else _body(beside, operation.example),
        responses=_responses(contract, operation, route, problem),
        **{"x-python-signature": operation.name + operation.signature},
    )


def _parting(operation: Operation) -> list[str]:
    """That an operation is to go, in words: since when, why and until when."""
    told = []
    if operation.deprecated:
        since = f" since {operation.deprecated_since}" if operation.deprecated_since else ""
        told.append(f"Deprecated{since}: {operation.deprecated}")
    if operation.sunset:
        told.append(f"It may go on {operation.sunset}.")
    return told


def _parting_headers(operation: Operation) -> dict[str, Any]:
    days = {"Deprecation": operation.deprecated_since, "Sunset": operation.sunset}
    return {name: _header(text) for name, text in PARTING.items() if days[name]}


def _path_parameter(p: Parameter, example: _Example) -> dict[str, Any]:
    # Every template says {id}: OpenAPI refuses two templates that differ in the name of a segment alone.
    text = p.description if p.name == "id" else f"`{p.name}`: {p.description}".rstrip(": ")
    schema = _without_null(p.schema)
    return _said(
        **{"name": "id", "in": "path", "required": True, "description": text, "schema": schema}, **_shown(p, example)
    )


def _query_parameter(p: Parameter, example: _Example) -> dict[str, Any]:
    # Absent means the default, and None is sayable only by POST: so null stands in no query.
    schema = _with_default(_without_null(p.schema), p, null=False)
    return _said(
        **{"name": p.name, "in": "query", "required": p.required, "description": p.description},
        style="form",
        explode=True,
        schema=schema,
        **_shown(p, example),
    )


def _shown(p: Parameter, example: _Example) -> dict[str, Any]:
    """The parameter's value in the operation's example, where it has one and a query can say it."""
    return {"example": example[p.name]} if example and example.get(p.name) is not None else {}


def _body(parameters: list[Parameter], example: _Example) -> dict[str, Any]:
    required = [p.name for p in parameters if p.required]
    schema = _said(
        type="object",
        properties={p.name: _described(_with_default(p.schema, p, null=True), p.description) for p in parameters},
        required=required,
    )
    schema["additionalProperties"] = False
    names = {p.name for p in parameters}
    shown = {} if example is None else {"example": {k: v for k, v in example.items() if k in names}}
    return {"required": bool(required), "content": {kind: {"schema": schema, **shown} for kind in VALUE}}


def _responses(contract: Contract, operation: Operation, route: Route, problem: str) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.result.description or "The result."}
    if operation.result.stream:
        # One schema for each item: a line, or the data of an event.
        content = {"schema": operation.result.schema}
        array = {"schema": {"type": "array", "items": operation.result.schema}}
        success["content"] = {**dict.fromkeys(STREAM, content), "application/json": array}
    elif route.status == 204:
        success["description"] = operation.result.description or "Done."
    else:
        success["content"] = {kind: {"schema": operation.result.schema} for kind in VALUE}
    headers = _parting_headers(operation) | _left(contract)
    if route.status == 201 and _located(contract, operation):
        headers = {"Location": _header("The address of what was made."), **headers}
    if operation.read is None and not operation.result.stream:
        headers = headers | {name: _header(text) for name, text in REPLAYED.items()}
    tagged = route.method == "GET" and not operation.result.stream
    if tagged:
        headers = {"ETag": {"$ref": "#/components/headers/ETag"}, **headers}
    if headers:
        success["headers"] = headers
    responses: dict[str, Any] = {str(route.status): success}
    if tagged:
        responses["304"] = {"$ref": "#/components/responses/unchanged"}
    refusals = {
        s
        for s in REFUSALS
        if not (s in WITH_BODY and route.query)
        and not (s in WITH_ID and route.id is None)
        and not (s in WITH_ANSWER and route.status == 204)
        and not (s in UNSAFE and operation.read is not None)
    }  # fmt: skip
    for status in sorted(refusals | {e.status for e in operation.errors}):
        declared = [e for e in operation.errors if e.status == status]
        if declared:
            responses[str(status)] = _declared(declared, status in refusals, status, problem)
        else:
            responses[str(status)] = {"$ref": f"#/components/responses/{_response_name(status)}"}
    return responses


def _declared(errors: list[DeclaredError], refusal: bool, status: int, problem: str) -> dict[str, Any]:
    lines = [f"`{e.name}`: {e.description}".rstrip(": ") for e in errors]
    if refusal:
        lines += [f"`{code}`: {OUTCOMES[code].title}" for code in REFUSALS[status]]
    return _problem("\n\n".join(lines), problem)


def _refusal(contract: Contract, status: int, problem: str) -> dict[str, Any]:
    response = _problem("\n\n".join(f"`{code}`: {OUTCOMES[code].title}" for code in REFUSALS[status]), problem)
    headers: dict[str, Any] = {}
    if status == 401:
        headers["WWW-Authenticate"] = _header("How to say who calls.")
    if status in (409, 429, 503):
        headers["Retry-After"] = _header("Seconds to wait before it is of use to ask again.")
    if status == 429:
        headers |= _left(contract)
    if headers:
        response["headers"] = headers
    return response


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _limited(contract: Contract) -> bool:
    """The console costs nothing, and says so by saying nothing."""
    return contract.service != CONSOLE


def _left(contract: Contract) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in LEFT} if _limited(contract) else {}


def _problem(description: str, problem: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{problem}"}}}
    return {"description": description, "content": content}


def _located(contract: Contract, operation: Operation) -> bool:
    """True for a ``create`` whose result has an ``id``, beside a ``get``: it answers with ``Location``."""
    sibling = operation.name.rpartition(".")[0] + ".get"
    beside_get = any(o.name == sibling and o.routes[0].id is not None for o in contract.operations)
    schema = operation.result.schema
    schema = contract.schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return beside_get and "id" in schema.get("properties", {})


def _with_default(schema: dict[str, Any], p: Parameter, *, null: bool) -> dict[str, Any]:
    if p.default is None or not p.default.exact or (p.default.value is None and not null):
        return schema
    return {**schema, "default": p.default.value}


def _described(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description} if description else schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    forms = schema.get("anyOf")
    if not forms:
        return schema
    left = [form for form in forms if form != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k != "anyOf" and not (k == "default" and v is None)}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}


def _operation_ids(contract: Contract) -> dict[str, str]:
    """Dotted name -> with underscores; where two would be one (``a.b_c`` and ``a_b.c``) the later is numbered."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for operation in contract.operations:
        plain = operation.name.replace(".", "_")
        ids[operation.name] = _free(plain, taken)
        taken.add(ids[operation.name])
    return ids


def _free(name: str, taken: dict[str, Any] | set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _tag(contract: Contract, operation: Operation) -> str:
    return operation.name.rpartition(".")[0] or contract.service


def _response_name(status: int) -> str:
    return f"problem-{status}"


def _said(**members: Any) -> dict[str, Any]:
    """An object of what there is to say: empty text, lists and false are its defaults and are left out."""
    return {k: v for k, v in members.items() if v or k == "schema"}
