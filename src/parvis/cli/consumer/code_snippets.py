"""The call that was typed, written for others to make: as a command of curl, and as a program in Python.

Rule: it is the same call, and no key stands in it: only the variable that holds one. What came from a stranger's
contract is a checked name or a quoted text.
"""

from __future__ import annotations

import base64
import builtins
import json
import shlex
from dataclasses import dataclass
from os.path import expanduser
from typing import TYPE_CHECKING, Any

from parvis.client.keyring import VARIABLE
from parvis.client.shell_arguments import Number, load, takes_file
from parvis.contract.bodies import OCTETS, is_file

from ..output import escaped

if TYPE_CHECKING:
    from parvis.client.shell_arguments import Given
    from parvis.contract.model import Operation, Parameter

_TAKEN = {*dir(builtins), "parvis", "io", "os", "sys", "Path", "file", "item"}
"""What a program below has other uses for than as the name of a service."""


@dataclass(frozen=True, slots=True)
class CallSnippet:
    """One call. ``url`` is how its service was typed, ``address`` where that is in full.

    ``credential`` is whether a key goes with it; ``key`` the one that was typed, None where it is looked up and empty
    where none is wished for. ``language`` and ``timeout`` (in seconds) were typed, too.
    """

    service: str
    url: str
    address: str
    operation: Operation
    given: Given
    credential: bool = False
    key: str | None = None
    language: str | None = None
    timeout: float | None = None

    def curl(self) -> str:
        """A command of curl, 7.82 or newer."""
        stream = self.operation.result.stream
        at = f"{self.address}/{self.operation.name}"
        words = ["curl"]
        if stream:
            words.append("-N")
        elif self.timeout is not None:
            words += ["-m", f"{self.timeout:g}"]
        if self.credential:
            words += ["-H", f'"Authorization: Bearer ${VARIABLE}"']
        if self.language is not None:
            words += ["-H", shlex.quote(f"Accept-Language: {self.language}")]
        accept = "application/jsonl" if stream else "application/json"
        if self.given.file is None:
            words += ["-H", f"'Accept: {accept}'"] if stream else []
            words += ["--json", shlex.quote(escaped(self.given.json.decode()))]
        else:
            # -g: the name of a file is no pattern.
            words += ["-g", "-X", "POST", "-H", f"'Accept: {accept}'", "-H", f"'Content-Type: {OCTETS}'"]
            words += ["-T", shlex.quote(expanduser(self.given.file[1]))]
            at += f"?{self.given.query}" if self.given.query else ""
        return " ".join([*words, shlex.quote(at)])

    def python(self) -> str:
        """A program in Python."""
        name = f"{self.service}_" if self.service in _TAKEN else self.service
        first, _, rest = self.operation.name.partition(".")
        first = f"{first}_" if first == "parvis" else first
        call = f"{name}.{first}{'.' if rest else ''}{rest}({', '.join(self._arguments())})"
        connected = [json.dumps(self.url)]
        if self.key is not None:
            connected.append(f'key=os.environ["{VARIABLE}"]' if self.key else 'key=""')
        connected += [] if self.language is None else [f"language={_literal(self.language)}"]
        connected += [] if self.timeout is None else [f"timeout={self.timeout!r}"]
        stream = self.operation.result.stream
        lines = [f"for item in {call}:", "    print(item)"] if stream else [f"print({call})"]
        for file, at in reversed(self._opened().values()):
            lines = [f'with open({json.dumps(at)}, "rb") as {file}:', *(f"    {line}" for line in lines)]
        text = "\n".join([f"{name} = parvis.connect({', '.join(connected)})", *lines])
        used = [f"import {module}" for module in ("io", "os", "sys") if f"{module}." in text]
        used += ["from pathlib import Path"] if "Path(" in text else []
        return "\n".join([*used, *([""] if used else []), "import parvis", "", text])

    @property
    def _files(self) -> dict[str, str]:
        """The files by the parameters whose values they are."""
        return {**self.given.files, **({self.given.file[0]: self.given.file[1]} if self.given.file else {})}

    def _opened(self) -> dict[str, tuple[str, str]]:
        """By parameter, the files that are open for the call: the name that each has then, and its own."""
        files = self._files
        names = [p.name for p in self.operation.parameters if is_file(p) and files.get(p.name, "-") != "-"]
        return {name: (f"file{number or ''}", expanduser(files[name])) for number, name in enumerate(names)}

    def _arguments(self) -> list[str]:
        parameters = self.operation.parameters
        by_name = {p.name for p in parameters}
        named = {*self.given.values, *self._files}
        last = max((n for n, p in enumerate(parameters) if p.kind == "positional_only" and p.name in named), default=-1)
        written = []
        for number, p in enumerate(parameters):
            if p.name in named:
                written.append(self._value(p) if number <= last else f"{p.name}={self._value(p)}")
            elif number <= last:
                if p.default is None or not p.default.exact:
                    raise ValueError(f"{p.name} stands before what is given, so Python needs it, too")
                written.append(_literal(p.default.value))
        # What is no parameter is for the client to refuse, as it is for the server.
        unknown = {name: load(value) for name, value in self.given.values.items() if name not in by_name}
        return [*written, *([f"**{_literal(unknown)}"] if unknown else [])]

    def _value(self, parameter: Parameter) -> str:
        """The value of an argument as Python writes it."""
        at = self._files.get(parameter.name)
        if at == "-":
            return "sys.stdin.buffer" if is_file(parameter) else "sys.stdin.buffer.read()"
        if at is not None:
            whole = f"Path({json.dumps(expanduser(at))}).read_bytes()"
            return self._opened()[parameter.name][0] if is_file(parameter) else whole
        value = load(self.given.values[parameter.name])
        if takes_file(parameter) and isinstance(value, str):
            try:
                octets = repr(base64.b64decode(value, altchars=b"-_", validate=True))
            except ValueError:
                return _literal(value)
            return f"io.BytesIO({octets})" if is_file(parameter) else octets
        return _literal(value)


def _literal(value: Any) -> str:
    match value:
        case Number():
            return str(value)
        case str() if value.isprintable():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{_literal(name)}: {_literal(each)}' for name, each in value.items())}}}"
        case _:
            return repr(value)
