"""Settings for the class or factory: of the parameter's type, or one sentence that says what is wrong."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from parvis.cli import main
from parvis.facade.construct import construct, prepared
from parvis.facade.errors import TargetError
from served import parvis

if TYPE_CHECKING:
    from nowhere import Unknown  # type: ignore[import-not-found]


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Shelf:
    width: int
    wood: str = "oak"


@dataclass
class Room:
    shelves: list[Shelf] = field(default_factory=list)


class Library:
    def __init__(
        self,
        place: Path = Path("."),
        fee: Decimal = Decimal("0"),
        colour: Colour = Colour.RED,
        seats: int = 1,
        rate: float = 0.5,
        name: str = "",
        is_open: bool = True,
        shelf: Shelf | None = None,
        room: Room | None = None,
        tags: list[str] | None = None,
        codes: set[int] = frozenset(),  # type: ignore[assignment]
        founded: datetime.date | None = None,
        opens: datetime.datetime | None = None,
        more: Any = None,
    ) -> None:
        self.given = dict(vars(), self=None)


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("place", "/srv/books", Path("/srv/books")),
        ("fee", "1.10", Decimal("1.10")),
        ("fee", 3, Decimal(3)),
        ("colour", "blue", Colour.BLUE),
        ("colour", Colour.BLUE, Colour.BLUE),  # from code, where there are more types than in TOML
        ("seats", 12, 12),
        ("rate", 0.25, 0.25),
        ("rate", 2, 2.0),
        ("name", "Town library", "Town library"),
        ("is_open", False, False),
        ("shelf", {"width": 3}, Shelf(3)),
        ("shelf", Shelf(3, "elm"), Shelf(3, "elm")),
        ("room", {"shelves": [{"width": 3}, {"width": 4, "wood": "elm"}]}, Room([Shelf(3), Shelf(4, "elm")])),
        ("tags", ["a", "b"], ["a", "b"]),
        ("codes", [1, 2, 2], {1, 2}),
        ("founded", datetime.date(1900, 1, 2), datetime.date(1900, 1, 2)),  # a date of TOML
        ("founded", "1900-01-02", datetime.date(1900, 1, 2)),
        ("opens", datetime.datetime(2026, 1, 2, 9), datetime.datetime(2026, 1, 2, 9)),
        ("more", {"any": [1, "b"]}, {"any": [1, "b"]}),
    ],
)
def test_a_setting_becomes_what_the_parameter_is(name: str, written: Any, expected: Any) -> None:
    found = construct(Library, {name: written}, "library:Library").given[name]
    assert (expected, type(expected)) == (found, type(found))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seats": "12"}, "lib:Library: the setting seats should be a valid integer; seats is '12'"),
        ({"seats": True}, "lib:Library: the setting seats should be a valid integer; seats is True"),
        ({"seats": 1.5}, "the setting seats should be a valid integer"),
        ({"is_open": "yes"}, "the setting is_open should be a valid boolean; is_open is 'yes'"),
        ({"name": 3}, "the setting name should be a valid string; name is 3"),
        ({"fee": "dear"}, "the setting fee should be a valid decimal; fee is 'dear'"),
        ({"colour": "green"}, "the setting colour should be 'red' or 'blue'; colour is 'green'"),
        ({"shelf": {"wood": "elm"}}, "the setting shelf.width is missing; shelf is {'wood': 'elm'}"),
        ({"room": {"shelves": [{"width": "3"}]}}, "the setting room.shelves[0].width should be a valid integer"),
        ({"shelf": {"width": 3, "wod": "elm"}}, "the setting shelf.wod is not a field of it"),
        ({"tags": ["a", 1]}, "the setting tags[1] should be a valid string"),
        ({"tags": "a"}, "the setting tags should be a valid"),
        ({"plaec": "."}, "lib:Library has no parameter 'plaec' for the setting of that name; the nearest is 'place'"),
        ({"self": 1}, "has no parameter 'self'"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetError) as caught:
        construct(Library, settings, "lib:Library")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


class Needy:
    def __init__(self, town: str, count: int, *, note: str = "") -> None:
        self.made = (town, count, note)


class ByPlace:
    def __init__(self, town: str, /) -> None: ...


class Free:
    def __init__(self, **settings: Any) -> None:
        self.settings = settings


class Unresolved:
    def __init__(self, thing: Unknown, place: Path = Path(".")) -> None:
        self.thing = thing


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(TargetError) as caught:
        construct(Needy, {}, "towns:Needy")
    expected = "towns:Needy needs town, count: write [service.NAME.settings] with town = ... in parvis.toml"
    assert expected == str(caught.value)


def test_a_class_without_parameters_says_that_it_takes_none() -> None:
    with pytest.raises(TargetError, match="has no parameter 'town' for the setting of that name; it takes none"):
        construct(Shop, {"town": "Ghent"}, "shop:Shop")


class Shop:
    pass


def test_a_parameter_that_no_setting_can_name_is_told() -> None:
    with pytest.raises(TargetError, match="takes town by position alone, and settings have names"):
        construct(ByPlace, {"town": "Ghent"}, "towns:ByPlace")


def test_a_class_that_takes_any_keyword_gets_any_setting() -> None:
    assert {"a": 1, "b": [2]} == construct(Free, {"a": 1, "b": [2]}, "free:Free").settings


def test_annotations_that_cannot_be_resolved_leave_settings_as_they_are() -> None:
    assert 3 == construct(Unresolved, {"thing": 3}, "free:Unresolved").thing


def test_a_factory_is_checked_as_a_class_is() -> None:
    def open_library(place: Path) -> Library:
        return Library(place)

    assert Path("/srv") == construct(open_library, {"place": "/srv"}, "lib:open_library()").given["place"]
    with pytest.raises(TargetError, match="needs place"):
        construct(open_library, {}, "lib:open_library()")


def test_an_error_of_the_class_itself_is_its_own() -> None:
    class Broken:
        def __init__(self, town: str) -> None:
            raise ConnectionError("no database")

    with pytest.raises(ConnectionError, match="no database"):
        construct(Broken, {"town": "Ghent"}, "towns:Broken")


def test_objects_that_are_made_of_the_same_settings_share_no_list() -> None:
    settings = {"tags": ["a"], "more": {"deep": ["b"]}, "room": {"shelves": [{"width": 1}]}}
    build = prepared(Library, settings, "lib:Library")
    one, two = build().given, build().given
    one["tags"].append("x")
    one["more"]["deep"].append("x")
    one["room"].shelves.clear()
    assert (["a"], {"deep": ["b"]}, Room([Shelf(1)])) == (two["tags"], two["more"], two["room"])
    assert {"tags": ["a"], "more": {"deep": ["b"]}, "room": {"shelves": [{"width": 1}]}} == settings


def test_what_is_handed_over_in_code_stays_the_object_it_is() -> None:
    database = object()
    assert database is construct(Library, {"more": database}, "lib:Library").given["more"]


# From the command line

MODULE = """
from pathlib import Path

class Town:
    def __init__(self, name: str, place: Path, count: int = 1) -> None: ...
    def name(self) -> str:
        return ""
"""


def written(place: Path, lines: str) -> None:
    (place / "towns.py").write_text(MODULE)
    (place / "parvis.toml").write_text(f'[service.town]\ntarget = "towns:Town"\n{lines}\n')


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'settings = { name = "Ghent", place = ".", cuont = 1 }',
            "towns:Town has no parameter 'cuont' for the setting of that name; the nearest is 'count'\n",
        ),
        # The same before any call came, where each call would build its own.
        ('instances = "per-call"', "towns:Town needs name, place: write [service.NAME.settings] with name = ..."),
    ],
)
def test_serve_ends_with_one_sentence_and_no_traceback(lines: str, message: str, tmp_path: Path) -> None:
    written(tmp_path, lines)
    ended = parvis("serve", "--port", "0", cwd=tmp_path)
    assert (1, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.startswith(f"parvis: {message}")
    assert 1 == ended.stderr.count("\n")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('instances = "per call"', "[service.town] instances = 'per call': it is 'shared' or 'per-call'"),
        (
            'run = { name = "threads:0" }',
            "[service.town] run: name = 'threads:0': it is 'thread', 'inline', or 'threads:8' for a pool of eight",
        ),
        ("timeout = 0", "[service.town] timeout = 0.0: give seconds, more than 0"),
        ("version = 0", "[service.town] version = 0: give an integer from 1 on"),
        ('costs = { name = "3" }', "[service.town] costs: name = '3': give the number of calls, an integer from 1 on"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_imported(
    lines: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, lines)
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert (1, f"parvis: {message}\n") == (ended.exit_code, ended.output)
