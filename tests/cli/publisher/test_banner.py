"""The banner says who may register and what they get."""

from __future__ import annotations

from typing import Any

import pytest

from parvis.access.plans import DEFAULT, Plan
from parvis.assembly.server import Start
from parvis.cli.publisher.banner import _access
from parvis.console.email.message import MemoryMailer
from parvis.console.registration import Registration

UNVERIFIED = ", e-mails are not verified (`smtp` is not set)"


@pytest.mark.parametrize(
    ("mode", "mailer", "told"),
    [
        ("open", None, "open to everybody" + UNVERIFIED),
        ("open", MemoryMailer(), "open to everybody; live keys when the e-mail is verified by letter"),
        ("approval", None, "open; live keys when the operator approves the account" + UNVERIFIED),
        ("approval", MemoryMailer(),
         "open; live keys when the operator approves the account, e-mails are verified by letter"),
        ("closed", None, "closed; the operator makes accounts" + UNVERIFIED),
        ("closed", MemoryMailer(), "closed; the operator makes accounts, e-mails are verified by letter"),
    ],
)  # fmt: skip
def test_the_banner_says_who_may_register_and_whether_e_mails_are_verified(mode: Any, mailer: Any, told: str) -> None:
    start = Start(operator_set=True, plan=DEFAULT, registration=Registration(mode, mailer))
    assert f"  Register  {told}" == _access(start)[0]


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (DEFAULT, "10 calls a second (burst 50), 10,000 a day, 5 keys"),
        (Plan("p", ("*",), rate=None, burst=1, concurrent=None, day=None, month=9_000, keys=1),
         "no rate limit, 9,000 a month, 1 key"),
    ],
)  # fmt: skip
def test_the_banner_says_what_the_default_plan_gives(plan: Plan, told: str) -> None:
    start = Start(operator_set=True, plan=plan, registration=Registration())
    assert f"  Plan      {told}" == _access(start)[1]
