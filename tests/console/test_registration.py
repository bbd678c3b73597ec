"""Who may register, when an account may have live keys, and that nobody learns whose e-mail is known."""

import asyncio
import dataclasses

import pytest
from sqlalchemy import event

from console.conftest import ADDRESS, ANYBODY, OPERATOR, PASSWORD
from parvis.access import passwords
from parvis.contract.caller import Caller

pytestmark = pytest.mark.anyio

HOUR = 3600


def create(site, email="ada@example.org", *, name="Ada", language="en", caller=ANYBODY):
    return site.console.accounts.create(email, PASSWORD, name, language, caller=caller)


async def verified(site, email="ada@example.org"):
    """An account whose e-mail is verified, as the caller that its password makes."""
    made = await create(site, email)
    await site.console.accounts.verify(site.link(), caller=ANYBODY)
    return Caller("password", made.id)


def statements(site):
    """What the store is asked from now on, in order; parameters are left out."""
    asked = []
    engine = site.store._database._engine
    event.listen(engine, "before_cursor_execute", lambda c, cursor, text, *rest: asked.append(text))
    event.listen(engine, "commit", lambda connection: asked.append("COMMIT"))
    return asked


# Open, by approval, closed


async def test_where_registration_is_open_and_no_letters_go_out_an_account_is_whole_at_once(site):
    made = await create(site)

    assert (True, True, False) == (made.verified, made.live, made.suspended)
    assert (await site.key(Caller("password", made.id))).test is False


async def test_without_letters_a_known_e_mail_is_said_to_be_known(site, refuses):
    await create(site)

    await refuses("account-exists", create(site, "ADA@example.org"))


async def test_by_approval_an_account_has_test_keys_until_the_operator_approves_it(site_at, refuses):
    site = await site_at(mode="approval")
    made = await create(site)
    ada = Caller("password", made.id)

    assert not made.live
    await refuses("account-not-approved", site.key(ada))
    assert (await site.key(ada, test=True)).test
    approved = await site.console.accounts.approve(made.id, caller=OPERATOR)
    again = await site.console.accounts.approve(made.id, caller=OPERATOR)

    assert approved.live
    assert approved == again
    assert (await site.key(ada)).test is False
    assert 1 == (await site.acts()).count("account.approved")


async def test_by_approval_a_verified_e_mail_alone_gives_no_live_keys(site_at, refuses):
    site = await site_at(mode="approval", mail=True)
    ada = await verified(site)

    await refuses("account-not-approved", site.key(ada))
    assert (await site.console.accounts.approve(ada.account, caller=OPERATOR)).live
    assert "Your account is approved" == site.emails[-1].subject


async def test_an_approval_alone_gives_live_keys_and_tells_nobody_whose_e_mail_is_not_verified(site_at):
    site = await site_at(mode="approval", mail=True)
    made = await create(site)

    approved = await site.console.accounts.approve(made.id, caller=OPERATOR)

    assert (True, False) == (approved.live, approved.verified)
    assert ["Confirm your e-mail address"] == [letter.subject for letter in site.emails]
    assert not (await site.key(Caller("password", made.id))).test


async def test_where_it_is_open_a_verified_e_mail_gives_live_keys(mailed, refuses):
    made = await create(mailed)
    ada = Caller("password", made.id)

    assert (False, False) == (made.verified, made.live)
    await refuses("account-not-approved", mailed.key(ada))
    assert (await mailed.key(ada, test=True)).test
    now = await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)

    assert (made.id, True, True) == (now.id, now.verified, now.live)
    assert not (await mailed.key(ada)).test


async def test_where_it_is_closed_the_operator_alone_makes_accounts(site_at, refuses):
    site = await site_at(mode="closed", mail=True)

    for kind in ("anonymous", "password", "key", "token"):
        await refuses("registration-closed", create(site, caller=Caller(kind, "acc_1", "k1")))
    made = await create(site, caller=OPERATOR)

    assert (True, True) == (made.verified, made.live)
    assert [] == site.emails
    assert "password" == (await site.login.authenticate("ada@example.org", PASSWORD, ADDRESS)).kind


async def test_nobody_hashes_where_nobody_may_register(site_at, refuses, monkeypatch):
    site = await site_at(mode="closed")
    monkeypatch.setattr(passwords, "hash_password", lambda password: pytest.fail("it was hashed"))

    await refuses("registration-closed", create(site))


# What a letter tells, and nothing else


async def test_a_known_and_an_unknown_e_mail_get_the_same_answer(mailed):
    await verified(mailed)

    unknown, known = await create(mailed, "bob@example.org"), await create(mailed, "Ada@example.org")
    shown = [dataclasses.asdict(made) for made in (unknown, known)]

    assert ["bob@example.org", "Ada@example.org"] == [each.pop("email") for each in shown]
    assert shown[0].pop("id") != shown[1].pop("id")
    assert shown[0] == shown[1]


async def test_registering_asks_the_store_the_same_for_a_known_and_an_unknown_e_mail(mailed):
    await verified(mailed)
    asked = statements(mailed)

    await create(mailed, "bob@example.org")
    unknown, asked[:] = list(asked), []
    await create(mailed)

    assert unknown == asked
    assert 3 <= unknown.count("COMMIT")


async def test_asking_for_a_reset_writes_for_an_unknown_e_mail_as_for_a_known_one(mailed):
    await verified(mailed)
    asked = statements(mailed)

    await mailed.console.accounts.request_reset("bob@example.org", caller=ANYBODY)
    unknown, asked[:] = list(asked), []
    await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)

    def shape(texts):
        return [text.split()[0] for text in texts if not text.startswith(("BEGIN", "DELETE"))]

    assert ["SELECT", "COMMIT", "UPDATE", "COMMIT"] == shape(unknown)
    assert ["SELECT", "COMMIT", "INSERT", "COMMIT"] == shape(asked)


async def test_both_hash_once(mailed, monkeypatch):
    await verified(mailed)
    hashed, real = [], passwords.hash_password
    monkeypatch.setattr(passwords, "hash_password", lambda password: hashed.append(password) or real(password))

    await create(mailed, "bob@example.org")
    await create(mailed)

    assert [PASSWORD, PASSWORD] == hashed


async def test_each_gets_one_letter_and_only_the_letter_differs(mailed):
    await verified(mailed)
    mailed.emails.clear()

    await create(mailed, "bob@example.org")
    await create(mailed, "ADA@example.org")

    assert ["Confirm your e-mail address", "You already have an account"] == [m.subject for m in mailed.emails]
    assert ["bob@example.org", "ADA@example.org"] == [m.to for m in mailed.emails]
    assert "https://api.example.org/reset" in mailed.emails[1].text.splitlines()
    assert "?token=" not in mailed.emails[1].text


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Confirm your e-mail address"),
        ("fr", "Confirmez votre adresse e-mail"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "Confirmez votre adresse e-mail"),
        ("de,en;q=0.5", "Confirm your e-mail address"),
        ("", "Confirm your e-mail address"),
        ("xx" * 2000, "Confirm your e-mail address"),
    ],
)
async def test_letters_are_in_the_language_that_was_asked_for(mailed, language, subject):
    made = await create(mailed, language=language)

    assert subject == mailed.emails[0].subject
    assert ("fr" if subject.startswith("Confirmez") else "en") == (await mailed.account(made.id)).language


async def test_later_letters_are_in_the_same_language(mailed):
    await create(mailed, language="fr")
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)

    assert "Choisissez un nouveau mot de passe" == mailed.emails[-1].subject


# Until it is verified


async def test_an_unverified_account_logs_in_by_its_id_and_not_by_its_e_mail(mailed, refuses):
    made = await create(mailed)

    await refuses("password-wrong", mailed.login.authenticate("ada@example.org", PASSWORD, ADDRESS))
    assert made.id == (await mailed.login.authenticate(made.id, PASSWORD, ADDRESS)).account
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)

    assert made.id == (await mailed.login.authenticate("ADA@example.org", PASSWORD, ADDRESS)).account


async def test_a_link_verifies_once(mailed, refuses):
    await create(mailed)

    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    await refuses("mail-link-unknown", mailed.console.accounts.verify(mailed.link(), caller=ANYBODY))

    assert ["account.created", "account.verified"] == await mailed.acts()


async def test_of_many_who_use_a_link_at_once_one_verifies(mailed):
    await create(mailed)

    results = await asyncio.gather(
        *(mailed.console.accounts.verify(mailed.link(), caller=ANYBODY) for _ in range(4)), return_exceptions=True
    )

    assert ["mail-link-unknown"] * 3 == [e.outcome.code for e in results if isinstance(e, Exception)]


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "a" * 10_000])
async def test_what_is_no_link_verifies_nothing(mailed, refuses, token):
    await create(mailed)

    await refuses("mail-link-unknown", mailed.console.accounts.verify(token, caller=ANYBODY))


async def test_a_link_works_for_a_day(mailed, refuses):
    await create(mailed, "ada@example.org")
    await create(mailed, "bob@example.org")
    mailed.clock.advance(24 * HOUR - 1)
    await mailed.console.accounts.verify(mailed.link(0), caller=ANYBODY)
    mailed.clock.advance(1)

    await refuses("mail-link-unknown", mailed.console.accounts.verify(mailed.link(1), caller=ANYBODY))


async def test_a_link_for_one_purpose_is_none_for_the_other(mailed, refuses):
    await create(mailed)
    await refuses("mail-link-unknown", mailed.console.accounts.reset(mailed.link(), "another of hers", caller=ANYBODY))
    await mailed.console.accounts.verify(mailed.link(), caller=ANYBODY)
    await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)

    await refuses("mail-link-unknown", mailed.console.accounts.verify(mailed.link(), caller=ANYBODY))


async def test_an_e_mail_belongs_to_the_one_account_that_verified_it(mailed, refuses):
    first, second = await create(mailed), await create(mailed)
    assert first.id != second.id
    await mailed.console.accounts.verify(mailed.link(1), caller=ANYBODY)

    await refuses("mail-link-unknown", mailed.console.accounts.verify(mailed.link(0), caller=ANYBODY))
    found = await mailed.login.authenticate("ada@example.org", PASSWORD, ADDRESS)

    assert second.id == found.account
    assert not (await mailed.account(first.id)).owns_email


async def test_who_registers_somebody_else_s_e_mail_never_has_it(mailed, refuses):
    """Neither by registering first, nor after, nor by its keys, nor by a reset."""
    thief = await create(mailed, "ada@example.org", name="Mallory")
    ada = await verified(mailed)
    later = await create(mailed, "ada@example.org", name="Mallory")
    mailed.emails.clear()

    for id in (thief.id, later.id):
        assert not (await mailed.account(id)).owns_email
        await refuses("account-not-approved", mailed.key(Caller("password", id)))
    await mailed.console.accounts.request_reset("ada@example.org", caller=ANYBODY)
    await mailed.console.accounts.reset(mailed.link(), "ada's new one", caller=ANYBODY)

    assert ada.account == (await mailed.login.authenticate("ada@example.org", "ada's new one", ADDRESS)).account
    assert thief.id == (await mailed.login.authenticate(thief.id, PASSWORD, ADDRESS)).account


async def test_only_a_digest_of_a_link_is_kept(mailed):
    await create(mailed)

    rows = str(await mailed.everything())

    assert mailed.link() not in rows


# Sign-ups


async def test_so_many_sign_ups_an_hour_come_from_one_block_of_addresses(site_at, refuses):
    site = await site_at(sign_ups=2)
    for number, address in enumerate(["198.51.100.1", "198.51.100.200"]):
        await site.register(f"{number}@example.org", address=address)

    refusal = await refuses("too-many-sign-ups", site.register("2@example.org", address="198.51.100.3"))
    await site.register("3@example.org", address="198.51.101.1")
    site.clock.advance(HOUR)

    assert {"seconds": HOUR} == refusal.values
    await site.register("4@example.org", address="198.51.100.1")


async def test_of_ipv6_a_48_is_one_block(site_at, refuses):
    site = await site_at(sign_ups=1)
    await site.register("0@example.org", address="2001:db8:1:1::1")

    await refuses("too-many-sign-ups", site.register("1@example.org", address="2001:db8:1:ffff::1"))
    await site.register("2@example.org", address="2001:db8:2::1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", ""])
async def test_this_machine_has_no_bound(site_at, address):
    site = await site_at(sign_ups=1)

    for number in range(3):
        await site.register(f"{number}@example.org", address=address)


async def test_the_operator_has_no_bound_either(site_at):
    site = await site_at(sign_ups=1)

    for number in range(3):
        caller = Caller("operator", "acc_op", address=ADDRESS)
        await create(site, f"{number}@example.org", caller=caller)


async def test_what_is_wrong_with_the_arguments_is_no_sign_up(site_at, refuses):
    site = await site_at(sign_ups=1)

    await refuses("invalid-arguments", site.console.accounts.create("nobody", "short", caller=ANYBODY))
    await site.register()


async def test_nobody_hashes_for_a_sign_up_too_many(site_at, refuses, monkeypatch):
    site = await site_at(sign_ups=1)
    await site.register()
    monkeypatch.setattr(passwords, "hash_password", lambda password: pytest.fail("it was hashed"))

    await refuses("too-many-sign-ups", site.register("bob@example.org"))


# On the wire


def body(email="ada@example.org", **more):
    return {"email": email, "password": PASSWORD, **more}


def test_with_letters_the_answer_is_202_for_a_known_and_an_unknown_e_mail(serve):
    server = serve(mail=True, settings={"registration": "open"})
    first = server.ask("POST", "/parvis/v1/accounts", body())
    token = server.emails[0].text.partition("?token=")[2].split()[0]
    assert 200 == server.console("accounts.verify", body={"token": token}).status

    known = server.ask("POST", "/parvis/v1/accounts", body())
    unknown = server.ask("POST", "/parvis/v1/accounts", body("bob@example.org"))
    canonical = server.console("accounts.create", body=body("eve@example.org"))

    assert [202] * 4 == [answer.status for answer in (first, known, unknown, canonical)]
    assert known.json.keys() == unknown.json.keys()
    assert [[], []] == [[n for n in a.headers if n == "location"] for a in (known, unknown)]
    assert set(known.headers) == set(unknown.headers)


def test_with_letters_asking_for_a_reset_is_202_for_every_e_mail(serve):
    server = serve(mail=True)
    server.ask("POST", "/parvis/v1/accounts", body())

    answers = [server.console("accounts.request_reset", body={"email": e}) for e in ("ada@example.org", "x@y.z", "")]

    assert [(202, b"null")] * 3 == [(answer.status, answer.body) for answer in answers]


def test_without_letters_it_is_201_or_409_and_a_reset_says_whom_to_ask(serve):
    server = serve()

    made = server.ask("POST", "/parvis/v1/accounts", body())
    again = server.ask("POST", "/parvis/v1/accounts", body())
    reset = server.console("accounts.request_reset", body={"email": "ada@example.org"})

    assert [201, 409, 409] == [made.status, again.status, reset.status]
    assert ["account-exists", "no-mail"] == [again.json["code"], reset.json["code"]]


def test_letters_follow_the_language_of_the_request(serve):
    server = serve(mail=True)

    server.ask("POST", "/parvis/v1/accounts", body(), headers={"accept-language": "fr-FR,fr;q=0.9,en;q=0.5"})
    server.ask("POST", "/parvis/v1/accounts", body("b@example.org", language="en"), headers={"accept-language": "fr"})

    assert ["Confirmez votre adresse e-mail", "Confirm your e-mail address"] == [m.subject for m in server.emails]


def test_too_many_sign_ups_are_429_with_the_time_to_wait(serve):
    server = serve(settings={"signups": 1, "registration": "open"})
    answers = [server.ask("POST", "/parvis/v1/accounts", body(f"{n}@example.org")) for n in range(2)]

    assert [201, 429] == [answer.status for answer in answers]
    assert ("too-many-sign-ups", "3600") == (answers[1].json["code"], answers[1].headers["retry-after"])
