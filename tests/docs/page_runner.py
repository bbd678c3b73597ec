"""Runs the fenced blocks of a page, in order, as its reader would: one directory, two terminals, real servers.

What a block means is told by its language, and every block means something:

``console``
    Lines that begin with ``$`` are commands (a backslash at the end continues them); what follows is their output on a
    terminal, to the letter, where ``...`` stands for anything within a line and a line of ``...`` for any lines. A
    command that shows no output must succeed. ``parvis serve`` stays, until the next one or ``^C`` stops it; it keeps
    the first terminal, so what follows is typed in the second, which knows nothing of the exports of the first.
``pycon``
    A Python session, one for the whole page, compared as :mod:`doctest` does.
``python``, ``toml``
    A file when the first line is a comment with its name; a Python block without one is a program that must succeed.
``{literalinclude}``
    A file of the project, which the reader has too.
``text``, ``{toctree}``
    No code.

Ports 8000 to 8099 are replaced by free ones. ``pv_live_...`` and the like in a command stand for the last one shown.
The part of a page below ``<!-- needs: places -->``, to the next heading of that level, is a run of its own that needs
the place store.

Mostly the reader has what is under test already, and the commands that install it are not run. On a
:class:`~newcomer.Machine` they are, and whatever they leave out is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from newcomer import INSTALLING, ROOT, Machine
from one_terminal import SECONDS, Differs, Terminal

SKIPPED = {
    "scripts/test": "it is what runs this",
    "bench/run": "it takes minutes, and needs the machine for itself",
    "scripts/accuracy": "it takes minutes, and installs packages of data",
    "examples/store-locator/run": "tests/examples runs it, with a browser before it",
}
"""Beginnings of the only commands that are never run, and why."""

GEOLOCATION = f"parvis serve --config {ROOT}/services/geolocation/parvis.toml"

READY = "Ctrl-C stops."

_FENCE = re.compile(r"^```(?P<language>\S+)(?P<argument>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACES = re.compile(r"^<!-- needs: places -->$.*?(?=^#{1,2} |\Z)", re.MULTILINE | re.DOTALL)
_PORT = re.compile(r"\b80\d\d\b")
_FILE = re.compile(r"# (?P<name>[\w.-]+\.(?:py|toml))\n")
_ELLIPSIS = re.compile(r"\.\.\.(?:  +)?")  # with the blanks after it, for columns
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x1b]*\x1b\\")
_SECRETS = (
    re.compile(r"(?P<before>pv_live_)(?P<secret>\w{20,})"),
    re.compile(r"(?P<before>pv_test_)(?P<secret>\w{20,})"),
    re.compile(r"(?P<before>link=)(?P<secret>[\w-]{20,})"),
)

_VARYING = (
    re.compile(r"()\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"),
    re.compile(r"(acc_)\w{12}"),
    re.compile(r"(Key |Revoked |\"id\": ?\")[A-Za-z0-9]{12}\b"),
    re.compile(r"(\"request_id\": ?\"|Request: )[0-9a-f]{9,}"),
    re.compile(r"( is kept in )\S+(?=,)"),
)
"""What a page shows as ``...`` when its outputs are filled in."""


@dataclass(frozen=True, slots=True)
class Block:
    language: str
    text: str
    line: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a console block and what the page shows of its output; None when it shows nothing."""

    command: str
    shown: str | None
    line: int


def blocks(page: str, *, places: bool = False) -> list[Block]:
    """The blocks of a page: those that need the place store, or all others."""
    spans = [(m.start(), m.end()) for m in _PLACES.finditer(page)]
    found = []
    for match in _FENCE.finditer(page):
        if any(start <= match.start() < end for start, end in spans) is places:
            line = page.count("\n", 0, match.start()) + 2
            found.append(Block(match["language"], match["text"], line, match["argument"].strip()))
    return found


def steps(block: Block) -> Iterator[Step]:
    lines = block.text.splitlines()
    at = 0
    while at < len(lines):
        begin = at
        if lines[at] == "^C":
            at += 1
            yield Step("^C", None, block.line + begin)
            continue
        if not lines[at].startswith("$ "):
            raise Differs(f"line {block.line + at}: a console block begins with `$ `, not {lines[at]!r}")
        command = [lines[at][2:]]
        while command[-1].endswith("\\"):
            at += 1
            command.append(lines[at])
        at += 1
        shown = at
        while at < len(lines) and not lines[at].startswith("$ ") and lines[at] != "^C":
            at += 1
        output = "\n".join(lines[shown:at])
        yield Step("\n".join(command), output if output.strip() else None, block.line + begin)


def agrees(shown: str, actual: str) -> bool:
    """Whether output is what a page shows, but for blanks at the ends of lines and empty lines around."""
    lines = _trim(shown).split("\n")
    pattern = ""
    for number, line in enumerate(lines):
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?" if number < len(lines) - 1 else r"(?:[^\n]*\n?)*"
        else:
            pattern += r"[^\n]*?".join(map(re.escape, _ELLIPSIS.split(line))) + r"\n"
    return re.fullmatch(pattern, _trim(actual) + "\n") is not None


def _trim(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-60:])


@dataclass(slots=True)
class Reader:
    """Two terminals that begin in one directory, a server in the first of them, a Python session."""

    directory: Path
    extra: dict[str, str] = field(default_factory=dict)
    machine: Machine | None = None
    """Where nothing is installed yet; None where everything is."""
    filled: dict[int, str] = field(default_factory=dict)
    """Line of a page that shows ``?`` for an output -> the output, as a page would show it."""
    _first: Terminal = field(init=False)
    _second: Terminal = field(init=False)
    _ports: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _server: subprocess.Popen[bytes] | None = None
    _python: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        home = self.directory / "home"
        home.mkdir()
        variables = {"HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "100", "TERM": "xterm", "NO_COLOR": "1"}
        if self.machine is None:
            work = self.directory / "work"
            work.mkdir()
            variables["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        else:
            work = self.machine.clone
            variables |= self.machine.variables
        self._first, self._second = (
            Terminal(self.directory / name, {**variables, **self.extra}, work) for name in ("first", "second")
        )

    @property
    def _terminal(self) -> Terminal:
        """The one that is free to type in."""
        return self._first if self._server is None else self._second

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_server()
        if self._python is not None:
            self._python.communicate(timeout=SECONDS)

    def run(self, block: Block) -> None:
        """Run a block. Raises :class:`Differs`."""
        match block.language:
            case "console":
                for step in steps(block):
                    self._step(step)
            case "pycon":
                self._session(block)
            case "python" | "toml":
                self._file(block)
            case "{literalinclude}":
                shutil.copy(ROOT / "docs" / block.argument, self._terminal.place)
            case "text" | "{toctree}":
                pass
            case other:
                raise Differs(f"line {block.line}: a block of {other!r} is not run: use console, pycon, python or toml")

    def _step(self, step: Step) -> None:
        command = self._real(step.command)
        if step.command == "^C":
            self._stop_server()
            return
        if command.startswith(tuple(SKIPPED)):
            return
        if command.startswith(INSTALLING):
            if self.machine is None:
                return
            code, output = self.machine.install(self._terminal, command)
        elif command.startswith(("parvis serve", "scripts/serve")) and "--help" not in command:
            code, output = self._serve(command)
        else:
            code, output = self._terminal.run(command)
        output = _ANSI.sub("", output).replace("\r\n", "\n")
        self._remember(output)
        if step.shown == "?":
            self.filled[step.line + step.command.count("\n") + 1] = self._written(output)
        elif step.shown is None:
            if code != 0:
                raise Differs(f"line {step.line}: `{step.command}` ended with {code}:\n{_tail(output)}")
        elif not agrees(step.shown, self._ported(output)):
            raise Differs(
                f"line {step.line}: `{step.command}` shows\n{step.shown}\n--- and really gives\n{_tail(output)}"
            )

    def _real(self, text: str) -> str:
        """Text of a page with the ports and the secrets of this run."""
        text = _PORT.sub(lambda m: str(self._port(m[0])), text)
        for before, secret in self._seen.items():
            text = text.replace(f"{before}...", before + secret)
        return text

    def _ported(self, output: str) -> str:
        """Output with the ports that the page has."""
        for written, real in self._ports.items():
            output = re.sub(rf"\b{real}\b", written, output)
        return output

    def _written(self, output: str) -> str:
        """Output as a page may show it: the ports that pages have, and no secrets."""
        output = self._ported(output)
        for secret in _SECRETS:
            output = secret.sub(r"\g<before>...", output)
        for varying in _VARYING:
            output = varying.sub(r"\1...", output)
        return _trim(output)

    def _port(self, written: str) -> int:
        if written not in self._ports:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self._ports[written] = free.getsockname()[1]
        return self._ports[written]

    def _remember(self, output: str) -> None:
        for secret in _SECRETS:
            for match in secret.finditer(output):
                self._seen[match["before"]] = match["secret"]

    def _serve(self, command: str) -> tuple[int, str]:
        """Start a server, in place of the one before, and wait until it is ready or has refused."""
        self._stop_server()
        port = self._port("8000")
        printed = self.directory / "printed"
        environment = f"export PARVIS_PORT={port}; " if "--port" not in command else ""
        if command.startswith("scripts/serve"):
            environment += f"export PARVIS_DATA={self._first.start}/parvis-data; "
            # Elsewhere than in the script's own environment: what it runs at its end, so that no test installs.
            real = f"{ROOT}/scripts/serve" if Path(sys.prefix) == ROOT / ".venv" else GEOLOCATION
            command = real + command.removeprefix("scripts/serve")
        with printed.open("wb") as output:
            self._server = self._first.stay(command, environment, output)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            ended = self._server.poll()
            text = printed.read_text(errors="replace")
            if ended is not None:
                self._server = None
                return ended, printed.read_text(errors="replace")
            if READY in text:
                return 0, text[: text.index(READY) + len(READY)]
            time.sleep(0.02)
        raise Differs(f"`{command}` is not ready after {SECONDS:g} s:\n{_tail(text)}")

    def _stop_server(self) -> None:
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):
                self._server.send_signal(signal.SIGINT)
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._server.pid, signal.SIGKILL)
                self._server.wait()
                raise Differs("the server does not stop at Ctrl-C") from None
            self._server = None

    def _file(self, block: Block) -> None:
        text = self._real(block.text)
        named = _FILE.match(text)
        if named is not None:
            (self._terminal.place / named["name"]).write_text(text)
            return
        if block.language != "python":
            raise Differs(f"line {block.line}: a {block.language} block says in its first line which file it is")
        program = self.directory / "program.py"
        program.write_text(text)
        code, output = self._terminal.run(f"PYTHONPATH=.:$PYTHONPATH python3 {program}")
        if code != 0:
            raise Differs(f"line {block.line}: the program ended with {code}:\n{_tail(output)}")

    def _session(self, block: Block) -> None:
        if self._python is None:
            self._python = self._terminal.talk(f"python3 {Path(__file__).with_name('python_session.py')}")
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        request = {"text": self._real(block.text), "line": block.line, "environment": self._terminal.exported()}
        self._python.stdin.write(json.dumps(request) + "\n")
        self._python.stdin.flush()
        report = json.loads(self._python.stdout.readline())
        if report:
            raise Differs(f"line {block.line}: the Python session differs\n{report}")


def run_page(
    path: Path,
    directory: Path,
    *,
    places: bool = False,
    extra: dict[str, str] | None = None,
    machine: Machine | None = None,
    until: str | None = None,
) -> dict[int, str]:
    """Run a page as far as the heading ``until``, or its part that needs the place store; what it leaves to fill in.

    Raises :class:`Differs`.
    """
    text = path.read_text()
    if until is not None:
        text = text[: text.index(f"\n## {until}\n")]
    with Reader(directory, extra or {}, machine) as reader:
        for block in blocks(text, places=places):
            reader.run(block)
        return reader.filled


def main() -> None:
    """``python page_runner.py PAGE...``: run pages by hand, and put the real output in place of each ``?``."""
    import tempfile

    store = os.environ.get("GEOLOCATION_STORE")
    for name in sys.argv[1:]:
        for places in (False, True) if store else (False,):
            with tempfile.TemporaryDirectory() as made:
                try:
                    filled = run_page(
                        Path(name), Path(made), places=places, extra={"GEOLOCATION_STORE": store} if store else None
                    )
                except Differs as error:
                    raise SystemExit(f"{name}, {error}") from None
            lines = Path(name).read_text().splitlines()
            for line, output in filled.items():
                lines[line - 1] = output
            Path(name).write_text("\n".join(lines) + "\n")
            print(f"{name}: agrees{' (places)' if places else ''}, {len(filled)} outputs filled in")


if __name__ == "__main__":
    main()
