"""Settings: file, then environment, then flag; each value knows where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parvis.contract.settings import SERVICE_SETTINGS
from parvis.settings import NOT_SETTINGS, SETTINGS, SettingsError, Value, read


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "parvis.toml") -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def test_without_anything_every_setting_is_its_default() -> None:
    settings = read(environment={})
    assert {s.name: Value(s.default, "default") for s in SETTINGS} == settings.values
    assert {} == settings.services


def test_the_last_of_file_environment_and_flag_wins_and_says_so() -> None:
    written('port = 1\ngrace = 1\nhost = "a"\ntimeout = 5\n')
    settings = read({"port": 3, "data": None}, environment={"PARVIS_PORT": "2", "PARVIS_GRACE": "2.5", "HOME": "/"})
    assert [
        Value(3, "--port"),
        Value(2.5, "PARVIS_GRACE"),
        Value("a", "parvis.toml"),
        Value(5.0, "parvis.toml"),
        Value("parvis-data", "default"),
    ] == [settings.values[name] for name in ("port", "grace", "host", "timeout", "data")]
    assert (3, 5.0, float) == (settings["port"], settings["timeout"], type(settings["timeout"]))


def test_a_flag_is_named_as_it_is_typed() -> None:
    assert Value("https://a.example", "--public-url") == read({"public_url": "https://a.example"}).values["public_url"]


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("PARVIS_PORT", "0", 0),
        ("PARVIS_GRACE", "0", 0.0),
        ("PARVIS_TIMEOUT", "1e1", 10.0),
        ("PARVIS_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
        ("PARVIS_HOSTS", "", []),
        ("PARVIS_DATA", "", ""),
        ("PARVIS_PUBLIC_URL", "https://a.example", "https://a.example"),
        ("PARVIS_METER_SYNC", "true", True),
        ("PARVIS_METER_SYNC", "false", False),
        ("PARVIS_REGISTRATION", "closed", "closed"),
        ("PARVIS_SIGNUPS", "0", 0),
        ("PARVIS_SMTP", "smtp://ada:secret@mail.example:25", "smtp://ada:secret@mail.example:25"),
        ("PARVIS_MAIL_FROM", "Shop <shop@example.org>", "Shop <shop@example.org>"),
        ("PARVIS_PROXIES", "10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]),
        ("PARVIS_CALLS_KEPT", "7", 7),
    ],
)
def test_a_variable_is_read_by_the_type_of_its_setting(variable: str, text: str, value: Any) -> None:
    found = read(environment={variable: text})[variable.removeprefix("PARVIS_").lower()]
    assert (value, type(value)) == (found, type(found))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prot = 1", r"parvis.toml: there is no setting 'prot'; the nearest is 'port'"),
        ("body-limit = 1", r"there is no setting 'body-limit'; the nearest is 'body_limit'"),
        ("services = 1", r"there is no setting 'services'; the nearest is 'service'"),
        ("[service.shop]\nred = ['*']", r"\[service.shop\]: there is no setting 'red'; the nearest is 'reads'"),
        ("[service.shop]\nhost = 'a'", r"\[service.shop\]: there is no setting 'host'"),
        ("port = '8000'", "port should be an integer, it is '8000'"),
        ("port = true", "port should be an integer, it is True"),
        ("port = 1.0", "port should be an integer, it is 1.0"),
        ("port = -1", "port should be a number from 0 on"),
        ("grace = 'long'", "grace should be a number"),
        ("grace = true", "grace should be a number"),
        ("timeout = -0.5", "timeout should be a number from 0 on"),
        ("timeout = -1", "timeout should be a number from 0 on"),
        ("timeout = 0", "timeout = 0.0: give seconds, more than 0"),
        ("timeout = nan", "timeout should be a number from 0 on"),
        ("timeout = inf", "timeout should be a number from 0 on"),
        ("host = 1", "host should be text"),
        ("hosts = 'a'", "hosts should be a list of texts"),
        ("hosts = [1]", "hosts should be a list of texts"),
        ("service = 1", "`service` is a table of services"),
        ("[service]\nshop = 1", "`service` is a table of services"),
        ("[service.shop]\nversion = '2'", r"\[service.shop\]: version should be an integer"),
        ("[service.shop]\nrun = 'threads:8'", r"\[service.shop\]: run should be a table, it is 'threads:8'"),
        ("[service.shop]\ntimeout = '5'", r"\[service.shop\]: timeout should be a number or a table, it is '5'"),
        ("[service.shop]\nsettings = 1", "settings should be a table"),
        ("meter_sync = 1", "meter_sync should be true or false, it is 1"),
        ("meter_sync = 'true'", "meter_sync should be true or false, it is 'true'"),
        ("proxies = '10.0.0.0/8'", "proxies should be a list of texts"),
        ("signups = 1.5", "signups should be an integer"),
        ("default_rights = ['*']", "there is no setting 'default_rights'"),
        ("[service.shop]\nsandbox = true", r"\[service.shop\]: sandbox should be text"),
        ("port = ", "parvis.toml is not TOML"),
        ("port = 1\nport = 2", "parvis.toml is not TOML"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(text: str, sentence: str) -> None:
    written(text)
    with pytest.raises(SettingsError, match=sentence):
        read(environment={})


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("PARVIS_PROT", "1", "the environment: there is no setting 'PARVIS_PROT'; the nearest is 'PARVIS_PORT'"),
        ("PARVIS_", "1", "there is no setting 'PARVIS_'"),
        ("PARVIS_KEYS", "1", "the nearest is 'PARVIS_KEY'"),
        ("PARVIS_PORT", "http", "PARVIS_PORT: should be an integer, it is 'http'"),
        ("PARVIS_PORT", "1.5", "PARVIS_PORT: should be an integer"),
        ("PARVIS_PORT", "-1", "PARVIS_PORT: port should be a number from 0 on"),
        ("PARVIS_GRACE", "nan", "PARVIS_GRACE: grace should be a number from 0 on"),
        ("PARVIS_GRACE", "soon", "PARVIS_GRACE: should be a number"),
        ("PARVIS_METER_SYNC", "1", "PARVIS_METER_SYNC: should be `true` or `false`, it is '1'"),
        ("PARVIS_METER_SYNC", "", "PARVIS_METER_SYNC: should be `true` or `false`, it is ''"),
        ("PARVIS_SIGNUPS", "many", "PARVIS_SIGNUPS: should be an integer, it is 'many'"),
    ],
)
def test_a_wrong_variable_is_told_in_a_sentence(variable: str, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        read(environment={variable: text})


def test_a_flag_that_is_no_setting_is_told_in_a_sentence() -> None:
    with pytest.raises(SettingsError, match="there is no setting 'prot'; the nearest is 'port'"):
        read({"prot": 1}, environment={})


@pytest.mark.parametrize("name", sorted(NOT_SETTINGS))
def test_the_client_s_own_variables_are_no_settings(name: str) -> None:
    assert read(environment={}) == read(environment={name: "x"})


def test_a_file_that_is_named_must_be_there_and_readable() -> None:
    with pytest.raises(SettingsError, match=r"other\.toml cannot be read: No such file"):
        read(file=Path("other.toml"), environment={})
    Path("folder.toml").mkdir()
    with pytest.raises(SettingsError, match=r"folder\.toml cannot be read"):
        read(file=Path("folder.toml"), environment={})
    assert Value(5, "mine.toml") == read(file=written("port = 5", "mine.toml"), environment={}).values["port"]


def test_a_service_has_every_setting_with_its_origin() -> None:
    written('[service.shop]\ntarget = "shop:Shop"\nreads = ["*"]\ntimeout = 3\nsettings = {vat = 0.2}\n')
    shop = read(environment={}).services["shop"]
    assert {s.name for s in SERVICE_SETTINGS} == set(shop)
    assert [
        Value("shop:Shop", "parvis.toml"),
        Value(["*"], "parvis.toml"),
        Value(3.0, "parvis.toml"),
        Value({"vat": 0.2}, "parvis.toml"),
        Value(1, "default"),
    ] == [shop[name] for name in ("target", "reads", "timeout", "settings", "version")]
    assert "shop:Shop" == read(environment={}).service("shop")["target"]


def test_every_setting_says_what_it_does() -> None:
    assert [] == [s.name for s in (*SETTINGS, *SERVICE_SETTINGS) if not s.text.endswith(".")]
    assert len({s.name for s in SETTINGS}) == len(SETTINGS)
