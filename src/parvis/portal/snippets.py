"""Lines that a reader copies: each runs as it stands, once the key is in ``$PARVIS_KEY``."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from parvis.contract.bodies import is_file, upload
from parvis.contract.model import CONSOLE, Contract, Operation, Parameter, Route

from .samples import sample

EMAIL = "you@example.org"
OPEN = frozenset({
    "accounts.create",
    "accounts.request_reset",
    "accounts.reset",
    "accounts.verify",
    "keys.report",
    "operators.create",
})  # fmt: skip
"""Operations of the console that nobody needs to be known for."""

WIDTH = 60
"""Characters of a line, so that a telephone shows most of them whole."""

PLAIN = ("str", "int", "float", "bool", "Literal[")
"""Types whose JSON sample is their Python value."""


def curl(contract: Contract, operation: Operation, base_url: str, key: str | None = None) -> str:
    """One shell command that calls the operation with its example, or its required arguments; ``key`` stands in it,
    or ``$PARVIS_KEY`` when there is none. A read is asked by GET: it is the shortest to write."""
    arguments = _arguments(operation, contract)
    route = _shortest(operation, arguments)
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
        options += _form(operation, arguments) or [_json(arguments)]
    return _curl(*options, shlex.quote(base_url + path))


def python(contract: Contract, operation: Operation, base_url: str, key: str | None = None) -> str:
    """The same call as a Python program; without a ``key`` the client finds the one it kept, or ``$PARVIS_KEY``."""
    given = _arguments(operation, contract)
    arguments = ", ".join(_argument(p, given[p.name]) for p in operation.parameters if p.name in given)
    opening = f', key="{key}"' if key else ""
    call = f"{contract.service}.{operation.name}({arguments})"
    lines = ["from parvis import connect", ""]
    lines += [f'{contract.service} = connect("{base_url}/{contract.service}"{opening})']
    lines += [f"for item in {call}:", "    print(item)"] if operation.result.stream else [f"print({call})"]
    return "\n".join(lines)


def command(base_url: str) -> str:
    """The one command that makes an account and a key, and keeps the key.

    It does not install Parvis: no package index has it, and what one may have by that name is a stranger's.
    """
    return f"parvis register {shlex.quote(base_url)}"


def register(base_url: str) -> str:
    """The shell command that makes an account."""
    account = {"email": EMAIL, "password": "a long password", "name": "You"}
    return _curl(_json(account), shlex.quote(f"{base_url}/{CONSOLE}/v1/accounts"))


def new_key(base_url: str, name: str = EMAIL, *, test: bool = False) -> str:
    """The shell command by which the account that logs in with ``name`` makes a key; curl asks for the password."""
    wanted: dict[str, Any] = {"label": "test", "test": True} if test else {"label": "first"}
    return _curl(f"-u {shlex.quote(name)}", _json(wanted), shlex.quote(f"{base_url}/{CONSOLE}/v1/keys"))


def first_call(contract: Contract, *, reads: bool = False) -> Operation | None:
    """The operation that a newcomer most likely calls with success: a read, and with no argument to invent.

    ``reads``: a read or none, for a key that may do no more.
    """
    offered = (each for each in contract.operations if each.read is not None or not reads)
    return min(offered, key=_effort, default=None)


def _effort(operation: Operation) -> tuple[bool, bool, bool, int, bool, int, int]:
    required = [p for p in operation.parameters if p.required]
    invented = sum(not (p.simple and ("enum" in p.schema or p.schema.get("type") in ("integer", "number", "boolean")))
                   for p in required)  # fmt: skip
    return (
        operation.deprecated is not None,
        operation.example is None,
        operation.read is None,
        invented,
        operation.result.stream,
        operation.name.count("."),
        len(required),
    )


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


def _form(operation: Operation, arguments: dict[str, Any]) -> list[str]:
    """The fields of a form, where one of them is a file; it is not written out, as nobody has it in base64."""
    file = upload(operation)
    if file is None or not is_file(file) or file.name not in arguments:
        return []
    if not all(p.simple or p is file for p in operation.parameters if p.name in arguments):
        return []
    told = [f"--form-string {shlex.quote(f'{name}={_text(each)}')}" for name, value in arguments.items()
            if name != file.name for each in (value if isinstance(value, list) else [value])]  # fmt: skip
    return [*told, f"-F {file.name}=@FILE"]


def _arguments(operation: Operation, contract: Contract) -> dict[str, Any]:
    """What to call with: the publisher's example, else a sample of each required parameter."""
    if operation.example is not None:
        return dict(operation.example)
    return {p.name: sample(p, contract) for p in operation.parameters if p.required}


def _shortest(operation: Operation, arguments: dict[str, Any]) -> Route:
    simple = {p.name for p in operation.parameters if p.simple}
    sayable = all(name in simple and value is not None for name, value in arguments.items())
    return next((r for r in operation.routes if r.method == "GET" and sayable), operation.routes[0])


def _argument(p: Parameter, sampled: Any) -> str:
    value = repr(sampled) if p.type.startswith(PLAIN) else 'open("FILE", "rb")' if is_file(p) else "..."
    return value if p.kind == "positional_only" else f"{p.name}={value}"


def _text(value: Any) -> str:
    """A simple value as a query or a path spells it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
