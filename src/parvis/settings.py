"""Every setting of the server, in one table: its name, its type, its default and what it does.

Read from ``parvis.toml``, then ``PARVIS_*``, then the command line; the last one wins, and each value remembers where
it came from. An unknown name is an error that names the nearest right one.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "parvis.toml"


class SettingsError(ValueError):
    """A setting is wrong; the message says which, where it stands and what would be right."""


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    type: type
    default: Any
    text: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "host", str, "127.0.0.1", "The address to listen on. Beyond loopback only what `parvis.lock` names is public."
    ),
    Setting("port", int, 8000, "The port to listen on; 0 takes a free one."),
    Setting(
        "public_url", str, "", "The address that callers use, when a proxy stands in front: `https://api.example.org`."
    ),
    Setting("hosts", list, [], "Further host names that are served; others are refused."),
    Setting("data", str, "parvis-data", "The directory of accounts and keys; one server owns it."),
    Setting("database", str, "", "A PostgreSQL URL (`postgresql://...`) instead of the SQLite file in `data`."),
    Setting("lock", str, "parvis.lock", "The file that names what is public beyond loopback; `parvis lock` writes it."),
    Setting("timeout", float, 30.0, "Seconds that a call may take; a service may say its own."),
    Setting("grace", float, 10.0, "Seconds that calls in hand get at the end."),
    Setting("body_limit", int, 1_048_576, "Bytes that a request's body may have."),
    Setting("upload_limit", int, 104_857_600, "Bytes that a file may have which comes as a body or in a form."),
    Setting("header_limit", int, 32_768, "Bytes that a request's head may have."),
    Setting("header_timeout", float, 10.0, "Seconds in which a request's head must arrive."),
    Setting(
        "request_timeout",
        float,
        30.0,
        "Seconds in which a whole request must arrive, and one more for each 128 kB of it.",
    ),
    Setting(
        "registration",
        str,
        "",
        "Who registers: `open`, `approval` or `closed`. Without it `open`, or `approval` where `public_url` is set.",
    ),
    Setting("signups", int, 10, "Accounts an hour that one block of addresses may make; 0: no bound."),
    Setting(
        "smtp", str, "", "The mail server: `smtp://`, `smtp+starttls://` or `smtps://`, `user:password@host:port`."
    ),
    Setting("mail_from", str, "", "The sender of letters: `Parvis <parvis@example.org>`."),
    Setting("proxies", list, [], "Addresses or networks of proxies in front, whose `X-Forwarded-For` is believed."),
    Setting("cors", list, [], "Origins whose scripts may call from a browser: `https://app.example.org`; `*` for all."),
    Setting("protocols", list, [], "Ways to call beside HTTP and MCP, each a `module:factory` (docs/protocols.md)."),
    Setting("meter_sync", bool, False, "An answer waits until its record is on the disk: a power cut loses none."),
    Setting("calls_kept", int, 30, "Days for which single calls are kept; totals stay longer."),
)

SERVICE_SETTINGS: tuple[Setting, ...] = (
    Setting("target", str, "", "What is published: `module:Class`, `module:factory()`, `module:instance` or `module`."),
    Setting("name", str, "", "The service's name in every address, where it is not the section's (two versions)."),
    Setting("version", int, 1, "The major version, in every address."),
    Setting("title", str, "", "The name on the pages."),
    Setting(
        "reads", list, None, "Operations that only read, as names or patterns; without it names propose themselves."
    ),
    Setting("inline", list, [], "Sync operations quick enough for the event loop."),
    Setting("only", list, [], "Publish these and nothing else."),
    Setting("hidden", list, [], "Do not publish these."),
    Setting("include", list, [], "Publish these although a rule would leave them out."),
    Setting("threads", int, 1, "Calls that the object takes at once; more than 1 says that it is thread-safe."),
    Setting("timeout", float, None, "Seconds that a call of this service may take."),
    Setting("instances", str, "shared", "One object for all calls, `shared`, or a new one for each, `per-call`."),
    Setting("costs", dict, {}, "Operation to the number of calls that one counts for."),
    Setting("rights", dict, {}, "Operation to the right that a call needs, in place of its own name."),
    Setting("public", dict, {}, "Operation to the seconds for which anybody may keep its answer by GET."),
    Setting("media", dict, {}, "Operation to the media type of the bytes that it gives or takes: `image/png`."),
    Setting("deprecated", dict, {}, "Operation, or pattern, to what should be used in its place."),
    Setting("deprecated_since", dict, {}, "Operation, or pattern, to the date since which it is deprecated."),
    Setting("sunset", dict, {}, "Operation, or pattern, to the date on which it may go."),
    Setting("bind", dict, {}, "`operation(parameter)` to the source of its value, which callers then cannot name."),
    Setting("examples", dict, {}, "Operation to the arguments of a call that works, for pages and documents."),
    Setting("settings", dict, {}, "Arguments for the class or factory."),
    Setting("sandbox", str, "", "What test keys reach in its place: a target with the same operations."),
)

ENVIRONMENT = "PARVIS_"
NOT_SETTINGS = frozenset({"PARVIS_KEY", "PARVIS_PASSWORD"})
"""Variables that the client's commands read."""


@dataclass(frozen=True, slots=True)
class Value:
    value: Any
    origin: str
    """``default``, the file's name, the variable's name or the flag."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server and of its services, with their origins."""

    values: Mapping[str, Value]
    services: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name].value

    def service(self, name: str) -> dict[str, Any]:
        return {key: found.value for key, found in self.services[name].items()}


def read(
    flags: Mapping[str, Any] | None = None, *, file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """All settings. Raises :class:`SettingsError`. ``file`` must exist when it is given."""
    table = {s.name: s for s in SETTINGS}
    values = {s.name: Value(s.default, "default") for s in SETTINGS}
    services: dict[str, dict[str, Value]] = {}
    path = file or Path(FILE)
    if file is not None or path.exists():
        for name, value in _load(path).items():
            if name == "service":
                services = _services(value, str(path))
            else:
                setting = table[_known(name, [*table, "service"], str(path))]
                values[name] = Value(_checked(setting, value, str(path)), str(path))
    for variable, text in (os.environ if environment is None else environment).items():
        if variable.startswith(ENVIRONMENT) and variable not in NOT_SETTINGS:
            name = variable.removeprefix(ENVIRONMENT).lower()
            known = [ENVIRONMENT + each.upper() for each in table] + sorted(NOT_SETTINGS)
            if name not in table:
                raise _unknown(variable, known, "the environment")
            values[name] = Value(_from_text(table[name], text, variable), variable)
    for name, value in (flags or {}).items():
        if value is not None:
            values[name] = Value(_checked(table[name], value, f"--{name}"), f"--{name.replace('_', '-')}")
    return Settings(values, services)


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            return tomllib.load(opened)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None


def _services(tables: Any, where: str) -> dict[str, dict[str, Value]]:
    known = {s.name: s for s in SERVICE_SETTINGS}
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise SettingsError(f"{where}: `service` is a table of services: write [service.NAME]")
    services: dict[str, dict[str, Value]] = {}
    for name, given in tables.items():
        section = f"{where} [service.{name}]"
        found = {s.name: Value(s.default, "default") for s in SERVICE_SETTINGS}
        for key, value in given.items():
            setting = known[_known(key, list(known), section)]
            found[key] = Value(_checked(setting, value, section), where)
        services[name] = found
    return services


def _known(name: str, known: list[str], where: str) -> str:
    if name not in known:
        raise _unknown(name, known, where)
    return name


def _unknown(name: str, known: list[str], where: str) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0)
    return SettingsError(f"{where}: there is no setting {name!r}; the nearest is {near[0]!r}")


def _checked(setting: Setting, value: Any, where: str) -> Any:
    if setting.type is float and type(value) is int:
        return float(value)
    wanted: Any = setting.type
    if type(value) is not wanted or (wanted is list and not all(isinstance(item, str) for item in value)):
        kind = {
            str: "text",
            int: "an integer",
            float: "a number",
            bool: "true or false",
            list: "a list of texts",
            dict: "a table",
        }[wanted]
        raise SettingsError(f"{where}: {setting.name} should be {kind}, it is {value!r}")
    if wanted in (int, float) and not 0 <= value < float("inf"):
        raise SettingsError(f"{where}: {setting.name} should be a number from 0 on, it is {value}")
    return value


def _from_text(setting: Setting, text: str, where: str) -> Any:
    if setting.type is list:
        return [item.strip() for item in text.split(",") if item.strip()]
    if setting.type is bool:
        if text not in ("true", "false"):
            raise SettingsError(f"{where}: should be `true` or `false`, it is {text!r}")
        return text == "true"
    try:
        value = setting.type(text)
    except ValueError:
        kind = "an integer" if setting.type is int else "a number"
        raise SettingsError(f"{where}: should be {kind}, it is {text!r}") from None
    return _checked(setting, value, where)
