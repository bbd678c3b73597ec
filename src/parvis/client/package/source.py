"""Python text, piece by piece: names that mean what they shall, and data in quotes.

One rule: whatever a contract says, what is written here parses as what was meant. ``ast.literal_eval`` of a quoted text
is that text, and a name is either free where it stands or spelt otherwise.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from parvis.contract.types import GENERICS, NAMES
from parvis.contract.typetree import ELLIPSIS, LITERAL, UNION, Node

MARK = "Written by `parvis client`. Do not edit it: write it again."
"""The first line of what it writes, as a comment: who has it may be overwritten."""

WIDTH = 120

HOMES: Mapping[str, str] = {
    **dict.fromkeys(("Annotated", "Any", "BinaryIO", "Literal", "NamedTuple", "Unpack", "cast"), "typing"),
    **dict.fromkeys(("Counter", "OrderedDict", "defaultdict", "deque"), "collections"),
    **dict.fromkeys(("AsyncGenerator", "Generator"), "collections.abc"),
    **dict.fromkeys(("dataclass", "field"), "dataclasses"),
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
    **dict.fromkeys(("Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"), "enum"),
    **dict.fromkeys(
        ("IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network"), "ipaddress"
    ),
    # pydantic takes no TypedDict of typing's before Python 3.12.
    **dict.fromkeys(("NotRequired", "TypedDict", "deprecated"), "typing_extensions"),
    "Connecting": "parvis.client",
    **dict.fromkeys(("AsyncServiceClient", "ServiceClient", "ClientOptions"), "parvis.client.generated_base"),
    **dict.fromkeys(("Package", "alias", "omit_server_default", "server_default"), "parvis.client.generated_base"),
    "Decimal": "decimal",
    "Fraction": "fractions",
    "Path": "pathlib",
    "UUID": "uuid",
    "ZoneInfo": "zoneinfo",
}  # fmt: skip
"""Where a name comes from that is no built-in."""


def free(name: str, taken: Collection[str]) -> str:
    """``name``, with as many underscores behind it as it takes to be nothing that is taken."""
    while name in taken or keyword.iskeyword(name):
        name += "_"
    return name


class Module:
    """One file: its text speaks of names, and it imports those that it speaks of.

    A name is a class of the contract (:meth:`own`), or comes from elsewhere (:meth:`get`). Where a class body has the
    same name for something of its own, ``scope``, it is spelt otherwise there.

    Args:
        defined: The classes of the contract, and whatever else this file itself defines.
        siblings: The classes of the contract that are defined in another file, and in which.
        inner: All names of class bodies in this file.
    """

    def __init__(
        self, defined: Iterable[str] = (), siblings: Mapping[str, str] | None = None, inner: Iterable[str] = ()
    ) -> None:
        self._siblings = siblings or {}
        self._own = frozenset({*defined, *self._siblings})
        self._taken = {*self._own, *inner}
        self._others: dict[tuple[bool, str], str] = {}
        self._imports: dict[str, dict[str, str]] = {}
        """Module -> name here -> name there."""

    def own(self, name: str, scope: Collection[str] = ()) -> str:
        """A class of the contract."""
        local = self._other(True, name) if name in scope else name
        if name in self._siblings:
            self._imports.setdefault(self._siblings[name], {})[local] = name
        return local

    def get(self, name: str, scope: Collection[str] = ()) -> str:
        """A name of :data:`HOMES`, or a built-in."""
        local = self._other(False, name) if name in scope or name in self._own else name
        home = HOMES.get(name, "builtins")
        if local != name or home != "builtins":
            self._imports.setdefault(home, {})[local] = name
        return local

    def alias(self, name: str) -> str | None:
        """The other spelling of a class that is defined here, where one was needed."""
        return self._others.get((True, name))

    def _other(self, own: bool, name: str) -> str:
        if (own, name) not in self._others:
            self._others[own, name] = free(f"{name}_", self._taken)
            self._taken.add(self._others[own, name])
        return self._others[own, name]

    def text(self, doc: str, body: Iterable[str], directives: Iterable[str] = ()) -> str:
        """The whole file: ``body`` are its pieces, two lines apart."""
        head = [f"# {MARK}", *(f"# {each}" for each in directives), docstring(doc, ""), ""]
        pieces = list(body)
        head += ["from __future__ import annotations", "", *self._lines()]
        return "\n".join(head).rstrip("\n") + "".join(f"\n\n\n{piece}" for piece in pieces) + "\n"

    def _lines(self) -> list[str]:
        lines: list[str] = []
        for group in (_standard, _installed, _relative):
            homes = sorted(home for home in self._imports if group(home))
            lines += [_imported(home, self._imports[home]) for home in homes]
            lines += [""] if homes else []
        return lines


def _relative(home: str) -> bool:
    return home.startswith(".")


def _installed(home: str) -> bool:
    return home.partition(".")[0] in ("parvis", "typing_extensions")


def _standard(home: str) -> bool:
    return not _relative(home) and not _installed(home)


def _imported(home: str, names: Mapping[str, str]) -> str:
    told = [there if here == there else f"{there} as {here}" for here, there in sorted(names.items())]
    line = f"from {home} import {', '.join(told)}"
    return line if len(line) <= WIDTH else f"from {home} import (\n" + "".join(f"    {each},\n" for each in told) + ")"


def quoted(text: str) -> str:
    """A string literal, in plain characters where they can be printed."""
    told = repr(text)
    return f'"{told[1:-1]}"' if told[0] == "'" and '"' not in text else told


_QUOTES = re.compile(r'"{3,}|"+\Z')
"""Quotation marks that would end a docstring."""


def docstring(text: str, indent: str = "    ") -> str:
    """A docstring as people write one, where ``inspect.cleandoc`` makes ``text`` of it; else ``text`` itself."""
    escaped = _QUOTES.sub(lambda run: '\\"' * len(run[0]), "".join(_written(c) for c in text))
    first, *others = escaped.split("\n")
    rest = "".join(f"\n{indent}{line}" if line else "\n" for line in others)
    for begin in ("", f"\n{indent}"):
        told = f'"""{begin}{first}{rest}' + (f'\n{indent}"""' if rest or begin else '"""')
        if inspect.cleandoc(ast.literal_eval(told)) == text:
            return indent + told
    return indent + quoted(text)


def _written(c: str) -> str:
    if c == "\\":
        return "\\\\"
    return c if c.isprintable() or c == "\n" else ascii(c)[1:-1]


def called(head: str, arguments: Sequence[str], tail: str) -> str:
    """``head(arguments)tail`` of a function, on one line, or one argument a line where that is too long."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if len(line) <= WIDTH:
        return line
    indent = " " * (len(head) - len(head.lstrip()))
    return f"{head}(\n" + "".join(f"{indent}    {each},\n" for each in arguments) + f"{indent}){tail}"


def type_text(node: Node, module: Module, scope: Collection[str] = ()) -> str:
    """A type of the contract's language as Python has it. Raises ``ValueError`` for one that Python has not."""
    if node.head == ELLIPSIS:
        return node.head
    if node.head == UNION:
        return " | ".join(type_text(arg, module, scope) for arg in node.args)
    if node.head == LITERAL:
        if not node.values:
            raise ValueError("a Literal of nothing is no type: this contract is refused")
        return f"{module.get(LITERAL, scope)}[{', '.join(map(_value, node.values))}]"
    if node.head in NAMES or node.head in GENERICS:
        head = node.head if node.head == "None" else module.get(node.head, scope)
    else:
        head = module.own(node.head, scope)
    if node.args:
        return f"{head}[{', '.join(type_text(arg, module, scope) for arg in node.args)}]"
    return f"{head}[()]" if node.head == "tuple" else head


def _value(text: str) -> str:
    value = ast.literal_eval(text)
    return quoted(value) if isinstance(value, str) else text
