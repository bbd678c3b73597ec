"""The way of a call can be read: from the socket to the method and back in few files, those that CONTRIBUTING names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from served import environment

ROOT = Path(__file__).parents[2]
MOST = 20

# Traced is the thread of the server; who asks is a bare socket in another.
SCRIPT = """
import asyncio, json, socket, sys, tempfile, threading
from pathlib import Path

import parvis

root = f"{Path(parvis.__file__).parent}/"
entered, tracing = {}, False


def trace(frame, event, _):
    name = frame.f_code.co_filename
    if tracing and event == "call" and name.startswith(root):
        entered[name.removeprefix(root)] = None


threading.setprofile(trace)

from parvis.access.keys import mint
from parvis.assembly.launch import Secrets
from parvis.assembly.server import server
from parvis.facade.compile import compile_facade
from parvis.facade.options import Options
from parvis.facade.target import load
from parvis.server.logs import Log
from parvis.server.process.connections import ConnectionBounds
from parvis.server.process.worker import Serving, Taking
from parvis.settings import read
from parvis.store.queries import accounts, keys
from parvis.store.records import AccountRecord, KeyRecord


class Shop:
    def get_price(self, item: str, count: int = 1) -> float:
        return 3.5 * count


key = mint("live")
listening = socket.create_server(("127.0.0.1", 0))
ready = threading.Event()


async def serve():
    with tempfile.TemporaryDirectory() as folder:
        made = await server(
            [compile_facade(load(Shop), Options(run={"*": "inline"}))], read({"data": folder}, environment={}),
            url="", hosts=None, secrets=Secrets(), log=Log(2, terminal=False), run_key=False,
        )
        await made.application.open()
        store, credentials = made.context.store, made.context.credentials
        await store.change(None, accounts.add, AccountRecord("acc_ada", "a@example.org", "Ada", "", 1, approved_at=1))
        record = KeyRecord(key.id, "acc_ada", "", None, key.digest, False, 1)
        await credentials.change_key(key.id, None, keys.add, record)
        taking = Taking(Serving(made.application, ConnectionBounds(), print), [listening])
        ready.set()
        await asyncio.sleep(30)


threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
assert ready.wait(20)
with socket.create_connection(listening.getsockname()) as line:
    for last in (False, False, True):  # by the third, what is found out once is known
        tracing = last
        line.sendall(
            b"GET /shop/v1/get_price?item=tea HTTP/1.1\\\\r\\\\nHost: localhost\\\\r\\\\nAccept: */*\\\\r\\\\n"
            b"Authorization: Bearer " + key.text.encode() + b"\\\\r\\\\n\\\\r\\\\n"
        )
        answer = line.recv(65536)
        while not answer.endswith(b"\\\\r\\\\n\\\\r\\\\n3.5"):
            answer += line.recv(65536)
    tracing = False
assert answer.startswith(b"HTTP/1.1 200") and b"ratelimit:" in answer
print(json.dumps(list(entered)))
""".replace("\\\\", "\\")


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The files of ours that a guarded ``GET`` enters, in the order in which it does."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path_factory.mktemp("way"), env=environment(), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    files: list[str] = json.loads(done.stdout.splitlines()[-1])
    return files


def test_a_guarded_get_enters_few_files_from_the_socket_to_the_method_and_back(entered: list[str]) -> None:
    assert len(entered) <= MOST, "\n".join(entered)


def test_the_page_for_newcomers_names_the_steps_in_their_order(entered: list[str]) -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    way = page[page.index("## The way of a call") : page.index("## How to write")]
    listed = re.search(r"```text\n(find .*?)```", way, re.DOTALL)
    assert listed is not None
    steps = [line.split()[:2] for line in listed[1].splitlines()]
    assert all((ROOT / "src" / "parvis" / file).exists() for _, file in steps)
    known = re.findall(r"^    (\w+)  ", (ROOT / "src/parvis/server/pipeline.py").read_text(), re.MULTILINE)
    assert known == [step for step, _ in steps]
    assert set(entered) <= set(re.findall(r"`((?:\w+/)+\w+\.py)`", way)) | {file for _, file in steps}
