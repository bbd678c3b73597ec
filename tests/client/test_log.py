"""The client's log: silent unless asked, one line a call, and nothing secret in it."""

from __future__ import annotations

import logging
import re

import pytest

from parvis.client import ConnectionFailed, connect_url

SECRET = "pv_live_secret"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.DEBUG, logger="parvis.client")
    return lambda: [record.getMessage() for record in caplog.records if record.name.startswith("parvis")]


def test_a_line_a_call_tells_what_became_of_it(wire, lines):
    wire.raw["/shop/v1/nothing"] = lambda handler: setattr(handler, "close_connection", True)
    wire.raw["/shop/v1/color"] = lambda handler: handler.send(200, b'"red"', **{"X-Request-Id": "5f0c\x1b[2J"})
    with connect_url(wire.url, SECRET) as shop:
        with pytest.raises(KeyError):
            shop.price("a cup of secrets")
        with pytest.raises(ConnectionFailed):
            shop.nothing()
        shop.color()
        list(shop.ticks(1))
    assert [
        "price 404, ms, 1 attempt, request unknown",
        "nothing ConnectionFailed, ms, 3 attempts, request unknown",
        "color 200, ms, 1 attempt, request 5f0c\ufffd[2J",
        "ticks 200, ms, 1 attempt, request unknown",
    ] == [re.sub(r"\d+\.\d ms", "ms", line) for line in lines()]


def test_no_argument_and_no_key_is_in_it_and_nothing_of_the_library_beside(wire, caplog):
    caplog.set_level(logging.DEBUG)
    with connect_url(wire.url, SECRET) as shop, pytest.raises(KeyError):
        shop.price("a cup of secrets")
    text = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert (True, False) == ("price 404" in text, "secret" in text)


def test_it_is_off_unless_asked_for(wire, capsys):
    with connect_url(wire.url) as shop:
        shop.price("tea")
    assert ("", "") == tuple(capsys.readouterr())
    assert any(isinstance(each, logging.NullHandler) for each in logging.getLogger("parvis.client").handlers)
