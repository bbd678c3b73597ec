"""The pages reach the console as any caller does, and what a person looks at there uses nothing up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from guarded import Guarded
from parvis.access.clock import ManualClock
from parvis.access.console import ANONYMOUS
from parvis.access.credential import Credential
from parvis.access.rights import Rights
from parvis.contract.outcomes import Refusal
from parvis.server.request import Request

FORM = {"content-type": "application/x-www-form-urlencoded"}
ADA = {"name": "Ada", "email": "ada@example.org", "password": "an honest passphrase"}


class Shop:
    def price(self, item: str) -> float:
        return 1.5


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    clock = ManualClock()  # which stands still, so that no rate fills up meanwhile
    monkeypatch.setattr("parvis.assembly.server.SystemClock", lambda: clock)
    made = Guarded(Shop, tmp_path, name="shop")
    yield made
    made.close()


def test_a_form_is_a_call_with_a_line_in_the_log_the_visitor_s_rights_and_the_audit(
    server: Guarded, tmp_path: Path
) -> None:
    answer = server.ask("POST", "/register", urlencode(ADA).encode(), headers=FORM, client="192.0.2.9")
    assert 201 == answer.status
    server.host.guards.log.flush()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    calls = [(x["method"], x["operation"], x["status"]) for x in lines if x["event"] == "call" and x["operation"]]
    assert [("PAGE", "parvis.accounts.create", 200), ("PAGE", "parvis.keys.create", 200)] == calls
    assert ["account.created", "key.created"] == [x["act"] for x in lines if x["event"] == "audit"]


def test_a_form_has_the_visitor_s_limits_and_says_what_is_wrong_in_their_language(server: Guarded) -> None:
    statuses = [
        server.ask("POST", "/verify", b"token=none", headers=FORM, client="192.0.2.9").status for _ in range(101)
    ]
    assert {403} == set(statuses[:100])
    assert 429 == statuses[100]
    assert 403 == server.ask("POST", "/verify", b"token=none", headers=FORM, client="192.0.2.10").status
    french = server.ask("POST", "/verify?lang=fr", b"token=none", headers=FORM, client="192.0.2.11")
    assert 'lang="fr"' in french.body.decode()


def test_what_a_person_looks_at_uses_nothing_of_what_their_programs_may(server: Guarded) -> None:
    admission = server.host.guards.admission
    assert admission is not None
    ada = Credential("k1", "password", "acc_ada", Rights.of(("parvis.*",)))
    looks = Request("r", "PAGE", "", session=True)
    for _ in range(100):
        admission.aside(looks, ada, read=True)
    with pytest.raises(Refusal, match="rate-limited"):
        admission.aside(looks, ada, read=True)
    for _ in range(100):  # as many as before anybody looked
        admission.aside(Request("r", "GET", ""), ada, read=True)
    admission.aside(Request("r", "GET", "", address="192.0.2.1"), ANONYMOUS, read=True)
