"""Parameters, results and declared errors, and the reasons of what cannot be published."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import functools
import typing
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from parvis import Caller
from parvis.facade.compile import Facade
from parvis.facade.operation import Operation
from parvis.facade.target import TargetError

if TYPE_CHECKING:
    pass

Compile = Callable[..., Facade]
T = TypeVar("T")
SENTINEL = object()


class Plain:
    """A class that is no data."""


class OutOfStock(LookupError):
    """Of the façade's own package."""


class SoldForever(OutOfStock): ...


class Closed(Exception):
    class ForLunch(Exception): ...


def the(compiled: Compile, function: Callable[..., Any], **options: Any) -> Operation:
    return compiled(function, **options).operations[function.__name__]


@pytest.mark.parametrize(
    ("function", "signature"),
    [
        (lambda: 1, "() -> Any"),
        (lambda a, b=3: 1, "(a: Any, b: int = 3) -> Any"),
        (lambda a, /, b, *, c=None: 1, "(a: Any, /, b: Any, *, c: Any = None) -> Any"),
        (lambda a=1.5, b="x", c=True, d=(): 1, "(a: float = 1.5, b: str = 'x', c: bool = True, d: tuple = ()) -> Any"),
        (lambda a=Decimal("1.50"): 1, "(a: Decimal = Decimal('1.50')) -> Any"),
        (lambda a=datetime.date(2026, 1, 2): 1, "(a: date = date(2026, 1, 2)) -> Any"),
        (lambda a=SENTINEL: 1, "(a: Any = ...) -> Any"),
        (lambda _cache={}: 1, "() -> Any"),
    ],
)
def test_parameters_without_annotations_take_the_type_of_their_default(
    compiled: Compile, function: Any, signature: str
) -> None:
    function.__name__ = "f"
    assert signature == the(compiled, function).spec.signature


def test_an_untyped_parameter_is_told_to_the_publisher(compiled: Compile) -> None:
    def f(a, b: int) -> int:  # type: ignore[no-untyped-def]
        return b

    assert ("f: a has no type: any JSON value is taken",) == compiled(f).warnings


def test_the_docstring_gives_types_where_annotations_do_not(compiled: Compile) -> None:
    def f(a, b=None):  # type: ignore[no-untyped-def]
        """Do it.

        Args:
            a (list[int]): Numbers.
            b (str, optional): A word.

        Returns:
            float: What comes out.
        """

    facade = compiled(f)
    assert ("(a: list[int], b: str | None = None) -> float", ()) == (
        facade.operations["f"].spec.signature,
        facade.warnings,
    )


def generator() -> Generator[int, None, str]:
    yield 1
    return "end"


def bare_generator():  # type: ignore[no-untyped-def]
    yield 1


def iterator() -> Iterator[str]:
    return iter(["a"])


async def async_generator() -> AsyncIterator[int]:
    yield 1


async def async_iterator() -> AsyncGenerator[int, None]:
    return async_generator()  # type: ignore[return-value]


def plain_async_iterator() -> AsyncIterator[int]:
    return async_generator()


async def coroutine() -> int:
    return 1


def iterable() -> Iterable[int]:
    return [1]


@pytest.mark.parametrize(
    ("function", "type_", "stream", "mode"),
    [
        (generator, "int", True, "thread"),
        (bare_generator, "Any", True, "thread"),
        (iterator, "str", True, "thread"),
        (async_generator, "int", True, "loop"),
        (async_iterator, "int", True, "loop"),
        (plain_async_iterator, "int", True, "loop"),
        (coroutine, "int", False, "loop"),
        (iterable, "list[int]", False, "thread"),
    ],
)
def test_streams_and_where_they_run(compiled: Compile, function: Any, type_: str, stream: bool, mode: str) -> None:
    operation = the(compiled, function)
    assert (type_, stream, mode) == (operation.spec.result.type, operation.spec.result.stream, operation.mode)


def test_a_pattern_says_how_sync_operations_run_and_no_async_one(compiled: Compile) -> None:
    assert "inline" == the(compiled, iterable, run={"*": "inline"}).mode
    assert "loop" == the(compiled, coroutine, run={"*": "inline"}).mode


def test_the_outermost_function_decides_whether_a_decorated_one_is_async(compiled: Compile) -> None:
    def slow() -> int:
        return 1

    @functools.wraps(slow)
    async def in_a_thread() -> int:
        return await asyncio.to_thread(slow)

    @functools.wraps(coroutine)
    def passed_on() -> Awaitable[int]:
        return coroutine()

    assert ["loop", "loop"] == [compiled(f).operations[f.__name__].mode for f in (in_a_thread, passed_on)]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("f(*args)", r"takes \*args: a caller cannot know what to send; name its parameters"),
        ("f(a: int, **options)", r"takes \*\*options: a caller cannot know what to send"),
        ("f(call: Callable[[int], int])", "parameter call: .*Callable.* cannot cross the wire"),
        ("f() -> Callable[[], int]", "its result: .*Callable.* cannot cross the wire"),
        (
            "f(thing: Plain)",
            "parameter thing: .*Plain is a plain class: its values cannot cross the wire; make it a data",
        ),
        ("f() -> Plain", "its result: .*Plain is a plain class"),
        ("f(things: list[Plain])", "parameter things: .*Plain is a plain class"),
        ("f(where: Nowhere)", "its annotations cannot be resolved: name 'Nowhere' is not defined"),
        ("f() -> 'int | Nowhere'", "its annotations cannot be resolved"),
        ("f(a: 'int |')", "its annotations cannot be resolved"),
        ("f(a: 1 / 0)", "its annotations cannot be resolved: division by zero"),
        ("f(a: 'int' | str)", "its annotations cannot be resolved: unsupported operand"),
        ("f(a: T) -> T", "parameter a: T stands for any type: say which one"),
        ("f(a: type[int])", r"parameter a: type\[int\] cannot cross the wire"),
        ("f(a: Awaitable[int])", "parameter a: .* cannot cross the wire"),
        ("f(_secret: int)", "needs the private parameter _secret"),
        ("f(_a: int = 1, b: int = 2, /)", "_a is filled by name, which a positional-only parameter is not: move the /"),
        ("f(who: Caller, /)", "who is filled by name"),
    ],
)
def test_what_cannot_be_published_is_refused_with_the_reason(compiled: Compile, code: str, reason: str) -> None:
    scope = dict(globals())
    exec(f"from __future__ import annotations\ndef {code}: ...", scope)
    with pytest.raises(TargetError, match=reason):
        compiled(scope["f"])


class Odd:
    def total(*args: int) -> int:
        return 1

    def lost() -> int:  # type: ignore[misc]
        return 1

    def named(*, self: int) -> int:
        return self

    def fine(this, a: int) -> int:
        return a


def test_a_method_that_does_not_name_self_is_read_as_python_calls_it(compiled: Compile) -> None:
    facade = compiled(Odd)
    assert ["fine"] == list(facade.operations)
    assert {
        "total": "takes *args: a caller cannot know what to send; name its parameters",
        "lost": "takes no self: Python itself cannot call it on an object",
        "named": "takes no self: Python itself cannot call it on an object",
    } == {item.name: item.reason for item in facade.left_out}


def test_the_caller_is_no_parameter(compiled: Compile) -> None:
    def f(a: int, who: Caller, maybe: int = 3) -> int:
        return a

    def g(who: Caller | None = None) -> int:
        return 1

    operation = the(compiled, f)
    assert ("(a: int, maybe: int = 3) -> int", "who") == (operation.spec.signature, operation.caller)
    assert ("() -> int", "who") == (the(compiled, g).spec.signature, the(compiled, g).caller)


def sell(item: str) -> int:
    """Sell.

    Raises:
        KeyError: There is no such item.
        OutOfStock: It is sold out.
        SoldForever: It will not come back.
        Closed.ForLunch: Come back at two.
        asyncio.InvalidStateError: Odd.
        TypeError or ValueError: Both.
        Undreamt: No such class.
    """
    return 1


def test_declared_errors_are_found_by_name_and_the_most_derived_first(compiled: Compile) -> None:
    declared = [(r.cls, r.spec.base, r.spec.status, r.exact) for r in the(compiled, sell).errors]
    assert (SoldForever, "LookupError", 404, False) == declared[0]
    assert {
        (SoldForever, "LookupError", 404, False),
        (OutOfStock, "LookupError", 404, False),
        (KeyError, "KeyError", 404, True),
        (Closed.ForLunch, "Exception", 400, False),
        (asyncio.InvalidStateError, "Exception", 400, True),
        (TypeError, "TypeError", 422, True),
        (ValueError, "ValueError", 422, True),
    } == set(declared)


def test_a_declared_class_that_nobody_knows_is_told_to_the_publisher(compiled: Compile) -> None:
    assert ("sell: declares Undreamt, which its module does not know: raised, it counts as a bug",) == compiled(
        sell
    ).warnings


class Deeper(SoldForever): ...


class OtherKey(KeyError): ...


@pytest.mark.parametrize(
    ("error", "caught"),
    [
        (KeyError("a"), KeyError),
        (OtherKey("a"), None),
        (IndexError(), None),
        (OutOfStock(), OutOfStock),
        (SoldForever(), SoldForever),
        (Deeper(), SoldForever),
        (Closed(), None),
        (Closed.ForLunch(), Closed.ForLunch),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), None),
        (ValueError(), ValueError),
        (KeyboardInterrupt(), None),
    ],
)
def test_a_built_in_is_declared_by_its_exact_type_and_an_own_class_with_its_subclasses(
    compiled: Compile, error: BaseException, caught: type | None
) -> None:
    found = the(compiled, sell).declared(error)
    assert caught == (found and found.cls)


@pytest.mark.parametrize(
    ("told", "type_"),
    [
        ("int", "int"),
        ("int, optional", "int"),
        ("int, default 5", "int"),
        ("str or None", "str | None"),
        ("int, float or None", "Any"),
        ("list of str", "list[str]"),
        ("tuple of ints", "tuple[int, ...]"),
        ("{'left', 'right'}, optional", "Literal['left', 'right']"),
        (":class:`int`", "int"),
        ("string", "str"),
        ("dict[str, integer]", "dict[str, int]"),
        ("array_like", "Any"),
        ("str or bytes", "Any"),
        ("callable", "Any"),
    ],
)
def test_the_spellings_of_a_type_in_a_docstring(compiled: Compile, told: str, type_: str) -> None:
    def f(a):  # type: ignore[no-untyped-def]
        ...

    f.__doc__ = f"Do it.\n\nParameters\n----------\na : {told}\n    What.\n"
    assert type_ == compiled(f).operations["f"].spec.parameters[0].type


class Overloaded:
    @typing.overload
    def get(self, a: int) -> int: ...
    @typing.overload
    def get(self, a: str) -> str: ...
    def get(self, a: int | str) -> int | str:
        return a

    def other(self) -> None: ...


def test_overloads_are_refused_with_the_reason(compiled: Compile, reasons: Any) -> None:
    assert {"get": "has 2 overloads: one operation has one signature; publish a method for each"} == reasons(
        compiled(Overloaded)
    )


@dataclasses.dataclass
class Money:
    cents: int

    def half(self) -> typing.Self:
        return dataclasses.replace(self, cents=self.cents // 2)

    def split(self, *, rest: typing.Self | None = None) -> list[typing.Self]:
        return [self]


class Till:
    def open(self) -> typing.Self:
        return self

    def count(self) -> int:
        return 1


def test_self_is_the_class_where_that_is_a_value(compiled: Compile) -> None:
    signatures = {o.name: o.signature for o in compiled(Money).contract.operations}
    assert {"half": "() -> Money", "split": "(*, rest: Money | None = None) -> list[Money]"} == signatures


def test_self_of_a_facade_is_refused_with_the_reason(compiled: Compile, reasons: Any) -> None:
    assert {"open": "its result: Self is the façade itself, which stays where it is: return a value"} == reasons(
        compiled(Till)
    )


class Outer:
    @dataclasses.dataclass
    class Inner:
        a: int

    def list(self) -> list[Outer.Inner]:
        return []

    def get(self) -> Inner:
        return self.Inner(1)


def test_an_annotation_sees_the_classes_in_the_body_of_its_own(compiled: Compile) -> None:
    types = {o.name: o.result.type for o in compiled(Outer).contract.operations}
    assert {"list": "list[Inner]", "get": "Inner"} == types


def test_a_name_that_is_imported_for_type_checkers_alone_is_told_with_what_to_do(
    compiled: Compile, reasons: Any
) -> None:
    class Shop:
        def lost(self) -> Nowhere: ...  # type: ignore[name-defined]  # noqa: F821

        def found(self) -> None: ...

    assert {
        "lost": "its annotations cannot be resolved: name 'Nowhere' is not defined; define it, or import it outside "
        "`if TYPE_CHECKING`"
    } == reasons(compiled(Shop))


def test_a_bound_type_variable_stands_for_its_bound(compiled: Compile) -> None:
    bound = typing.TypeVar("bound", bound=Money)

    def f(a):  # type: ignore[no-untyped-def]
        ...

    f.__annotations__ = {"a": bound, "return": list[bound]}  # type: ignore[valid-type]
    assert "(a: Money) -> list[Money]" == compiled(f).operations["f"].spec.signature
