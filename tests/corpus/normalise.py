"""What differs between two runs of the same code, blanked; all else stays as it came.

Ids, keys and links become names that tell where they were first seen, so that it is still seen whether the right one
is told. Times of this run become ``<time>``; those that a façade tells lie far from it. Seconds, dates of heads, ports
and the heads of the audit's chain are blanked, and when a key was last used, which is known when records are folded. A
tag (``ETag``) stays, unless what it tags holds one of these.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from corpus.talk import Answer

KEY = re.compile(r"pv_(live|test|tok)_([0-9A-Za-z]{12})([0-9A-Za-z]{36})")
_FOUND = (
    re.compile(r"acc_[0-9A-Za-z]{12}\b"), re.compile(r"(?:link|token)=([\w-]{20,})"),
)  # fmt: skip
_SECRET = re.compile(r'"(?:secret|token|username|password|access_token|link)": ?"([\w-]{11,})"')
_NEW_ID = re.compile(r'"id": ?"([0-9A-Za-z]{12})"')
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_ID = re.compile(r"[0-9a-f]{9,}\Z")
_WAIT = re.compile(r"(Wait|Attendez) \d+ sec")
_SECONDS = re.compile(r'(\\?"seconds\\?": ?)\d[\d.e-]*(?=[,}])')
_USED = re.compile(r'(\\?"last_used_at\\?": ?)(?:null|\\?"[^"\\]*\\?")')
_REMAINING = re.compile(r'("policy": ?"rate", ?"limit": ?\d{2,}, ?"remaining": ?)\d+')
_RECORD = re.compile(r'(\\?"id\\?": ?\\?")\d+-\d+(?=\\?")')
_NAMED = re.compile(r"^x-request-id: ([0-9a-f]{9,})", re.MULTILINE)
_TOLD = re.compile(r'"request_id": ?"([0-9a-f]{9,})"')
_STAMP = re.compile(r"^(Date|Message-ID): .*")
_DATE = re.compile(r"^date: \w{3}, [\w :]+ GMT", re.MULTILINE)
_LEFT = re.compile(r'"(rate|day|month)";r=(\d+);t=(\d+)')
_POLICY = re.compile(r'"rate";q=(\d+);w=(\d+)')
_FRAME = re.compile(r'  File "([^"]+)", line (\d+), in (\S+)')
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_HEX64 = re.compile(r"\b[0-9a-f]{64}\b")

QUICK = 50
"""A rate that fills up in so many seconds or less is told by the moment, not by the calls."""

BLANK = {"date": "<date>", "last-modified": "<date>", "retry-after": "<seconds>"}
TIMES = 10**15
"""Whole numbers of a store from here on are microseconds since 1970."""


class Known:
    """What is known of one server: its values and how they are called."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.values = dict(secrets)
        self._names: dict[str, str] = {}
        self._boots: set[str] = set()
        self._requests: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        began = datetime.now(UTC)
        self._window = (began - timedelta(minutes=5), began + timedelta(days=400))
        self._days = {str((began + timedelta(days=n)).date()) for n in (0, 1)}
        for name, value in secrets.items():
            self._call(value, name)

    # What is learned

    def learn(self, name: str, keep: Mapping[str, str], answer: Answer) -> None:
        """Keep of an answer what the ask wants, and what only this server could make."""
        for each, place in keep.items():
            value = _at(answer, place)
            if value is not None:
                self.values[each] = value
                if len(value) > 10 and not place.endswith("etag"):
                    self._call(value, each)
        body = answer.body.decode("utf-8", "replace")
        texts = [m[m.lastindex or 0] for pattern in _FOUND for m in pattern.finditer(body)]
        texts += [m[0] for m in KEY.finditer(body)]
        secret = _SECRET.findall(body.replace('\\"', '"'))
        if secret:
            texts += [*secret, *_NEW_ID.findall(body)]
        for number, text in enumerate(dict.fromkeys(texts)):
            self._call(text, f"{name}#{number}" if number else name)

    def keep(self, name: str, value: str) -> None:
        """Keep what was found elsewhere than in an answer."""
        self.values[name] = value
        if len(value) > 10:
            self._call(value, name)

    def _call(self, value: str, name: str) -> None:
        if value in self._names or len(value) < 5:
            return
        self._pattern = None
        if match := KEY.fullmatch(value):
            self._names[value] = f"<key {name}>"
            self._names.setdefault(match[2], f"<id of {name}>")
            self._names.setdefault(match[3], f"<rest of {name}>")
        elif re.fullmatch(r"\d{48}", value):
            self._names[value] = f"<key {name}>"
            self._names.setdefault(value[:12], f"<id of {name}>")
            self._names.setdefault(value[12:], f"<rest of {name}>")
        elif value.startswith("pv_"):
            return  # a key's user name: its id is known
        else:
            self._names[value] = f"<{name}>"

    def rows(self, accounts: Iterable[Mapping[str, Any]], keys: Iterable[Mapping[str, Any]]) -> None:
        """What was never told, but stands in the store: accounts by their e-mail, keys by their label."""
        for row in accounts:
            self._call(row["id"], f"account {row['email']}")
        for row in keys:
            self._call(row["id"], f"id of {row['label']} of {self.text(row['account'])}")

    def requests(self, names: Mapping[str, str]) -> None:
        """What the requests are called whose ids are these."""
        self._requests = dict(names)
        self._boots |= {id[:8] for id in self._requests}
        self._pattern = None

    def tags(self, answers: Iterable[Answer | None]) -> None:
        """Tags of what holds ids or times are none that two runs could have in common."""
        for answer in answers:
            tag = answer.header("etag") if answer is not None else ""
            if answer is not None and tag and answer.body:
                text, _ = _decoded(answer)
                if self.body(text) != text and tag not in self._tags:
                    self._tags[tag] = '"<tag>"'
                    self._tags["W/" + tag] = 'W/"<tag>"'

    # What is told

    def text(self, text: str, own: Sequence[str] = ()) -> str:
        if self._pattern is None:
            longest = sorted(self._names, key=len, reverse=True)
            # A port of five digits may stand in any digest.
            literal = "|".join(re.escape(v) if len(v) > 8 else rf"(?<!\w){re.escape(v)}(?!\w)" for v in longest)
            boots = "|".join(sorted(self._boots))
            ids = rf"|\b(?:{boots})[0-9a-f]{{1,8}}\b" if boots else ""
            self._pattern = re.compile(f"{literal}{ids}")

        def named(match: re.Match[str]) -> str:
            found = match[0]
            if found in self._names:
                return self._names[found]
            if found in own:
                return f"<request {own.index(found) + 1}>" if own.index(found) else "<request>"
            return f"<request {self._requests[found]}>" if found in self._requests else "<another request>"

        text = self._pattern.sub(named, text)
        text = _MOMENT.sub(self._moment, text)
        text = _DAY.sub(lambda match: "<today>" if match[0] in self._days else match[0], text)
        text = _WAIT.sub(r"\1 <n> sec", text)
        return _HEX64.sub("<digest>", _ADDRESS.sub(" at <address>", text))

    def _moment(self, match: re.Match[str]) -> str:
        try:
            found = datetime.fromisoformat(match[0])
        except ValueError:
            return match[0]
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        now = self._window[0] < found < self._window[1] or str(found.date()) in self._days
        return "<time>" if now else match[0]

    def value(self, value: Any, own: Sequence[str] = ()) -> Any:
        """A JSON value, with its texts as they are told."""
        if isinstance(value, str):
            return self.text(value, own)
        if isinstance(value, list):
            return [self.value(each, own) for each in value]
        if isinstance(value, dict):
            return {self.text(name, own): self.value(each, own) for name, each in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and value > TIMES:
            return "<time>"
        return value

    def answer(self, method: str, own: Sequence[str], answer: Answer) -> dict[str, Any]:
        raw, form = _decoded(answer)
        text = self.body(raw, own)
        changed = text != raw
        policy = answer.header("ratelimit-policy")
        fields = []
        for name, value in answer.fields:
            low = name.lower()
            if low == "content-length":
                packed = answer.header("content-encoding") and answer.header("etag") in self._tags
                if (method == "HEAD" and (answer.status >= 400 or packed)) or (
                    changed and value.isdigit() and int(value) == len(answer.body)
                ):
                    value = "<right>"
            elif low == "etag" and "/static/" in answer.line:
                value = "<tag>"
            elif low == "ratelimit":
                value = _left(value, policy)
            else:
                value = BLANK.get(low) or self._tagged(self.text(value, own))
            fields.append(f"{name}: {value}")
        told: dict[str, Any] = {"answer": [*answer.before, answer.line, *fields]}
        if text:
            told["body"] = text
        if form:
            told["form"] = form
        if answer.cut:
            told["cut"] = answer.cut
        return told

    def _tagged(self, value: str) -> str:
        for tag, blank in self._tags.items():
            value = value.replace(tag, blank)
        return value

    def body(self, text: str, own: Sequence[str] = ()) -> str:
        text = _REMAINING.sub(r"\1<n>", text)
        text = _USED.sub(r"\1<moment>", self.text(_SECONDS.sub(r"\1<seconds>", text), own))
        text = _RECORD.sub(r"\1<record>", text)
        text = _DATE.sub("date: <date>", text)
        if "at,account,key" in text:
            text = re.sub(r"\b\d+-\d+(?=,)", "<record>", text)
            text = re.sub(r",\d+\.\d+(?=\"|\\[rn]|\r|\n)", ",<seconds>", text)
        return text

    def letter(self, text: str) -> list[str]:
        """A letter's lines."""
        return [_STAMP.sub(r"\1: <mark>", self.text(each)) for each in text.splitlines()]

    def line(self, line: Mapping[str, Any], own: Sequence[str]) -> dict[str, Any]:
        """A line of the log."""
        told: dict[str, Any] = {}
        for name, value in line.items():
            if name == "trace":
                told[name] = [self.text(each, own) for each in _trace(value)]
            elif name == "ms":
                told[name] = "<ms>"
            else:
                told[name] = self.value(value, own)
        return told

    def log(self, text: str) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
        """The lines by request, in order; what names none stands before the next that does. And what is no JSON."""
        lines: dict[str, list[dict[str, Any]]] = {}
        waiting: list[dict[str, Any]] = []
        loose: list[str] = []
        for each in text.splitlines():
            try:
                line = json.loads(each)
            except ValueError:
                loose.append(each)
                continue
            if not isinstance(line, dict):
                loose.append(each)
                continue
            id = line.get("request_id", "")
            if not id:
                waiting.append(line)
                continue
            self._boots.add(id[:8])
            lines.setdefault(id, []).extend([*waiting, line])
            waiting = []
        if waiting:
            lines.setdefault("", []).extend(waiting)
        self._pattern = None
        return lines, _trace("\n".join(loose))

    def row(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        gone = {"segment", "slot", "at", "microseconds"} if table == "call" else set()
        return {name: value for name, value in row.items() if name not in gone}

    def table(self, name: str, rows: list[dict[str, Any]]) -> list[Any]:
        """A table, as far as it does not tell times, hashes and secrets; sums are over all hours and days."""
        if name in ("refusal", "usage_day", "usage_hour", "quota"):
            gone = {"at", "microseconds", "period"}
            sums: dict[str, dict[str, int]] = {}
            for row in rows:
                key = {k: v for k, v in row.items() if isinstance(v, str) and k not in gone}
                numbers = {k: v for k, v in row.items() if k not in gone and k not in key}
                kind = len(str(row.get("period", "")))
                place = sums.setdefault(json.dumps([self.value(key), kind]), {})
                for column, number in numbers.items():
                    place[column] = place.get(column, 0) + number if column != "test" else number
            return sorted(json.dumps([json.loads(key), numbers]) for key, numbers in sums.items())
        gone = {"password", "digest", "retiring_digest", "made_with", "hash", "previous", "fingerprint"}
        told = [json.dumps(self.value({k: v for k, v in row.items() if k not in gone})) for row in rows]
        told = [self.text(each.replace('\\"', '"')) for each in told]
        return told if name == "audit" else sorted(told)


def named_requests(answer: Answer | None) -> list[str]:
    """The ids of the requests that an answer names: one, or as many as came in one piece."""
    if answer is None:
        return []
    if answer.line:
        return [id for id in [answer.header("x-request-id")] if _ID.match(id)]
    found = _NAMED.findall(answer.body.decode("latin-1"))
    return list(dict.fromkeys(found)) or list(dict.fromkeys(_TOLD.findall(answer.body.decode("latin-1"))))


def _decoded(answer: Answer) -> tuple[str, str]:
    """The body as text, out of its coding; and what form it had where that is not plain text."""
    body, coding = answer.body, answer.header("content-encoding")
    try:
        if coding == "gzip":
            body = gzip.decompress(body)
        elif coding == "zstd":
            body = _zstd(body)
        text = body.decode()
    except (OSError, EOFError, ValueError):
        return answer.body.decode("latin-1"), "latin-1"
    return text, coding


def _zstd(body: bytes) -> bytes:
    try:
        from compression import zstd
    except ImportError:
        from backports import zstd
    try:
        return zstd.decompress(body)
    except zstd.ZstdError as error:
        raise ValueError(error) from None


def _at(answer: Answer, place: str) -> str | None:
    """What stands in an answer at ``header/etag`` or ``body/items/0/id``."""
    where, _, path = place.partition("/")
    if where == "header":
        return answer.header(path) or None
    if where == "letter":
        return None
    try:
        found: Any = json.loads(answer.body)
        for step in path.split("/"):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (ValueError, LookupError, TypeError):
        return None
    return str(found)


def _left(value: str, policy: str) -> str:
    """What is left: of a quick rate that is told by the moment, and until when always."""
    rate = _POLICY.search(policy)
    quick = rate is not None and int(rate[2]) <= QUICK

    def told(match: re.Match[str]) -> str:
        left = "<n>" if match[1] == "rate" and quick else match[2]
        return f'"{match[1]}";r={left};t=<seconds>'

    return _LEFT.sub(told, value)


def _trace(text: str) -> list[str]:
    """A traceback, with the frames of façades alone: those of the code that is compared may be any."""
    told: list[str] = []
    ours = True
    for line in text.splitlines():
        if match := _FRAME.match(line):
            ours = "/corpus/subject/" in match[1] or "/equal/" in match[1] or "/conformance/" in match[1]
            if ours:
                told.append(f"  {match[1].rpartition('/')[2]}, in {match[3]}")
        elif not line.startswith("    "):
            ours = True
            told.append(line)
    return told
