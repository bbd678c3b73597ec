"""What ``parvis serve`` prints when it is ready: everything a first call needs, each line ready to be pasted."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

from ..contract.model import Operation, Route
from ..facade.compile import Facade

if TYPE_CHECKING:
    from .serve import Worker

EXAMPLES: dict[str, Any] = {
    "integer": 1, "number": 1.5, "string": "text", "boolean": True, "array": [], "object": {}, "null": None,
}  # fmt: skip
MOST = 12
"""Operations printed; the rest is on the page."""


def text(facades: list[Facade], worker: Worker, *, operator_set: bool) -> str:
    """The whole banner."""
    from .compose import base_url

    url = base_url(worker.settings, worker.port)
    lines: list[str] = [""]
    for facade in facades:
        lines += _service(facade, url)
    lines.append(f"  Pages     {url}/")
    if not operator_set:
        lines.append(f"  Operator  {url}/operator?link={worker.secrets.link}   (once; or: parvis operator{_data(worker)})")
    if worker.local:
        lines += ["", "  Try it: this key works from this machine until the server stops.", ""]
        lines += [f"  {line}" for line in example(facades, url, worker.secrets.run.text)]
    lines += ["", "  Ctrl-C stops.", ""]
    return "\n".join(lines)


def _data(worker: Worker) -> str:
    data = worker.settings["data"]
    return "" if worker.settings.values["data"].origin == "default" else f" --data {shlex.quote(data)}"


def _service(facade: Facade, url: str) -> list[str]:
    contract = facade.contract
    lines = [f"  {contract.service} v{contract.version}  {url}{contract.prefix}"]
    operations = list(facade.operations.values())
    for operation in operations[:MOST]:
        route = operation.spec.routes[0]
        lines.append(f"    {operation.spec.name}{operation.spec.signature}")
        lines.append(f"        {route.method} {contract.prefix}{route.path}")
    if len(operations) > MOST:
        lines.append(f"    ... and {len(operations) - MOST} more: {url}/{contract.service}/")
    if facade.left_out:
        lines.append(f"    left out: {', '.join(item.name for item in facade.left_out)} (parvis describe says why)")
    return [*lines, ""]


def example(facades: list[Facade], url: str, key: str) -> list[str]:
    """The first call, in the shell and in Python."""
    facade, operation = _simplest(facades)
    spec, contract = operation, facade.contract
    arguments = {p.name: sample(p.schema, contract.schemas) for p in spec.parameters if p.required}
    body = json.dumps(arguments, ensure_ascii=False)
    call = ", ".join(
        repr(value) if p.kind == "positional_only" else f"{p.name}={value!r}"
        for p in spec.parameters if p.required for value in [arguments[p.name]]
    )  # fmt: skip
    show = f"print(list({contract.service}.{spec.name}({call})))" if spec.result.stream else (
        f"print({contract.service}.{spec.name}({call}))"
    )  # fmt: skip
    program = f'import parvis; {contract.service} = parvis.connect("{url}/{contract.service}"); {show}'
    canonical = next(r for r in spec.routes if r.method == "POST" and r.path == f"/{spec.name}")
    return [
        f"export PARVIS_KEY={key}",
        "",
        _curl(url, contract.prefix, canonical, body),
        "",
        f"python3 -c {shlex.quote(program)}",
    ]


def _curl(url: str, prefix: str, route: Route, body: str) -> str:
    return (
        f'curl -H "Authorization: Bearer $PARVIS_KEY" -H "Content-Type: application/json" '
        f"-d {shlex.quote(body)} {url}{prefix}{route.path}"
    )


def _simplest(facades: list[Facade]) -> tuple[Facade, Operation]:
    """The operation that asks the least: its example most likely works as it stands."""
    pairs = [(facade, o.spec) for facade in facades for o in facade.operations.values()]
    return min(pairs, key=lambda pair: (
        any(not p.simple for p in pair[1].parameters if p.required),
        pair[1].result.stream,
        "." in pair[1].name,
        pair[1].name == "about",
        abs(sum(p.required for p in pair[1].parameters) - 1),
    ))  # fmt: skip


def sample(schema: dict[str, Any], components: dict[str, Any], depth: int = 4) -> Any:
    """A value that a JSON Schema admits, small and readable."""
    if "$ref" in schema and depth:
        return sample(components.get(schema["$ref"].rpartition("/")[2], {}), components, depth - 1)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return sample(schema[key][0], components, depth)
    match schema.get("type"):
        case "object" if depth:
            properties, required = schema.get("properties", {}), schema.get("required", [])
            return {name: sample(properties[name], components, depth - 1) for name in required if name in properties}
        case "array" if depth and schema.get("minItems"):
            items = schema.get("prefixItems") or [schema.get("items", {})] * schema["minItems"]
            return [sample(item, components, depth - 1) for item in items]
        case "string":
            formats = {"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00", "duration": "PT1H",
                       "uuid": "12345678-1234-5678-1234-567812345678", "base64url": "AAEC"}  # fmt: skip
            plain = "1.00" if schema.get("pattern", "").startswith("^(?!") else "text"
            return formats.get(schema.get("format", ""), plain)
        case "integer" | "number" as kind:
            low = schema.get("minimum", schema.get("exclusiveMinimum"))
            return EXAMPLES[kind] if low is None else low + (1 if "exclusiveMinimum" in schema else 0)
        case str(kind):
            return EXAMPLES.get(kind)
    return "text"


def print_banner(facades: list[Facade], worker: Worker, *, operator_set: bool) -> None:
    print(text(facades, worker, operator_set=operator_set), file=sys.stdout, flush=True)
