"""Lines that a reader copies: each runs as it stands, once the key is in ``$PARVIS_KEY``."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from parvis.contract.model import Contract, Operation, Parameter

from .samples import sample

CONSOLE = "parvis"
EMAIL = "you@example.org"
OPEN = frozenset({"accounts.create", "operators.create"})
"""Operations of the console that nobody needs to be known for."""

WIDTH = 60
"""Characters of a line, so that a telephone shows most of them whole."""

PLAIN = ("str", "int", "float", "bool", "Literal[")
"""Types whose JSON sample is their Python value."""


def curl(contract: Contract, operation: Operation, base_url: str, key: str | None = None) -> str:
    """One shell command that calls the operation at its first address with its required arguments; ``key`` stands in
    it, or ``$PARVIS_KEY`` when there is none."""
    route = operation.routes[0]
    arguments = {p.name: sample(p, contract) for p in operation.parameters if p.required}
    path = contract.prefix + route.path
    if route.id is not None:
        path = path.replace("{id}", quote(_text(arguments.pop(route.id)), safe=""))
    options = ["-N"] if operation.result.stream else []
    if route.method not in ("GET", "POST"):
        options.append(f"-X {route.method}")
    options += _credential(contract, operation, key)
    if route.query:
        query = urlencode(
            {k: [*map(_text, v)] if isinstance(v, list) else _text(v) for k, v in arguments.items()}, True
        )
        path += f"?{query}" if query else ""
    else:
        options.append(_json(arguments))
    return _curl(*options, shlex.quote(base_url + path))


def python(contract: Contract, operation: Operation, base_url: str, key: str | None = None) -> str:
    """The same call as a Python program; without a ``key`` the client finds the one it kept, or ``$PARVIS_KEY``."""
    arguments = ", ".join(_argument(p, contract) for p in operation.parameters if p.required)
    opening = f', key="{key}"' if key else ""
    call = f"{contract.service}.{operation.name}({arguments})"
    lines = ["from parvis import connect", ""]
    lines += [f'{contract.service} = connect("{base_url}/{contract.service}"{opening})']
    lines += [f"for item in {call}:", "    print(item)"] if operation.result.stream else [f"print({call})"]
    return "\n".join(lines)


def command(base_url: str) -> str:
    """The one command that makes an account and a key, and keeps the key."""
    return f"pip install parvis && parvis register {shlex.quote(base_url)}"


def register(base_url: str) -> str:
    """The shell command that makes an account."""
    account = {"email": EMAIL, "password": "a long password", "name": "You"}
    return _curl(_json(account), shlex.quote(f"{base_url}/{CONSOLE}/v1/accounts"))


def new_key(base_url: str) -> str:
    """The shell command that makes a key; curl asks for the password."""
    return _curl(f"-u {EMAIL}", _json({"label": "first"}), shlex.quote(f"{base_url}/{CONSOLE}/v1/keys"))


def first_call(contract: Contract) -> Operation | None:
    """The operation that a newcomer most likely calls with success: a read, and with no argument to invent."""
    return min(contract.operations, key=_effort, default=None)


def _effort(operation: Operation) -> tuple[bool, int, bool, int, int]:
    required = [p for p in operation.parameters if p.required]
    invented = sum(not (p.simple and ("enum" in p.schema or p.schema.get("type") in ("integer", "number", "boolean")))
                   for p in required)  # fmt: skip
    return operation.read is None, invented, operation.result.stream, operation.name.count("."), len(required)


def _credential(contract: Contract, operation: Operation, key: str | None) -> list[str]:
    if contract.service == CONSOLE:
        return [] if operation.name in OPEN else [f"-u {EMAIL}"]
    # Double quotes: the shell is to put the key in.
    return [f'-H "Authorization: Bearer {key or "$PARVIS_KEY"}"']


def _curl(*options: str) -> str:
    """A curl command; a long one with an option on each line."""
    line = " ".join(["curl", *options])
    return line if len(line) <= WIDTH else " \\\n  ".join(["curl " + options[0], *options[1:]])


def _json(arguments: dict[str, Any]) -> str:
    return "--json " + shlex.quote(json.dumps(arguments, ensure_ascii=False))


def _argument(p: Parameter, contract: Contract) -> str:
    value = repr(sample(p, contract)) if p.type.startswith(PLAIN) else "..."
    return value if p.kind == "positional_only" else f"{p.name}={value}"


def _text(value: Any) -> str:
    """A simple value as a query or a path spells it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
