"""Calls that work, of every operation that is served: what the other parts of the corpus spell, mistreat and repeat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

GALLERY, BAZAAR, OLD, MARKET = "/gallery/v1", "/bazaar/v2", "/bazaar/v1", "/market/v1"
TILL, BOOTH, NOTED, SLOW = "/till/v1", "/booth/v1", "/noted/v1", "/slow/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """``tool`` is what an agent calls it, ``full`` what a line does; ``simple``: a query or a form can say it."""

    prefix: str
    operation: str
    arguments: dict[str, Any] = field(default_factory=dict)
    simple: bool = False
    note: str = ""

    @property
    def service(self) -> str:
        return self.prefix.split("/")[1]

    @property
    def full(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def tool(self) -> str:
        return self.full.replace(".", "-")

    @property
    def path(self) -> str:
        return f"{self.prefix}/{self.operation}"

    @property
    def name(self) -> str:
        return f"{self.full} {self.note}".strip()


WARE = {"name": "tea", "price": "3.50", "colour": "blue", "made": "2001-02-03", "tags": ["a", "é"]}
PICTURE = {
    "title": "Sea", "price": "1.20", "painted": "1999-12-31", "frame": {"width": 1.5, "colours": ["red"]},
    "inside": [{"title": "Boat", "price": "0.1", "painted": "1998-01-01"}],
}  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "a_bool": [True, False],
    "an_int": [0, -7, 2**53 + 1, 10**30, 2.0],
    "a_float": [0.1, -1e300, 3],
    "a_text": ["", "tea", "é\u2028\U0001f375", '"\\\n\t\u0000'],
    "some_bytes": ["", "aGVsbG8=", "_-8=", "/+8="],
    "a_decimal": ["3.50", 3, "1E+2", "-0"],
    "a_uuid": ["12345678-1234-5678-1234-567812345678"],
    "a_moment": ["2001-02-03T04:05:06Z", "2001-02-03T04:05:06.000007+02:00", "2001-02-03T04:05:06"],
    "a_date": ["2001-02-03"],
    "a_time": ["04:05:06", "04:05:06.5"],
    "a_while": ["P1DT2H", "PT0.5S"],
    "a_path": ["a/b", "/"],
    "a_colour": ["red"],
    "a_size": [2],
    "a_mood": ["wild"],
    "a_choice": ["left", 3],
    "maybe": [None, 5],
    "either": [1, "a", [1, 2], None],
    "a_list": [[], ["1.5", 2]],
    "a_pair": [[1, "a"]],
    "a_row": [[], ["12345678-1234-5678-1234-567812345678"]],
    "a_set": [[1, 2, 1], []],
    "a_frozenset": [["a"]],
    "a_dict": [{}, {"a": "1.5", "é": "2"}],
    "by_number": [{"1": "aGk=", "-2": ""}],
    "a_frame": [{"width": 1}, {"width": 2.5, "wood": "elm", "colours": ["red", "blue"]}],
    "a_picture": [PICTURE, {"title": "x", "price": 1, "painted": "2001-02-03", "frame": None}],
    "a_visitor": [{"name": "Ann"}, {"name": "Bob", "age": 3, "moods": ["calm"]}],
    "a_label": [{"text": "x"}, {"text": "x", "size": 1}],
    "a_point": [[1.5], [1, 2]],
    "a_thing": [PICTURE, {"name": "Ann", "age": 4}],
    "anything": [None, {"a": [1, {"b": 2.5}]}, [True, "x"], 10**20],
}
"""Methods of the gallery that take one value and give it back -> values that they take."""
SIMPLE = frozenset({
    "a_bool", "an_int", "a_float", "a_text", "a_decimal", "a_uuid", "a_moment", "a_date", "a_time", "a_colour",
    "a_size", "a_mood", "a_choice", "maybe", "a_list",
})  # fmt: skip

WRONG: dict[str, list[Any]] = {
    "a_bool": [1, "true", None],
    "an_int": [True, "12", 1.5, None, [1]],
    "a_float": ["1.5", True, "NaN"],
    "a_text": [1, None, ["a"]],
    "some_bytes": ["*", "a", 1],
    "a_decimal": ["x", True, "1_0", [1]],
    "a_uuid": ["1234", 5],
    "a_moment": ["yesterday", 5, "2001-02-30T00:00:00Z"],
    "a_date": ["2001-02-30", "2001-02-03T00:00:00", 5],
    "a_time": ["25:00", 5],
    "a_while": ["1 day", 5],
    "a_path": [1, None],
    "a_colour": ["green", 1],
    "a_size": [3, "1"],
    "a_mood": ["angry"],
    "a_choice": ["up", "3", True],
    "maybe": ["5", True],
    "either": [1.5, {"a": 1}, ["a"]],
    "a_list": ["a", [1, "x"], {"a": 1}],
    "a_pair": [[1], [1, "a", 2], ["a", 1]],
    "a_row": [["x"]],
    "a_set": [[1, "a"], 1],
    "a_frozenset": [[1]],
    "a_dict": [{"a": "x"}, [], 1],
    "by_number": [{"x": ""}, {"1": 1}],
    "a_frame": [{}, {"width": "a"}, {"width": 1, "length": 2}, [1]],
    "a_picture": [{"title": "x"}, {**PICTURE, "frame": {"width": "w"}}, {**PICTURE, "inside": [{}]}],
    "a_visitor": [{}, {"name": "a", "age": "b"}, {"name": "a", "extra": 1}],
    "a_label": [{"size": 1}, {"text": "x", "size": 9}],
    "a_point": [[], [1, 2, 3], {"x": 1}],
    "a_thing": [{}, {"title": "x", "name": "y"}],
}

_G = [
    Call(GALLERY, method, {"value": value}, method in SIMPLE, f"#{number}" if number else "")
    for method, values in VALUES.items()
    for number, value in enumerate(values)
]
GALLERY_CALLS = [
    *_G,
    Call(GALLERY, "nothing", {}, True),
    Call(GALLERY, "price", {"item": "tea"}, True),
    Call(GALLERY, "price", {"item": "tea", "vat": 0.5, "colour": "blue", "gift": True}, True, "all"),
    Call(GALLERY, "price", {"item": "nowhere"}, True, "KeyError"),
    Call(GALLERY, "price", {"item": "gone"}, True, "Sold"),
    Call(GALLERY, "placed", {"a": 1, "d": 4}, True),
    Call(GALLERY, "odd", dict.fromkeys(("args", "kwargs", "name", "operation", "key", "parvis", "type"), 1), True),
    Call(GALLERY, "double", {"number": 4}, True),
    Call(GALLERY, "titled", {"text": "x"}, True),
    Call(GALLERY, "later", {"number": 4}, True),
    Call(GALLERY, "later", {"number": -4}, True, "ValueError"),
    Call(GALLERY, "pictures", {"count": 3}, True),
    Call(GALLERY, "pictures", {"count": 2, "fail": True}, True, "Sold"),
    Call(GALLERY, "words", {"text": "a b c"}, True),
    Call(GALLERY, "listen", {"decibels": 10}, True),
    Call(GALLERY, "listen", {"decibels": 100}, True, "TooLoud"),
    Call(GALLERY, "listen", {"decibels": 130}, True, "VeryLoud"),
    Call(GALLERY, "break_down", {}, True),
    Call(GALLERY, "weigh", {"name": "x", "file": "aGVsbG8="}),
    Call(GALLERY, "wander", {"file": "aGVsbG8KYWdhaW4="}),
    Call(GALLERY, "has_file", {}),
    Call(GALLERY, "read_lines", {"file": "YQpiCg=="}),
    Call(GALLERY, "turn", {"value": "aGVsbG8="}),
    Call(GALLERY, "paint", {"frame": {"width": 1}}),
    Call(GALLERY, "same", {}),
]

KINDS = (
    "LookupError", "IndexError", "ValueError", "TypeError", "PermissionError", "FileExistsError", "FileNotFoundError",
    "TimeoutError", "NotImplementedError", "ZeroDivisionError", "ConnectionError", "RuntimeError", "Broken",
    "KeyError", "OSError",
)  # fmt: skip
BAZAAR_CALLS = [
    Call(BAZAAR, "get_price", {"item": "tea"}, True),
    Call(BAZAAR, "get_price", {"item": "jam", "count": 2}, True, "two"),
    Call(BAZAAR, "get_price", {"item": "pan"}, True, "SoldOut"),
    Call(BAZAAR, "get_price", {"item": "tea", "count": 0}, True, "ValueError"),
    Call(BAZAAR, "quick", {"number": 7}, True),
    Call(BAZAAR, "lookup", {"text": "a b&c=d", "exact": True, "day": "2001-02-03", "colour": "blue",
        "id": "12345678-1234-5678-1234-567812345678", "shares": [1.5, 2]}, True),
    Call(BAZAAR, "later", {"number": 4}, True), Call(BAZAAR, "later", {"number": -4}, True, "ValueError"),
    Call(BAZAAR, "count_up", {}, True),
    Call(BAZAAR, "offer", {"ware": WARE, "until": "2001-02-03T04:05:06Z", "loud": True}),
    Call(BAZAAR, "offer", {"ware": {"name": "x"}}, False, "least"), Call(BAZAAR, "greet", {"name": "Ann"}, True),
    Call(BAZAAR, "ticks", {"count": 3}, True), Call(BAZAAR, "ticks", {"count": 0}, True, "none"),
    Call(BAZAAR, "ticks", {"count": 2, "fail": "declared"}, True, "SoldOut"),
    Call(BAZAAR, "ticks", {"count": 2, "fail": "bug"}, True, "bug"),
    Call(BAZAAR, "ticks", {"count": 0, "fail": "declared"}, True, "SoldOut at once"),
    Call(BAZAAR, "drift", {"count": 3}, True),
    Call(BAZAAR, "drift", {"count": 1, "fail": "declared"}, True, "SoldOut"),
    Call(BAZAAR, "drift", {"count": 0, "fail": "bug"}, True, "bug at once"), Call(BAZAAR, "spoilt", {}, True),
    Call(BAZAAR, "get_image", {"size": 20}, True), Call(BAZAAR, "make_blob", {"size": 20}, True),
    Call(BAZAAR, "put", {"name": "x", "content": "aGVsbG8=", "copies": 2, "tags": ["a"]}),
    Call(BAZAAR, "weigh", {"data": "aGVsbG8="}), Call(BAZAAR, "has_file", {}),
    Call(BAZAAR, "read_lines", {"content": "YQpiCg=="}),
    *(Call(BAZAAR, "fail", {"kind": kind}, True, kind) for kind in KINDS), Call(BAZAAR, "crash", {}, True),
    Call(BAZAAR, "crash_later", {}, True), Call(BAZAAR, "crash_quickly", {}, True), Call(BAZAAR, "lie", {}, True),
    Call(BAZAAR, "get_nan", {}, True), Call(BAZAAR, "get_huge", {}, True),
    Call(BAZAAR, "find", {"text": "1", "limit": 2}, True), Call(BAZAAR, "find", {"cursor": "x"}, True, "no cursor"),
    Call(BAZAAR, "get_cached", {}, True), Call(BAZAAR, "get_long", {"size": 3000}, True),
    Call(BAZAAR, "get_nothing", {}, True), Call(BAZAAR, "nothing", {}, True),
    Call(BAZAAR, "old", {"number": 3}, True), Call(BAZAAR, "list_old", {}, True),
    Call(BAZAAR, "costly", {"number": 1}, True), Call(BAZAAR, "staff", {}, True),
    Call(BAZAAR, "mirror", {"value": {"a": [1, 2.5, None]}}), Call(BAZAAR, "who", {}, True),
    Call(BAZAAR, "get_mine", {}, True), Call(BAZAAR, "get_words", {}, True),
    Call(BAZAAR, "get_words", {"language": "de"}, True, "said"), Call(BAZAAR, "labelled", {}, True),
    Call(BAZAAR, "stalls.get", {"id": 1}, True), Call(BAZAAR, "stalls.get", {"id": 99}, True, "KeyError"),
    Call(BAZAAR, "stalls.list", {}, True), Call(BAZAAR, "stalls.find_names", {"text": "f"}, True),
    Call(BAZAAR, "stalls.rename", {"id": 1, "name": "x"}, True), Call(BAZAAR, "stalls.delete", {"id": 77}, True),
]  # fmt: skip

OTHER_CALLS = [
    Call(OLD, "get_price", {"item": "tea"}, True, "of the first version"),
    Call(OLD, "gone", {}, True),
    Call(MARKET, "price", {"item": "plums", "kilos": 2.5}, True),
    Call(MARKET, "price", {"item": "plums", "kilos": -1}, True, "ValueError"),
    Call(MARKET, "find", {"quality": "fresh", "before": "2027-01-01"}, True),
    Call(MARKET, "offer", {"goods": {"name": "pears", "price": "1.80", "origins": [{"country": "FR"}]}}),
    Call(MARKET, "average", {"prices": ["1.20", "1.40"]}, True),
    Call(MARKET, "ticks", {"count": 2}, True),
    Call(MARKET, "days", {"start": "2001-12-24"}, True),
    Call(MARKET, "stamp", {"data": "aGVsbG8="}),
    Call(MARKET, "orders.get", {"id": 1}, True),
    Call(MARKET, "orders.list", {"item": "apples", "count": [1, 2]}, True),
    Call(MARKET, "orders.search", {"text": "p", "limit": 1}, True),
    Call(MARKET, "orders.gift", {"id": 1, "words": "x"}, True),
    Call(TILL, "balance", {}, True),
    Call(TILL, "take", {"amount": 10}, True),
    Call(TILL, "take", {"amount": 1000}, True, "ValueError"),
    Call(TILL, "get_rows", {"count": 3}, True),
    Call(BOOTH, "ask", {"text": "x"}, True),
    Call(BOOTH, "ask", {"text": "bad"}, True, "ValueError"),
    Call(BOOTH, "ask", {"text": "bug"}, True, "bug"),
    Call(BOOTH, "count", {"number": 2}, True),
    Call(BOOTH, "items", {"number": 2}, True),
    Call(BOOTH, "get_history", {}, True),
    Call(NOTED, "price", {"item": "tea"}, True),
    Call(NOTED, "quote", {"item": "tea"}, True),
    Call(NOTED, "refund", {"order": 1}, True),
    Call(NOTED, "stocktake", {}, True),
    Call(NOTED, "get_picture", {}, True),
    Call(NOTED, "caller", {}, True),
    Call(BAZAAR, "greet_nobody", {}, True, "that is not there"),
    Call(NOTED, "audit", {}, True, "that is hidden"),
]

CALLS = [*GALLERY_CALLS, *BAZAAR_CALLS, *OTHER_CALLS]

WRONG_CALLS = [
    *(
        Call(GALLERY, method, {"value": value}, method in SIMPLE, f"wrong {number}")
        for method, values in WRONG.items()
        for number, value in enumerate(values)
    ),
    Call(BAZAAR, "get_price", {}, True, "without any"),
    Call(BAZAAR, "get_price", {"item": "tea", "coutn": 1}, True, "with an unknown one"),
    Call(BAZAAR, "get_price", {"item": "milk", "count": "x", "other": 1}, True, "all wrong"),
    Call(BAZAAR, "get_price", {"item": "tea", "count": None}, False, "None"),
    Call(BAZAAR, "who", {"owner": "acc_somebody"}, True, "a bound one"),
    Call(BAZAAR, "offer", {"ware": {"name": 1, "price": "x", "tags": [1, 2]}}, False, "wrong within"),
    Call(BAZAAR, "ticks", {"count": "x"}, True, "wrong"),
    Call(BAZAAR, "put", {"name": "x"}, False, "without a file"),
    Call(BAZAAR, "put", {"name": "x", "content": "*"}, False, "no base64"),
    Call(BAZAAR, "stalls.get", {"id": "x"}, True, "wrong"),
    Call(BAZAAR, "stalls.rename", {"name": "x"}, True, "without an id"),
    Call(BAZAAR, "find", {"limit": 1000000}, True, "much"),
    Call(BAZAAR, "later", {"number": 1.5}, True, "wrong"),
    Call(BAZAAR, "quick", {"number": "7"}, False, "wrong"),
    Call(BAZAAR, "labelled", {"label": 1}, True, "a bound one"),
]
