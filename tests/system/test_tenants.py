"""Two tenants of one unchanged façade cannot see each other, whatever they ask and in whatever order."""

from __future__ import annotations

import http.client
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parvis
from served import Served
from wire import plan

HERE = Path(__file__).parent / "tenants"
BIND = tomllib.loads((HERE / "parvis.toml").read_text())["service"]["notes"]["bind"]


def ask(
    served: Served, method: str, path: str, body: bytes | None = None, *, key: str = "",
    headers: list[tuple[str, str]] | None = None,
) -> tuple[int, Any]:  # fmt: skip
    """One request, written as it is given."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.putrequest(method, path)
        for name, value in [*([("Authorization", f"Bearer {key}")] if key else []), *(headers or [])]:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


@dataclass
class Tenant:
    """One account, its key, its client, and what it must find."""

    account: str
    key: str
    client: Any
    notes: dict[int, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("tenants") / "data"
    with Served("notes:Notes", cwd=HERE, data=data) as running:
        plan(data, rate=1_000_000, burst=1_000_000)
        yield running


@pytest.fixture(scope="module")
def tenants(served: Served) -> Iterator[list[Tenant]]:
    """Two accounts, registered as strangers register."""
    found: list[Tenant] = []
    for name in ("ada", "bob"):
        email, password = f"{name}@example.org", f"a long password for {name}"
        account = {"email": email, "password": password, "name": name}
        status, made = ask(served, "POST", "/parvis/v1/accounts", json.dumps(account).encode())
        assert 201 == status
        with parvis.connect(f"{served.url}/parvis/v1", auth=(email, password)) as console:
            key = console.keys.create("test").secret
        found.append(Tenant(made["id"], key, parvis.connect(f"{served.url}/notes", key=key)))
    yield found
    for tenant in found:
        tenant.client.parvis.close()


def texts(notes: Any) -> dict[int, str]:
    return {note.id: note.text for note in notes}


def step(who: Tenant, everybody: list[Tenant], action: str, number: int, text: str) -> None:
    """One call, and what must come of it: what others have is as if it were not there."""
    client, own = who.client, who.notes
    known = sorted(id for tenant in everybody for id in tenant.notes) or [1]
    id = known[number % len(known)]
    if action == "create":
        made = client.shelf.create(text)
        assert text == made.text
        assert all(made.id not in tenant.notes for tenant in everybody)
        own[made.id] = text
    elif action == "list":
        assert own == texts(client.shelf.list())
    elif action == "search":
        assert {i: t for i, t in own.items() if text in t} == texts(client.search(text))
    elif action == "count":
        assert len(own) == client.count()
    elif action == "export":
        assert own == texts(client.export())
    elif action == "digest":
        assert " ".join(own.values()) == client.digest()
    elif id not in own:
        call = {
            "get": lambda: client.shelf.get(id), "update": lambda: client.shelf.update(id, text),
            "delete": lambda: client.shelf.delete(id), "append": lambda: client.shelf.append(id, text),
        }[action]  # fmt: skip
        with pytest.raises(KeyError):
            call()
    elif action == "get":
        assert own[id] == client.shelf.get(id).text
    elif action == "update":
        own[id] = client.shelf.update(id, text).text
    elif action == "delete":
        client.shelf.delete(id)
        del own[id]
    else:
        own[id] += text
        assert own[id] == client.shelf.append(id, text).text


steps = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(
            ["create", "create", "get", "list", "update", "delete", "append", "search", "count", "export", "digest"]
        ),
        st.integers(0, 20),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=4),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_in_whatever_order_they_call_each_finds_its_own(tenants: list[Tenant], calls: Any) -> None:
    for number, action, place, text in calls:
        step(tenants[number], tenants, action, place, text)
    for tenant in tenants:
        assert tenant.notes == texts(tenant.client.shelf.list())


# By hand, with what no client sends


@pytest.fixture
def note(tenants: list[Tenant]) -> Iterator[int]:
    """A note of Ada's that Bob would like to have."""
    ada, _ = tenants
    id = ada.client.shelf.create("of Ada").id
    yield id
    assert "of Ada" == ada.client.shelf.get(id).text
    ada.client.shelf.delete(id)


def attempts(account: str, id: int) -> list[tuple[str, str, bytes | None]]:
    """Requests by which Bob says that he is Ada."""
    owner = json.dumps(account).encode()
    query = f"owner={account}"
    at = "/notes/v1"
    return [
        ("POST", f"{at}/search", b'{"owner": %s}' % owner),
        ("POST", f"{at}/search", b'{"word": "", "owner": %s}' % owner),
        ("POST", f"{at}/search", b'{"\\u006fwner": %s}' % owner),
        ("POST", f"{at}/search", '{"\uff4fwner": %s}'.encode() % owner),
        ("POST", f"{at}/search", b'{"owner": "x", "owner": %s}' % owner),
        ("POST", f"{at}/search?{query}", b"{}"),
        ("GET", f"{at}/search?{query}", None),
        ("GET", f"{at}/search?word=&{query}", None),
        ("GET", f"{at}/search?%6fwner={account}", None),
        ("GET", f"{at}/search?{query}&{query}", None),
        ("GET", f"{at}/count?{query}", None),
        ("POST", f"{at}/digest", b'{"owner": %s}' % owner),
        ("POST", f"{at}/export", b'{"owner": %s}' % owner),
        ("GET", f"{at}/shelf?{query}", None),
        ("GET", f"{at}/shelf/{id}", None),
        ("GET", f"{at}/shelf/{id}?{query}", None),
        ("GET", f"{at}/shelf/{account}", None),
        ("GET", f"{at}/shelf/{account}/{id}", None),
        ("POST", f"{at}/shelf.get", b'{"id": %d}' % id),
        ("POST", f"{at}/shelf.get", b'{"owner": %s, "id": %d}' % (owner, id)),
        ("PATCH", f"{at}/shelf/{id}", b'{"text": "of Bob", "owner": %s}' % owner),
        ("PATCH", f"{at}/shelf/{id}", b'{"text": "of Bob"}'),
        ("DELETE", f"{at}/shelf/{id}", None),
        ("DELETE", f"{at}/shelf/{id}?{query}", None),
        ("POST", f"{at}/shelf/{id}/append", b'{"more": "!"}'),
        ("POST", f"{at}/shelf/{id}/append", b'{"more": "!", "owner": %s}' % owner),
        ("POST", f"{at}/shelf/{account}/append", b'{"more": "!"}'),
        ("POST", f"{at}/shelf", b'{"text": "x", "owner": %s}' % owner),
    ]


def test_no_words_of_a_caller_make_it_another(served: Served, tenants: list[Tenant], note: int) -> None:
    ada, bob = tenants
    before = texts(bob.client.shelf.list())
    headers = [("X-Owner", ada.account), ("Owner", ada.account), ("X-Forwarded-User", ada.account)]
    for method, path, body in attempts(ada.account, note):
        status, answer = ask(served, method, path, body, key=bob.key, headers=headers)
        assert 400 <= status < 500, (method, path, body, status, answer)
        assert "of Ada" not in json.dumps(answer)
    assert before == texts(bob.client.shelf.list())


def test_every_address_without_an_owner_gives_bob_what_is_bob_s(
    served: Served, tenants: list[Tenant], note: int
) -> None:
    _, bob = tenants
    for path in ("/notes/v1/shelf", "/notes/v1/search", "/notes/v1/search?word=of"):
        status, answer = ask(served, "GET", path, key=bob.key)
        assert (200, []) == (status, [each for each in answer if each["id"] == note])


def test_who_has_no_account_has_no_notes(served: Served, tenants: list[Tenant], note: int) -> None:
    assert (401, "key-missing") == ((answer := ask(served, "GET", "/notes/v1/shelf"))[0], answer[1]["code"])
    # The test key of this run is nobody's, and is served as somebody else.
    assert (200, []) == ask(served, "GET", "/notes/v1/shelf", key=served.key)


def test_the_contract_and_the_documents_do_not_speak_of_owners(served: Served) -> None:
    for path in ("/notes/contract.json", "/notes/v1/openapi.json", "/notes/v1/openapi.json?version=3.0"):
        status, document = ask(served, "GET", path)
        assert 200 == status
        assert "owner" not in json.dumps(document).replace("notes of one owner", "").replace("each its owner's", "")


def test_a_header_may_be_overridden_where_the_settings_say_so(served: Served, tenants: list[Tenant]) -> None:
    key = tenants[0].key
    tone = "/notes/v1/tone"
    assert (200, "plain") == ask(served, "GET", tone, key=key)
    assert (200, "warm") == ask(served, "GET", tone, key=key, headers=[("X-Tone", "warm")])
    assert (200, "dry") == ask(served, "GET", f"{tone}?tone=dry", key=key, headers=[("X-Tone", "warm")])
    assert (200, "dry") == ask(served, "POST", tone, b'{"tone": "dry"}', key=key, headers=[("X-Tone", "warm")])
    assert (200, "a, b") == ask(served, "GET", tone, key=key, headers=[("X-Tone", "a"), ("X-Tone", "b")])


def test_in_process_the_account_is_the_run_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import notes

    held = notes.Notes()
    held.shelf.create("acc_ada", "of Ada")
    with parvis.connect(parvis.Service(held, bind=BIND)) as client:
        assert [] == client.shelf.list()
        assert "mine" == client.shelf.create("mine").text
        assert [1, "mine", ["mine"]] == [client.count(), client.digest(), [n.text for n in client.export()]]
        with pytest.raises(KeyError):
            client.shelf.get(1)
    assert {"acc_ada", "run"} == set(held.shelf._notes)
