"""``parvis config`` shows what is set and no password; a value that only a start can judge is told in a sentence."""

from __future__ import annotations

import pytest

from parvis.contract.settings import SERVICE_SETTINGS
from parvis.settings import SETTINGS


def test_what_is_set_is_shown_with_its_origin(folder, monkeypatch):
    monkeypatch.setenv("PARVIS_METER_SYNC", "true")
    (folder.path / "parvis.toml").write_text('grace = 5\n[service.shop]\nreads = ["*"]\n[service.other]\n')
    assert folder.parvis("config").stdout == (
        "grace      = 5.0                       # parvis.toml\n"
        "meter_sync = true                      # PARVIS_METER_SYNC\n"
        '\n[service.shop]\nreads = ["*"]                     # parvis.toml\n'
        "\n[service.other]\n"
    )


def test_where_nothing_is_set_it_says_how_to_see_the_defaults(folder):
    assert "# Nothing is set: `parvis config --all` prints the defaults.\n" == folder.parvis("config").stdout


def test_all_shows_every_setting(folder, monkeypatch):
    monkeypatch.setenv("PARVIS_METER_SYNC", "true")
    (folder.path / "parvis.toml").write_text("[service.shop]\n")
    lines = folder.parvis("config", "--all").stdout.splitlines()
    names = [line.partition(" = ")[0].strip() for line in lines if " = " in line]
    assert [s.name for s in (*SETTINGS, *SERVICE_SETTINGS)] == names
    assert "meter_sync      = true                      # PARVIS_METER_SYNC" in lines
    assert 'host            = "127.0.0.1"               # default' in lines


@pytest.mark.parametrize(
    ("setting", "value", "shown"),
    [
        ("smtp", "smtp+starttls://ada:secret@mail.example:587", "smtp+starttls://ada:***@mail.example:587"),
        ("smtp", "smtp://ada:sec@ret:secret@mail.example", "smtp://ada:***@mail.example"),
        ("smtp", "smtps://:secret@mail.example", "smtps://:***@mail.example"),
        ("smtp", "smtp://mail.example:25", "smtp://mail.example:25"),
        ("database", "postgresql://parvis:s%40/secret@db/parvis", "postgresql://parvis:***@db/parvis"),
        ("database", "postgresql://parvis@db/parvis", "postgresql://parvis@db/parvis"),
        ("mail_from", "Shop <shop@example.org>", "Shop <shop@example.org>"),
    ],
)
def test_no_password_is_shown(folder, monkeypatch, setting, value, shown):
    monkeypatch.setenv(f"PARVIS_{setting.upper()}", value)
    output = folder.parvis("config").stdout
    assert (True, False) == (f'"{shown}"' in output, "secret" in output)


def test_no_password_of_a_service_is_shown_either(folder):
    (folder.path / "parvis.toml").write_text(
        "[service.shop.settings]\nurl = 'redis://:secret@cache'\nurls = ['amqp://a:secret@b', 'plain']\n"
    )
    output = folder.parvis("config").stdout
    assert '{"url": "redis://:***@cache", "urls": ["amqp://a:***@b", "plain"]}' in output


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"REGISTRATION": "opne"}, "registration = 'opne': it is `open`, `approval` or `closed`"),
        ({"SMTP": "smtp://mail.example"},
         'smtp is set, so say who sends: mail_from = "Parvis <parvis@example.org>"'),
        ({"SMTP": "mail.example", "MAIL_FROM": "a@b.example"}, "smtp or mail_from: "),
        ({"SMTP": "smtp://mail.example", "MAIL_FROM": "nobody"}, "smtp or mail_from: "),
    ],
)  # fmt: skip
def test_a_value_that_only_the_start_can_judge_is_told_in_a_sentence(folder, monkeypatch, variables, told):
    for name, value in variables.items():
        monkeypatch.setenv(f"PARVIS_{name}", value)
    (folder.path / "data").mkdir()
    for _ in range(2):  # and the store is given back: the second time it says the same
        result = folder.parvis("admin", "--data", "data")
        assert (1, "", 1) == (result.exit_code, result.stdout, len(result.stderr.splitlines()))
        assert result.stderr.startswith(f"parvis: {told}")
