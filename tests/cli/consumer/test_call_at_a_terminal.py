"""``parvis call`` at a terminal: colours, how far it is, and Ctrl-C."""

import io
import json
import re
import subprocess
import sys
import threading
import time
from typing import Any

from terminal import plain, shown_apart, terminal


def test_a_terminal_shows_colours_and_obeys_nothing_of_the_server(wire):
    wire.operations["nothing"] = lambda: {"evil": "\x1b[2J\x9b2J", "n": 1}
    code, seen = terminal("call", wire.url, "nothing")
    assert (0, True, False, False) == (code, "\x1b[" in seen, "\x1b[2J" in seen, "\x9b" in seen)
    assert "\\u009b2J" in seen


def test_a_stream_that_is_slow_tells_how_far_it_is_and_wipes_it(wire):
    wire.operations["ticks"] = lambda count: slowly(count)
    code, seen = terminal("call", wire.url, "ticks", "count=2", "--language", "fr", NO_COLOR="1")
    assert (0, True, True) == (code, "0 reçus" in seen, "1 reçus" in seen)
    assert [{"n": 0}, {"n": 1}] == items(seen)
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h")


def test_nothing_is_drawn_before_it_takes_its_time(monkeypatch):
    from parvis.cli import progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    monkeypatch.setattr(progress, "_TURN", 0.001)
    turned = threading.Event()
    monkeypatch.setattr(progress, "_line", lambda *_: turned.set())
    lines = progress.streaming(iter([b"1", b"2"]))
    assert (b"1", False, b"2", []) == (next(lines), turned.wait(0.1), next(lines), list(lines))
    assert "" == sys.stderr.getvalue()


def test_standard_output_holds_json_alone_while_the_terminal_tells_how_far_it_is(wire):
    wire.operations["ticks"] = lambda count: slowly(count)
    code, seen, piped = shown_apart("call", wire.url, "ticks", "count=2")
    assert (0, '{"n": 0}\n{"n": 1}\n') == (code, piped)
    assert ("1 received, " in seen, seen.endswith("\x1b[2K")) == (True, True)


def test_an_upload_tells_how_much_is_sent_and_then_that_it_waits(wire, tmp_path):
    (tmp_path / "photo").write_bytes(bytes(1000))
    answered = threading.Event()
    wire.raw["/shop/v1/seal"] = lambda handler: answered.wait(1.5) or handler.send(200, b'"sealed"')
    code, seen = terminal("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}", NO_COLOR="1")
    assert (0, True, True) == (code, "sent, waiting for the answer" in seen, seen.endswith('"sealed"\r\n'))


def test_an_upload_of_unknown_length_tells_what_was_sent():
    from parvis.cli.progress import _Counted, _Sent

    sent = _Sent(None, "en")
    counted = _Counted(io.BytesIO(bytes(3_000_000)), sent)
    counted.read(2_000_000)
    assert "2.0 MB sent, 1.0 MB/s" == sent.told(2.0)
    counted.seek(0)
    assert (0, "0 bytes sent, 0 bytes/s") == (sent.count, sent.told(2.0))


def test_ctrl_c_ends_a_stream_with_a_sentence_and_130(wire):
    forever = threading.Event()

    def ticks(count):
        yield {"n": 0}
        forever.wait(30)
        yield {"n": 1}

    wire.operations["ticks"] = ticks
    try:
        code, seen, piped = shown_apart("call", wire.url, "ticks", "count=2", stop_at="received")
    finally:
        forever.set()
    assert (130, '{"n": 0}\n') == (code, piped)
    assert seen.endswith("\r\nStopped. Items received: 1.\r\n")


def test_ctrl_c_ends_a_call_that_may_have_taken_effect_with_that(wire, tmp_path):
    (tmp_path / "photo").write_bytes(b"?")
    held = threading.Event()
    wire.raw["/shop/v1/seal"] = lambda handler: held.wait(30)
    try:
        words = ("call", wire.url, "seal", f"data=@{tmp_path / 'photo'}", "--language", "fr")
        code, seen, piped = shown_apart(*words, stop_at="attendue")
    finally:
        held.set()
    assert (130, "") == (code, piped)
    assert seen.endswith("Arrêté. L’appel a pu prendre effet.\r\n")


def test_a_pipe_that_is_closed_ends_a_stream_in_silence_on_both_sides(wire):
    def ticks(count):
        for number in range(count):
            yield {"n": number, "filler": "x" * 1000}

    wire.operations["ticks"] = ticks
    command = f"'{sys.executable}' -c 'from parvis.cli import main; main()'"
    line = f"{command} call {wire.url} ticks count=100000 | head -1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True)
    assert ("", True) == (done.stderr, done.stdout.startswith('{"n": 0'))
    assert wire.closed.wait(10)


def slowly(count):
    """Items with a pause of a person's patience before each."""
    for number in range(count):
        time.sleep(0.75)
        yield {"n": number}


def items(seen: str) -> list[Any]:
    """The JSON values that stand on a terminal, without what was drawn and wiped."""
    text, found = re.sub(r"[^\r\n]*\r(?!\n)", "", plain(seen)), []
    for match in re.finditer(r"\{[^}]*\}", text):
        found.append(json.loads(match[0]))
    return found
