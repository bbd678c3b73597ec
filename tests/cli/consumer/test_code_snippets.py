"""What ``parvis call --curl`` and ``--python`` print is run, and compared on the wire with the call itself."""

import ast
import base64
import io
import json
import shutil
import subprocess
from typing import Any
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from parvis.cli import main
from parvis.client import keyring
from parvis.client.keyring import SavedKey
from parvis.contract.model import Contract, Default, Field, TypeDef

KEY = "pv_live_of_nobody"


@pytest.fixture
def shop(wire, make, monkeypatch, tmp_path):
    """A service whose operations answer with nothing, and a directory with a photo in it."""
    p, one = make.parameter, {"default": Default("1", 1)}
    odd = p("odd", "float", "positional_only", default=Default("__import__('os').abort()", exact=False))
    contract = Contract(
        "shop",
        (
            make.operation("price", p("item", "str"), p("vat", "float", simple=True, **one), returns="None"),
            make.operation("ticks", p("count", "int"), returns="int", stream=True),
            make.operation("orders.get", p("id", "int", "positional_only"), p("full", "bool", "positional_only", **one),
                           p("note", "str", **one), returns="None"),
            make.operation("orders.create", p("items", "list[Item]"), p("more", "dict[str, Any]", **one),
                           returns="None"),
            make.operation("take", p("file", "BinaryIO"), p("name", "str", simple=True, **one),
                           p("tags", "dict[str, int]", **one), returns="None"),
            make.operation("seal", p("data", "bytes"), p("name", "str", simple=True, **one), returns="None"),
            make.operation("parvis", returns="None"),
            make.operation("strange", odd, p("last", "int", "positional_only", **one), returns="None"),
        ),
        types=(TypeDef("Item", "dataclass", (Field("name", "str"),)),),
    )  # fmt: skip
    wire.contracts = {"/shop": contract, "/shop/v1": contract}
    wire.operations = {operation.name: lambda **_: None for operation in contract.operations}
    wire.operations["ticks"] = lambda count: iter(range(count))
    for path in ("take", "seal", "take?name=a+b", "seal?name=a+b"):
        wire.raw[f"/shop/v1/{path}"] = lambda handler: handler.send(200, b"null")
    (tmp_path / "photo [1].png").write_bytes(b"\xff\xfe?")
    (tmp_path / "items.json").write_text('[{"name": "tea"}]')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return wire


def command(*words: str, **variables: str | None) -> Any:
    return CliRunner().invoke(main, ["call", *words], env=variables, catch_exceptions=False)


def sent(wire: Any) -> tuple[Any, ...]:
    """What the last call means: bytes that went as they are mean what their base64 does."""
    _, path, headers, body = wire.seen[-1]
    path, _, query = path.partition("?")
    arguments = {name: values[0] for name, values in parse_qs(query).items()}
    if headers["content-type"] == "application/json":
        arguments = json.loads(body)
    else:
        arguments["data" if path.endswith("seal") else "file"] = base64.urlsafe_b64encode(body).decode()
    return path, headers.get("authorization"), headers.get("accept-language"), arguments


CALLS = [
    ("price", "item=tea"),
    ("price", 'item=it\'s "good" \\ $HOME `id` é\u202e\x9b\n', "vat=-0.50"),
    ("price", "item=@items.json"),
    ("price", "--json", '{"item": "tea", "later": [1.50, null, true, {"a b": "c"}]}'),
    ("ticks", "count=2"),
    ("orders.get", "id=3"),
    ("orders.get", "id=3", "note=x"),
    ("orders.get", "id=3", "full=true", "note=x"),
    ("orders.create", "items:=@items.json", 'more:={"a": [1, 2.50, null, false]}'),
    ("take", "file=@photo [1].png"),
    ("take", "file=@photo [1].png", "name=a b"),
    ("seal", "data=@photo [1].png", "name=a b"),
    ("take", "file=@photo [1].png", 'tags:={"a":1}'),
    ("seal", "data=__4_"),
    ("take", "file=__4_"),
    ("parvis",),
]


@pytest.mark.parametrize("words", CALLS, ids=lambda words: " ".join(words)[:40])
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_command_of_curl_makes_the_same_call(shop, words, monkeypatch):
    monkeypatch.setenv("PARVIS_KEY", KEY)
    assert 0 == command(shop.url, *words).exit_code
    expected = sent(shop)
    written = command(shop.url, "--curl", *words)
    assert (0, "", False) == (written.exit_code, written.stderr, KEY in written.stdout)
    subprocess.run(["sh", "-c", written.stdout], capture_output=True, timeout=10, check=True)
    assert expected == sent(shop)


@pytest.mark.parametrize("words", CALLS, ids=lambda words: " ".join(words)[:40])
def test_the_program_in_python_makes_the_same_call(shop, words, monkeypatch):
    monkeypatch.setenv("PARVIS_KEY", KEY)
    assert 0 == command(shop.url, *words).exit_code
    expected = sent(shop)
    written = command(shop.url, "--python", *words)
    assert (0, "", False) == (written.exit_code, written.stderr, KEY in written.stdout)
    if "later" in str(words):  # is for the server to refuse, or to know; in Python it is no parameter
        with pytest.raises(TypeError, match="later"):
            exec(written.stdout, {})
    else:
        shop.seen.clear()
        ran(written.stdout)
        assert expected == sent(shop)


def ran(program: str) -> str:
    """What a program prints, run here."""
    shown = io.StringIO()
    names: dict[str, Any] = {"print": lambda value: shown.write(f"{value}\n")}
    exec(program, names)
    next(value for name, value in names.items() if name in ("shop", "parvis_")).parvis.close()
    return shown.getvalue()


def test_the_items_of_a_stream_are_printed_one_by_one(shop):
    written = command(shop.url, "--python", "ticks", "count=2").stdout
    assert written.endswith("for item in shop.ticks(count=2):\n    print(item)\n")
    assert "0\n1\n" == ran(written)
    assert "-N" in command(shop.url, "--curl", "ticks", "count=2").stdout.split()


def test_nothing_is_called_and_nothing_of_standard_input_read(shop):
    shop.seen.clear()
    for how in ("--curl", "--python"):
        written = CliRunner().invoke(main, ["call", shop.url, how, "take", "file=@-"], input="typed")
        assert ("-T -" if how == "--curl" else "sys.stdin.buffer") in written.stdout
    assert {"/shop/contract.json"} == {path for _, path, _, _ in shop.seen}


def test_a_key_stands_in_it_by_its_variable_alone(shop):
    curl = command(shop.url, "--curl", "--key", KEY, "price", "item=tea")
    assert curl.stdout.startswith('curl -H "Authorization: Bearer $PARVIS_KEY" --json')
    assert "Set PARVIS_KEY to your key.\n" == curl.stderr
    python = command(shop.url, "--python", "--key", KEY, "price", "item=tea").stdout
    assert ("import os\n\nimport parvis\n", True) == (python[:25], 'key=os.environ["PARVIS_KEY"]' in python)
    assert False is (KEY in curl.stdout + python)


def test_a_kept_key_is_found_by_python_itself_and_said_for_curl(shop):
    keyring.save(shop.origin, SavedKey("k1", KEY))
    assert f'shop = parvis.connect("{shop.url}")\n' in command(shop.url, "--python", "price", "item=tea").stdout
    curl = command(shop.url, "--curl", "price", "item=tea")
    assert (True, False) == ("$PARVIS_KEY" in curl.stdout, KEY in curl.stdout)
    assert f"Set PARVIS_KEY to your key: it is in {keyring.path()}.\n" == curl.stderr


def test_without_a_key_none_is_said(shop, monkeypatch):
    monkeypatch.setenv("PARVIS_KEY", KEY)
    assert "KEY" not in command(shop.url, "--curl", "--key", "", "price", "item=tea").stdout
    assert 'key=""' in command(shop.url, "--python", "--key", "", "price", "item=tea").stdout


def test_time_and_language_that_were_said_stand_in_it(shop):
    words = ("--timeout", "2.5", "--language", "fr", "price", "item=tea")
    assert "curl -m 2.5 -H 'Accept-Language: fr' --json" in command(shop.url, "--curl", *words).stdout
    assert 'language="fr", timeout=2.5)' in command(shop.url, "--python", *words).stdout


def test_code_from_a_contract_is_no_code_in_it(shop):
    result = command(shop.url, "--python", "strange", "last=2")
    assert (2, "", True) == (result.exit_code, result.stdout, "odd stands before what is given" in result.stderr)


@pytest.mark.parametrize("service", ["parvis", "print", "os", "shop"])
def test_the_name_of_a_service_hides_nothing_of_the_program(shop, make, service):
    contract = Contract(service, (make.operation("price", returns="None"),))
    shop.contracts[f"/{service}"] = contract
    written = command(f"{shop.origin}/{service}", "--python", "price").stdout
    (name,) = (n.targets[0].id for n in ast.walk(ast.parse(written)) if isinstance(n, ast.Assign))
    assert (service if service == "shop" else f"{service}_") == name


def test_what_a_terminal_would_obey_is_escaped(shop):
    for how in ("--curl", "--python"):
        written = command(shop.url, how, "price", "item=\x1b[2J\x9b\u202e").stdout.strip()
        assert True is all(c.isprintable() or c == "\n" for c in written)
