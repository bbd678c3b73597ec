"""OpenAPI out of a contract alone: one address per operation, the first of its routes.

Two rules. What the document says is what docs/mapping.md promises, no less and no more: a response stands here only
if this operation can answer it, with the fields that it has. OpenAPI 3.1 takes the contract's schemas as they are; 3.0
is made from the 3.1 document by :mod:`.version30`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from ..bodies import raw
from ..model import CONSOLE, Contract, DeclaredError, Operation, Parameter
from ..outcomes import OUTCOMES
from ..pages import resolved
from . import headers, media_types
from .formats import patterned
from .media_types import Example, with_default, without_null
from .operation_errors import EARLY, ErrorResponse, refusals, takes_key
from .problem_schema import MEDIA_TYPE, PROBLEM, declared_example, refusal_example
from .version30 import downgrade

IDEMPOTENCY_KEY = r'^("([!#-\[\]-~]|\\["\\]){1,255}"|[!#-+\--:<-\[\]-~]{1,255})$'
"""What an ``Idempotency-Key`` may be: visible ASCII in quotes, as a String of RFC 9651 has it, or without them."""

PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Makes it safe to send this call again: with the same key it runs once, and each repeat within "
        "24 hours gets the first answer. Take a new UUID for each call.",
        "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
        "example": '"6f0a8e1c-7d0b-4f0e-9a3a-3f1f0c6d2b57"',
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of an answer that you have: while it is still the one, you get 304 and no body.",
        "schema": {"type": "string"},
        "example": '"2b7c1f0e9d"',
    },
    "Range": {
        "name": "Range",
        "in": "header",
        "required": False,
        "description": "Which part of the bytes you want (RFC 9110 section 14.2); it is answered with 206.",
        "schema": {"type": "string"},
        "example": "bytes=0-1023",
    },
}
"""Header fields that a call may carry: by name, those that more than one operation takes."""

UNCHANGED = "unchanged"
"""The response 304 to a read by GET; it counts like the read that it is."""

KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of this server, as it was shown when it was made, or a token that was made with it at "
    "`/oauth/token`. A key that is a user name and a password is sent as HTTP Basic.",
}
PASSWORD = {"type": "http", "scheme": "basic", "description": "The account's e-mail, or its id, and password."}

OPEN: list[dict[str, list[str]]] = [{}, {"key": []}, {"password": []}]
"""Who may call what anybody may: also somebody who shows a key or a password, as long as it is a good one."""


def openapi(
    contract: Contract, *, server_url: str | None, version: Literal["3.1", "3.0"] = "3.1", page: str | None = None
) -> dict[str, Any]:
    """The OpenAPI document of a service.

    ``server_url`` is the public address of the server without a path (``https://api.example.org``); with None the
    document names its service relative to its own address. ``page`` is the address of the service's page, where it
    has one; it stands there when it is a whole one.
    """
    made = _Document(contract, server_url).make(page)
    return made if version == "3.1" else downgrade(made)


class _Document:
    """One document in the making: ``responses`` are those that its operations have named so far, ``codes`` those that
    these speak of."""

    def __init__(self, contract: Contract, server_url: str | None) -> None:
        self.contract = contract = _told(contract)
        self.server_url = server_url
        self.problem = _free("Problem", contract.schemas)
        self.names = _operation_ids(contract)
        self.every = headers.of_every(server_url)
        self.responses: dict[str, dict[str, Any]] = {}
        self.codes: set[str] = set()
        self.right = next((o.right for o in contract.operations if o.right), f"{contract.service}.*")
        self.argument = next((p.name for o in contract.operations for p in o.parameters if p.required), "limit")

    def make(self, page: str | None) -> dict[str, Any]:
        contract, console = self.contract, self.contract.service == CONSOLE
        paths: dict[str, dict[str, Any]] = {}
        for operation in contract.operations:
            route = operation.routes[0]
            paths.setdefault(route.path, {})[route.method.lower()] = self._operation(operation)
        used = _references({"paths": paths, "responses": self.responses})
        components = {
            "schemas": {**contract.schemas, self.problem: PROBLEM},
            "responses": dict(sorted(self.responses.items())),
            "parameters": {k: v for k, v in PARAMETERS.items() if f"#/components/parameters/{k}" in used},
            "examples": {code: refusal_example(code, self.right, self.argument) for code in sorted(self.codes)},
            "headers": {k: v for k, v in headers.HEADERS.items() if f"#/components/headers/{k}" in used},
        }
        return {
            "openapi": "3.1.0",
            "info": _said(
                title=contract.title or contract.service,
                summary=contract.summary,
                description=contract.description,
                version=str(contract.version),
            ),
            "servers": [{"url": (self.server_url or "").rstrip("/") + contract.prefix}],
            "security": [{"key": []}, {"password": []}] if console else [{"key": []}],
            "tags": self._tags(),
            **(
                {"externalDocs": {"description": "The page of this service.", "url": page}}
                if page and "://" in page
                else {}
            ),
            "paths": paths,
            "components": {
                **{name: member for name, member in components.items() if member},
                "securitySchemes": {"key": KEY, **({"password": PASSWORD} if console else {})},
            },
        }

    def _tags(self) -> list[dict[str, Any]]:
        contract = self.contract
        told = {contract.service: contract.summary, **contract.parts}
        names = dict.fromkeys(_tag(contract, o) for o in contract.operations)
        return [_said(name=name, description=told.get(name, "")) for name in names]

    def _operation(self, operation: Operation) -> dict[str, Any]:
        route = operation.routes[0]
        beside = [p for p in operation.parameters if p.name != route.id]
        parameters = [_path_parameter(p, operation.example) for p in operation.parameters if p.name == route.id]
        if route.query:
            parameters += [_query_parameter(p, operation.example) for p in beside if p.simple]
        if takes_key(operation):
            parameters.append(_parameter("Idempotency-Key"))
        if _tagged(operation):
            parameters.append(_parameter("If-None-Match"))
        if _ranged(operation):
            parameters.append(_parameter("Range"))
        description = [operation.description, *_parting(operation)]
        made = _said(
            operationId=self.names[operation.name],
            tags=[_tag(self.contract, operation)],
            summary=operation.summary or operation.name,
            description="\n\n".join(text for text in description if text),
            deprecated=bool(operation.deprecated),
            parameters=parameters,
            requestBody=None if route.query else media_types.body(operation, beside),
            responses=self._responses(operation),
            **{"x-python-signature": operation.name + operation.signature},
        )
        made["responses"] = dict(sorted(made["responses"].items()))
        return {**made, "security": OPEN} if operation.own is not None and operation.own.open else made

    def _responses(self, operation: Operation) -> dict[str, Any]:
        parting = headers.parting(operation)
        made: dict[str, Any] = {str(operation.routes[0].status): self._success(operation, parting)}
        if _tagged(operation):
            own = headers.of_unchanged(self.contract, operation)
            unchanged = self._answer("The answer is the one that `If-None-Match` names.", own, parting)
            name = f"{UNCHANGED}-bytes" if _ranged(operation) else UNCHANGED
            made["304"] = unchanged if parting else self._shared(name, unchanged)
        if _ranged(operation):
            part = self._answer("The part that `Range` names.", headers.of_part(self.contract), parting)
            made["206"] = {**part, "content": media_types.part(operation)}
        refused = refusals(self.contract, operation)
        for status in sorted(refused.keys() | {e.status for e in operation.errors}):
            declared = [e for e in operation.errors if e.status == status]
            made[str(status)] = self._problem(operation, status, declared, refused.get(status), parting)
        return made

    def _success(self, operation: Operation, parting: tuple[str, ...]) -> dict[str, Any]:
        route, result = operation.routes[0], operation.result
        own = headers.of_result(
            self.contract, operation, located=route.status == 201 and _located(self.contract, operation)
        )
        success = self._answer(result.description or ("Done." if route.status == 204 else "The result."), own, parting)
        if route.status != 204:
            success["content"] = media_types.result(operation)
        return success

    def _problem(
        self, operation: Operation, status: int, declared: list[DeclaredError], refused: ErrorResponse | None,
        parting: tuple[str, ...],
    ) -> dict[str, Any]:  # fmt: skip
        """A response by its name, which others share; one of its own where the operation declares errors, or is to go
        and says so in each of its answers."""
        if not declared and not parting and refused is not None:
            return self._shared(refused.name, self._told(operation, status, [], refused, ()))
        return self._told(operation, status, declared, refused, parting)

    def _told(
        self, operation: Operation, status: int, declared: list[DeclaredError], refused: ErrorResponse | None,
        parting: tuple[str, ...],
    ) -> dict[str, Any]:  # fmt: skip
        codes = refused.codes if refused is not None else ()
        lines = [f"`{e.name}`: {e.description}".rstrip(": ") for e in declared]
        lines += [f"`{code}`: {OUTCOMES[code].title}" for code in codes]
        examples = {e.name: declared_example(e) for e in declared}
        examples |= {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
        self.codes.update(codes)
        # A response that others share has what any of them may have.
        takers = [operation] if declared else self.contract.operations
        repeatable = any(takes_key(each) and not each.result.stream for each in takers)
        own = headers.of_problem(self.contract, status, declared=bool(declared), repeatable=repeatable)
        early = status in EARLY and not declared
        made = self._answer("\n\n".join(lines), own, () if early else parting, headers.SECURE if early else None)
        schema = {"$ref": f"#/components/schemas/{self.problem}"}
        made["content"] = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
        return made

    def _shared(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}

    def _answer(
        self, description: str, own: tuple[str, ...], parting: tuple[str, ...], every: tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        names = (*own, *parting, *(self.every if every is None else every))
        return {"description": description, "headers": headers.references(names)}


def _told(contract: Contract) -> Contract:
    """The contract with the patterns of its formats in every schema."""
    return replace(
        contract,
        schemas={name: patterned(schema) for name, schema in contract.schemas.items()},
        operations=tuple(
            replace(
                operation,
                parameters=tuple(replace(p, schema=patterned(p.schema)) for p in operation.parameters),
                result=replace(operation.result, schema=patterned(operation.result.schema)),
            )
            for operation in contract.operations
        ),
    )


def _tagged(operation: Operation) -> bool:
    return operation.routes[0].method == "GET" and not operation.result.stream


def _ranged(operation: Operation) -> bool:
    return _tagged(operation) and raw(operation) is not None


def _parameter(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _parting(operation: Operation) -> list[str]:
    """That an operation is to go, in words: since when, why and until when."""
    told = []
    if operation.deprecated:
        since = f" since {operation.deprecated_since}" if operation.deprecated_since else ""
        told.append(f"Deprecated{since}: {operation.deprecated}")
    if operation.sunset:
        told.append(f"It may go on {operation.sunset}.")
    return told


def _path_parameter(p: Parameter, example: Example) -> dict[str, Any]:
    # Every template says {id}: OpenAPI refuses two templates that differ in the name of a segment alone.
    text = p.description if p.name == "id" else f"`{p.name}`: {p.description}".rstrip(": ")
    schema = without_null(p.schema)
    made = _said(**{"name": "id", "in": "path", "required": True, "description": text, "schema": schema})
    return {**made, **_shown(p, example)}


def _query_parameter(p: Parameter, example: Example) -> dict[str, Any]:
    # Absent means the default, and None is sayable only by POST: so null stands in no query.
    schema = with_default(without_null(p.schema), p, null=False)
    made = _said(
        **{"name": p.name, "in": "query", "required": p.required, "description": p.description},
        style="form",
        explode=True,
        schema=schema,
    )
    return {**made, **_shown(p, example)}


def _shown(p: Parameter, example: Example) -> dict[str, Any]:
    """The parameter's value in the operation's example, where it has one and a query can say it."""
    return {"example": example[p.name]} if example and example.get(p.name) is not None else {}


def _located(contract: Contract, operation: Operation) -> bool:
    """True for a ``create`` whose result has an ``id``, beside a ``get``: it answers with ``Location``."""
    sibling = operation.name.rpartition(".")[0] + ".get"
    beside_get = any(o.name == sibling and o.routes[0].id is not None for o in contract.operations)
    return beside_get and "id" in resolved(contract, operation.result.schema).get("properties", {})


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


def _said(**members: Any) -> dict[str, Any]:
    """An object of what there is to say: empty text, lists and false are its defaults and are left out."""
    return {k: v for k, v in members.items() if v or k == "schema"}
