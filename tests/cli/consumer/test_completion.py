"""Completion of ``parvis call``: what is offered, and that three real shells put it on the line."""

import contextlib
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from parvis.cli import COMMANDS, main
from parvis.cli.completion_scripts import SHELLS, VARIABLE, read_line
from parvis.cli.consumer import completion_values
from parvis.contract.model import Contract, Default, Member, TypeDef

BREAKS = " \t\n\"'@><=;|&(:"
"""Where bash breaks words, when nobody told it otherwise."""
EVIL = "$(touch pwned)"


@pytest.fixture
def shop(wire, make, monkeypatch, tmp_path):
    p, red = make.parameter, {"default": Default("Color.RED", "red")}
    item = f"Literal['tea', 'a:b', {EVIL!r}, '\\x1b[2J']"
    color = TypeDef("Color", "enum", members=(Member("RED", "red"), Member("SEA", "sea blue")))
    contract = Contract(
        "shop",
        (
            make.operation("price", p("count", "int", default=Default("1", 1)), p("item", item, "keyword_only",
                           description="What is bought."),
                           p("color", "Color", "keyword_only", **red), p("gift", "bool | None", "keyword_only", **red),
                           p("tags", "list[Color]", "keyword_only", **red), summary="The price: in euros.\n\x1b[2J"),
            make.operation("orders.get", p("id", "int")),
            make.operation("orders.create", p("items", "list[dict[str, int]]"), p("photo", "BinaryIO")),
        ),
        types=(color,),
    )  # fmt: skip
    wire.contracts = {"/shop": contract, "/shop/v1": contract}
    (tmp_path / "a photo.png").touch()
    (tmp_path / "album").mkdir()
    (tmp_path / ".hidden").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return wire


@pytest.fixture
def offered(shop):
    """What fits the last of some words, by the completion of fish, which takes a line as it is."""
    shell = SHELLS["fish"](main, {}, "parvis", VARIABLE)

    def offered(*words: str) -> list[str]:
        return [item.value for item in shell.get_completions(["call", *words[:-1]], words[-1])]

    return offered


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("",), ["price", "orders.get", "orders.create"]),
        (("ord",), ["orders.get", "orders.create"]),
        (("price", ""), ["item=", "count=", "color=", "gift=", "tags="]),
        (("price", "c"), ["count=", "color="]),
        (("price", "item=tea", "count:=1", ""), ["color=", "gift=", "tags="]),
        (("price", "tags=red", "t"), ["tags="]),
        (("price", "item="), ["item=tea", "item=a:b", f"item={EVIL}"]),
        (("price", "color=s"), ["color=sea blue"]),
        (("price", "tags=r"), ["tags=red"]),
        (("price", "gift=t"), ["gift=true"]),
        (("price", "count="), []),
        (("price", "later="), []),
        (("orders.create", ""), ["items:=", "photo=@"]),
        (("orders.create", "photo:"), ["photo:="]),
        (("orders.create", "photo=@a"), ["photo=@a photo.png", "photo=@album/"]),
        (("orders.create", "items:=@./al"), ["items:=@./album/"]),
        (("orders.create", "photo=@."), ["photo=@.hidden"]),
        (("orders.create", "photo=@/nowhere/"), []),
        (("nothing", ""), []),
    ],
    ids=str,
)
def test_the_words_that_may_stand_next_are_offered(shop, offered, words, expected):
    assert expected == offered(shop.url, *words)


def test_services_that_were_asked_before_are_offered_the_last_first(shop, offered):
    assert [] == offered("http")
    offered(shop.url, "")
    offered(f"{shop.url}/v1", "")
    older = completion_values._path(shop.url)
    os.utime(older, (1, 1))
    assert [f"{shop.url}/v1", shop.url] == offered("ht")


def test_options_and_commands_are_offered_with_their_help():
    shell = SHELLS["fish"](main, {}, "parvis", VARIABLE)
    assert ["--language"] == [item.value for item in shell.get_completions(["call"], "--lang")]
    assert [("call", COMMANDS["call"][2])] == [(i.value, i.help) for i in shell.get_completions([], "ca")]
    assert list(COMMANDS) == [item.value for item in shell.get_completions([], "")]


def test_help_is_a_line_that_a_terminal_does_not_obey(shop):
    items = SHELLS["fish"](main, {}, "parvis", VARIABLE).get_completions(["call", shop.url], "p")
    assert ["The price: in euros."] == [item.help for item in items]


def asked(wire: Any) -> int:
    return sum(path.endswith("contract.json") for _, path, _, _ in wire.seen)


def test_a_server_is_asked_once_a_minute(shop, offered):
    for _ in range(2):
        assert (["price"], 1) == (offered(shop.url, "p"), asked(shop))
    grown(shop.url, completion_values.AGE)
    assert (["price"], 2) == (offered(shop.url, "p"), asked(shop))


def grown(url: str, seconds: float) -> None:
    """Let what is kept be older."""
    path = completion_values._path(url)
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_what_was_kept_is_offered_while_the_server_is_away_and_it_is_not_asked_at_each_key(shop, offered):
    assert ["price"] == offered(shop.url, "p")
    shop.contracts.clear()
    grown(shop.url, completion_values.AGE)
    for _ in range(2):
        assert (["price"], 2) == (offered(shop.url, "p"), asked(shop))


def test_a_server_that_never_answers_keeps_nobody_waiting(shop, offered):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        offered(shop.url, "")  # what is loaded once is loaded
        began = time.monotonic()
        assert [] == offered(f"http://127.0.0.1:{silent.getsockname()[1]}/shop", "")
        assert time.monotonic() - began < 10 * completion_values.BOUND  # for ever, without a bound


@pytest.mark.parametrize("url", ["", "nowhere", "http://127.0.0.1:9/shop", "http://[", "ftp://host/shop"])
def test_an_address_of_no_service_offers_nothing_and_says_nothing(shop, offered, url, capfd):
    assert ([], ("", "")) == (offered(url, ""), tuple(capfd.readouterr()))


@pytest.mark.parametrize("spoilt", ["", "http://x\n{", "http://x\n[]", "http://x\n{}"])
def test_a_spoilt_file_of_the_cache_is_no_trouble(shop, offered, spoilt):
    offered(shop.url, "p")
    completion_values._path(shop.url).write_text(spoilt)
    assert offered(shop.url, "p") in ([], ["price"])


def test_the_newest_services_alone_are_kept(shop, offered, make):
    for number in range(completion_values.KEPT + 3):
        completion_values.remember(f"http://127.0.0.1/{number}", make.shop)
        grown(f"http://127.0.0.1/{number}", 1000 - number)
    assert completion_values.KEPT >= len(list(completion_values.directory().iterdir())) - 1
    assert f"http://127.0.0.1/{completion_values.KEPT + 2}" == offered("http")[0]


@pytest.mark.parametrize(
    ("line", "words", "typed", "kept", "quote"),
    [
        ("parvis ", ["parvis"], "", "", ""),
        ("parvis call http://x:1/s", ["parvis", "call"], "http://x:1/s", "http://x:", ""),
        ("parvis a=b", ["parvis"], "a=b", "a=", ""),
        ("parvis a:=@b", ["parvis"], "a:=@b", "a:=", ""),
        ('parvis a\\ b \'c d\' "e\\"f" g', ["parvis", "a b", "c d", 'e"f'], "g", "", ""),
        ("parvis 'a=b c", ["parvis"], "a=b c", "", "'"),
        ('parvis a="b c', ["parvis"], "a=b c", "a=", '"'),
        ("parvis '' ", ["parvis", ""], "", "", ""),
        ("parvis a\\", ["parvis"], "a", "", ""),
    ],
)
def test_a_line_is_taken_apart_as_bash_does(line, words, typed, kept, quote):
    found = read_line(line, BREAKS)
    assert (words, typed, kept, quote) == (found.words, found.typed, found.kept, found.quote)


PARVIS = Path(sys.executable).with_name("parvis")
READY = "all-is-loaded"
SHELL = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(parvis completion bash)"; PS1="> "'),
    "zsh": (["zsh", "-f", "-i"],
            'autoload -Uz compinit; compinit -u -D; eval "$(parvis completion zsh)"; PROMPT="> "; unsetopt beep'),
    "fish": (["fish", "--no-config", "-i"], "parvis completion fish | source"),
}  # fmt: skip
"""Each shell with nobody's settings, and what a user writes into theirs."""


def needs(shell: str) -> Any:
    why = f"there is no {shell} here: `apt install {shell}`"
    return pytest.param(shell, marks=pytest.mark.skipif(shutil.which(shell) is None, reason=why))


class Typing:
    """A shell at a terminal, at which somebody types."""

    def __init__(self, shell: str, home: Path) -> None:
        command, load = SHELL[shell]
        environment = {**os.environ, "PATH": f"{PARVIS.parent}:{os.environ['PATH']}", "HOME": str(home), "TERM": "dumb",
                       "COLUMNS": "200", "HISTFILE": "/dev/null", "XDG_CONFIG_HOME": str(home)}  # fmt: skip
        environment.pop("PROMPT_COMMAND", None)
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execvpe(command[0], command, environment)
        self._seen = ""
        # What is echoed is not what is printed: its halves stand apart.
        self.type(f"{load}; echo {READY[:4]}''{READY[4:]}\n", READY)

    def type(self, keys: str, until: str) -> str:
        """Press keys, and give what comes up to an expected text."""
        os.write(self._terminal, keys.encode())
        deadline = time.monotonic() + 20
        while until not in self._seen:
            assert time.monotonic() < deadline, f"{until!r} is not in {self._seen!r}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                part = os.read(self._terminal, 65536).decode(errors="replace")
                self._seen += part
                if "\x1b[c" in part or "\x1b[0c" in part:  # which terminal is it?
                    os.write(self._terminal, b"\x1b[?62c")
        before, _, self._seen = self._seen.partition(until)
        return before + until

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, 9)
        os.waitpid(self._process, 0)
        os.close(self._terminal)


@pytest.fixture
def at(shop, tmp_path):
    opened: list[Typing] = []

    def at(shell: str) -> Typing:
        opened.append(Typing(shell, tmp_path))
        return opened[-1]

    yield at
    for typing in opened:
        typing.close()


@pytest.mark.parametrize("shell", [needs("bash"), needs("zsh")])
def test_a_whole_call_is_typed_with_the_tabulator(shop, at, shell):
    typing = at(shell)
    typing.type("parvis cal\t", "parvis call ")
    typing.type(f"{shop.url} pri\t", "price ")
    typing.type("it\t", "item=")
    typing.type("te\t", "tea ")
    typing.type("color=s\t", "sea\\ blue ")
    typing.type("gift=t\t", "true ")
    shop.operations["price"] = lambda **given: given
    typing.type("--json '{}'\n", '"gift": ')
    assert b'{"item":"tea","color":"sea blue","gift":true}' == shop.seen[-1][3]


@pytest.mark.parametrize("shell", [needs("bash"), needs("zsh")])
def test_what_holds_a_colon_or_a_sign_of_the_shell_is_completed_and_quoted(shop, at, shell, tmp_path):
    typing = at(shell)
    typing.type(f"parvis call {shop.url} price item=a\t", "item=a:b ")
    typing.type("\x15parvis call ht\t", f"{shop.url} ")
    typing.type("price item=\\$\t", r"item=\$\(touch\ pwned\) ")
    shop.operations["price"] = lambda **given: "done"
    typing.type("\n", '"done"')
    assert (b'{"item":"$(touch pwned)"}', False) == (shop.seen[-1][3], (tmp_path / "pwned").exists())


@pytest.mark.parametrize("shell", [needs("bash"), needs("zsh")])
def test_a_file_and_a_word_in_quotes_are_completed(shop, at, shell):
    typing = at(shell)
    typing.type(f"parvis call {shop.url} orders.create photo=@al\t", "album/")
    typing.type(f"\x15parvis call {shop.url} orders.create photo=@a\\ p\t", "a\\ photo.png ")
    typing.type(f"\x15parvis call {shop.url} price 'color=s\t", "'color=sea blue'")


@pytest.mark.parametrize("shell", [needs("fish")])
def test_fish_offers_the_same(shop, shell, tmp_path):
    lines = [
        "parvis cal", f"parvis call {shop.url} pri", f"parvis call {shop.url} price it",
        f"parvis call {shop.url} price item=", f"parvis call {shop.url} orders.create photo=@a", "parvis call ht",
    ]  # fmt: skip
    asked = "; ".join(f"complete -C '{line}'" for line in lines)
    environment = {**os.environ, "PATH": f"{PARVIS.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"parvis completion fish | source; {asked}"], env=environment, timeout=60,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ("", [
        f"call\t{COMMANDS['call'][2]}", "price\tThe price: in euros.",
        f"item=\tLiteral['tea', 'a:b', {EVIL!r}, '\\x1b[2J']  What is bought.",
        "item=tea", "item=a:b", f"item={EVIL}", "photo=@a photo.png", "photo=@album/", shop.url,
    ]) == (done.stderr, done.stdout.splitlines())  # fmt: skip
