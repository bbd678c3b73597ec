"""What may stand next on the line of ``parvis call``: services, operations, parameters, and their values.

Rules. Nobody who presses a key waits: what a contract offers is kept for a minute in the user's cache directory, asking
a server takes :data:`BOUND` at most, and what went wrong is silence. What is kept is public, and no key is.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from parvis.contract.model import Contract, Parameter, TypeDef

FORMAT = 1
"""Of what is kept: another one is asked for anew."""
BOUND = 0.3
"""Seconds to wait for a server."""
AGE = 60.0
"""Seconds for which what a service offers is believed."""
KEPT = 50
"""The most services of which something is kept: the newest."""
FILES = 200
"""The most names of files that are offered."""
PART = "part"
"""The type of an item behind which more comes: the shell puts no space there."""

_NAME = re.compile(r"\w+")

Offer = dict[str, dict[str, Any]]
"""Operation -> what is told of it, and its parameters: see :func:`offer`."""


def offer(contract: Contract) -> Offer:
    """What a contract has for the command line, as plain JSON."""
    types = {definition.name: definition for definition in contract.types}
    return {
        operation.name: {
            "help": operation.summary or operation.signature,
            "parameters": [_parameter(p, types) for p in operation.parameters],
        }
        for operation in contract.operations
    }


def _parameter(parameter: Parameter, types: dict[str, TypeDef]) -> dict[str, Any]:
    from parvis.client.shell_arguments import takes_file
    from parvis.contract.query_types import simple

    shape = simple(parameter.type, types)
    values = ["true", "false"] if shape and shape.text == "boolean" else list(shape.table or ()) if shape else []
    text = shape is not None or not ("[" in parameter.type or types.keys() & set(_NAME.findall(parameter.type)))
    sign = "=@" if takes_file(parameter) else "=" if text else ":="
    default = "" if parameter.default is None else f" = {parameter.default.text}"
    told = f"{parameter.type}{default}" + (f"  {parameter.description}" if parameter.description else "")
    return {
        "name": parameter.name, "sign": sign, "help": told, "values": [v for v in values if _sayable(v)],
        "many": bool(shape and shape.many), "required": parameter.required,
    }  # fmt: skip


def _sayable(value: str) -> bool:
    return value != "" and value.isprintable()


def urls(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Services that were called before, the last one first."""
    found = []
    with suppress(OSError):
        for path in _kept():
            with path.open(encoding="utf-8") as file:
                url = file.readline().strip()
            if url.startswith(incomplete):
                found.append(CompletionItem(url))
    return found


def operations(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    return [
        CompletionItem(name, help=_line(operation["help"]))
        for name, operation in _offered(context).items()
        if name.startswith(incomplete)
    ]


def arguments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    operation = _offered(context).get(context.params.get("operation") or "")
    if operation is None:
        return []
    given = {word.partition("=")[0].removesuffix(":") for word in context.params.get("arguments") or ()}
    name, equals, text = incomplete.partition("=")
    if not equals:
        rows = [p for p in operation["parameters"] if p["many"] or p["name"] not in given]
        rows.sort(key=lambda p: not p["required"])
        return [
            CompletionItem(p["name"] + (":=" if name.endswith(":") else p["sign"]), type=PART, help=_line(p["help"]))
            for p in rows
            if p["name"].startswith(name.removesuffix(":"))
        ]
    if text.startswith("@"):
        return _files(f"{name}=@", text[1:])
    row = next((p for p in operation["parameters"] if p["name"] == name), None)
    values = row["values"] if row is not None else []
    return [CompletionItem(f"{name}={value}") for value in values if value.startswith(text)]


def _line(text: str) -> str:
    """The first line of a text, of what a terminal shows and does not obey."""
    first = text.strip().partition("\n")[0][:100]
    return "".join(c if c.isprintable() else " " for c in first)


def _files(before: str, typed: str) -> list[CompletionItem[str]]:
    directory, slash, start = typed.rpartition("/")
    found = []
    with suppress(OSError), os.scandir(os.path.expanduser(directory + slash) or ".") as entries:
        for entry in entries:
            hidden = entry.name.startswith(".") and not start.startswith(".")
            if entry.name.startswith(start) and not hidden and _sayable(entry.name):
                whole = f"{before}{directory}{slash}{entry.name}"
                inside = entry.is_dir()
                found.append(CompletionItem(f"{whole}/" if inside else whole, type=PART if inside else "plain"))
    return sorted(found, key=lambda item: item.value)[:FILES]


def _offered(context: click.Context) -> Offer:
    """What the service on the line offers: as it is kept, as it says, or as it was kept before."""
    url = context.params.get("url") or ""
    try:
        path = _path(url)
        kept = _read(path)
        if kept is not None and time.time() - path.stat().st_mtime < AGE:
            return kept
        contract = _ask(url, context.params.get("key"))
        if contract is not None:
            remember(url, contract)
            return offer(contract)
        if kept is not None:
            os.utime(path)  # the next keys need not wait for the same server
        return kept or {}
    except Exception:
        return {}


def _ask(url: str, key: str | None) -> Contract | None:
    """The contract, where it comes in time. Not even a name that nobody resolves keeps the line waiting longer."""
    from parvis.client import connect_url

    for heavy in (
        "httpcore2",
        "parvis.client.http.transport",
        "parvis.contract.model",
    ):  # to load is no time of the server's
        importlib.import_module(heavy)
    found: list[Contract] = []

    def ask() -> None:
        with suppress(Exception), connect_url(url, key, timeout=BOUND, retries=0) as service:
            found.append(service.parvis.contract)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(BOUND)
    return found[0] if found else None


def remember(url: str, contract: Contract) -> None:
    """Keep what a service offers, unless that was done within a minute; nothing is said where it cannot be kept."""
    import tempfile

    path = _path(url)
    with suppress(OSError, ValueError):
        if path.exists() and time.time() - path.stat().st_mtime < AGE:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{url}\n{json.dumps(offer(contract))}")
        os.replace(name, path)
        for old in _kept()[KEPT:]:
            old.unlink()


def _read(path: Path) -> Offer | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8").partition("\n")[2])
        return kept if isinstance(kept, dict) else None
    except (OSError, ValueError):
        return None


def _kept() -> list[Path]:
    """The files of all services, the newest first."""
    return sorted(directory().glob("*.json"), key=lambda path: -path.stat().st_mtime)


def directory() -> Path:
    """``$XDG_CACHE_HOME/parvis/services``, else ``~/.cache/parvis/services``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # The base directory specification: a relative path there is to be ignored.
    base = Path(home) if os.path.isabs(home) else Path.home() / ".cache"
    return base / "parvis" / "services"


def _path(url: str) -> Path:
    return directory() / f"{hashlib.sha256(f'{FORMAT} {url}'.encode()).hexdigest()[:32]}.json"
