"""Every setting of the server, one row each, and how these and those of the services are read.

From ``parvis.toml``, then ``PARVIS_*``, then the command line; the last one wins, and each value remembers where it
came from. An unknown name is an error that names the nearest right one. The rows of a service's settings are
:data:`parvis.contract.settings.SERVICE_SETTINGS`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .contract.setting_row import Setting
from .contract.settings import IS_SECONDS, SECONDS, SERVICE_SETTINGS

FILE = "parvis.toml"


class SettingsError(ValueError):
    """A setting is wrong; the message says which, where it stands and what would be right."""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "host",
        str,
        "127.0.0.1",
        "The address to listen on. Beyond loopback only what `parvis.lock` names is public.",
        level="everyday",
    ),
    Setting("port", int, 8000, "The port to listen on; 0 takes a free one.", level="everyday"),
    Setting(
        "public_url",
        str,
        "",
        "The address that callers use, when a proxy stands in front: `https://api.example.org`.",
        level="everyday",
    ),
    Setting("hosts", list, [], "Further host names that are served; others are refused."),
    Setting("data", str, "parvis-data", "The directory of accounts and keys; one server owns it.", level="everyday"),
    Setting("database", str, "", "A PostgreSQL URL (`postgresql://...`) instead of the SQLite file in `data`."),
    Setting("lock", str, "parvis.lock", "The file that names what is public beyond loopback; `parvis lock` writes it."),
    Setting("timeout", float, SECONDS, "Seconds that a call may take; a service may say its own.", check=IS_SECONDS),
    Setting("tls_certificate", str, "", "A certificate chain (PEM): HTTPS is spoken, without a proxy in front."),
    Setting("tls_key", str, "", "The key of `tls_certificate` (PEM), where it is not in the same file."),
    Setting(
        "hung_after",
        float,
        10.0,
        "Seconds that something may hold the interpreter before the process that serves is replaced.",
        check=IS_SECONDS,
    ),
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
        level="everyday",
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

ENVIRONMENT = "PARVIS_"
NOT_SETTINGS = frozenset({"PARVIS_KEY", "PARVIS_PASSWORD"})
"""Variables that the client's commands read."""


DEFAULT = "default"
"""The origin of what nobody has set."""


@dataclass(frozen=True, slots=True)
class Value:
    value: Any
    origin: str
    """:data:`DEFAULT`, the file's name, the variable's name or the flag."""


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
    values = {s.name: Value(s.default, DEFAULT) for s in SETTINGS}
    services: dict[str, dict[str, Value]] = {}
    path = file or Path(FILE)
    if file is not None or path.exists():
        for name, value in _load(path).items():
            if name == "service":
                services = _services(value, str(path))
            else:
                setting = table[_known(name, [*table, "service"], str(path))]
                values[name] = Value(_valid(setting, value, str(path)), str(path))
    for variable, text in (os.environ if environment is None else environment).items():
        if variable.startswith(ENVIRONMENT) and variable not in NOT_SETTINGS:
            name = variable.removeprefix(ENVIRONMENT).lower()
            known = [ENVIRONMENT + each.upper() for each in table] + sorted(NOT_SETTINGS)
            if name not in table:
                raise _unknown(variable, known, "the environment")
            values[name] = Value(_from_text(table[name], text, variable), variable)
    for name, value in (flags or {}).items():
        if value is not None:
            setting = table[_known(name, list(table), f"--{name}")]
            values[name] = Value(_valid(setting, value, f"--{name}"), f"--{name.replace('_', '-')}")
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
        found = {s.name: Value(s.default, DEFAULT) for s in SERVICE_SETTINGS}
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


_KINDS = {
    str: "text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
    dict: "a table",
}


def _checked(setting: Setting, value: Any, where: str) -> Any:
    if float in setting.types and type(value) is int:
        value = float(value)
    if type(value) not in setting.types or (type(value) is list and not all(isinstance(each, str) for each in value)):
        kinds = " or ".join(_KINDS[each] for each in setting.types)
        raise SettingsError(f"{where}: {setting.name} should be {kinds}, it is {value!r}")
    if type(value) in (int, float) and not 0 <= value < float("inf"):
        raise SettingsError(f"{where}: {setting.name} should be a number from 0 on, it is {value}")
    return value


def _valid(setting: Setting, value: Any, where: str) -> Any:
    """A value of the server's own; those of services are validated as options."""
    checked = _checked(setting, value, where)
    try:
        setting.validate(checked)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    return checked


def _from_text(setting: Setting, text: str, where: str) -> Any:
    wanted = setting.types[0]
    if wanted is list:
        return [item.strip() for item in text.split(",") if item.strip()]
    if wanted is bool:
        if text not in ("true", "false"):
            raise SettingsError(f"{where}: should be `true` or `false`, it is {text!r}")
        return text == "true"
    try:
        value = wanted(text)
    except ValueError:
        raise SettingsError(f"{where}: should be {_KINDS[wanted]}, it is {text!r}") from None
    return _valid(setting, value, where)
