"""A credential tells whether the key that was shown is its own and still opens anything, and shows nothing itself."""

import dataclasses

import pytest

from parvis.access.account_state import AccountState
from parvis.access.clock import ManualClock
from parvis.access.credential import Credential
from parvis.access.keys import mint, mint_secret, mint_token, parse
from parvis.access.limits import Allowance
from parvis.access.networks import parse_networks
from parvis.access.plans import DEFAULT
from parvis.access.rights import Rights
from parvis.contract.outcomes import Refusal

NOW = ManualClock().now()
HERE = "192.0.2.1"


def credential_of(key, *, kind="key", test=False, **more):
    return Credential(
        id=key.id, kind=kind, account="acc_1", rights=Rights(["shop.*"]), digest=key.digest, test=test, **more
    )


def refused(credential, now=NOW, address=HERE):
    """The code by which it is refused; empty when it is not."""
    try:
        credential.check(now, address)
    except Refusal as refusal:
        return refusal.outcome.code
    return ""


@pytest.mark.parametrize("kind", ["string", "basic", "digits"])
@pytest.mark.parametrize("environment", ["live", "test"])
def test_the_key_that_was_minted_matches_and_another_does_not(environment, kind):
    key, other = mint(environment, kind), mint(environment, kind)
    credential = credential_of(key, test=environment == "test")

    assert credential.matches(parse(key.text.encode()))
    assert not credential.matches(parse(other.text.encode()))


@pytest.mark.parametrize("kind", ["key", "token"])
@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("environment", ["live", "test", "token"])
def test_a_right_secret_in_the_spelling_of_another_kind_does_not_match(kind, test, environment):
    key = mint("live")
    shown = parse(key.text.encode())._replace(environment=environment)

    expected = environment == ("token" if kind == "token" else "test" if test else "live")
    assert expected == credential_of(key, kind=kind, test=test).matches(shown)


def test_a_token_matches_itself():
    token = mint_token()

    assert credential_of(token, kind="token").matches(parse(token.text.encode()))


def test_a_new_secret_of_the_same_id_matches_only_where_it_was_put():
    old = mint("live")
    new = mint_secret(old.id, "live")
    retiring = credential_of(old, expires_at=NOW + 5, replaced=True)
    credential = credential_of(new, retiring=retiring)

    shown = [parse(key.text.encode()) for key in (old, new)]
    assert [False, True] == [credential.matches(each) for each in shown]
    assert [True, False] == [credential.retiring.matches(each) for each in shown]
    assert ("", "key-rotated") == (refused(credential, NOW + 5), refused(credential.retiring, NOW + 5))


@pytest.mark.parametrize("kind", ["key", "token", "run"])
def test_a_key_without_a_digest_cannot_exist(kind):
    with pytest.raises(ValueError, match="needs the SHA-256"):
        Credential(id="x", kind=kind, account="acc_1", rights=Rights())


def test_what_was_never_revoked_or_bound_opens_for_ever_from_anywhere():
    assert ["", ""] == [refused(credential_of(mint("live")), now, "2001:db8::1") for now in (0, 2**62)]


def test_a_revoked_key_matches_and_opens_nothing():
    key = mint("live")
    credential = credential_of(key, revoked_at=NOW + 10**15)  # also where the clock stepped back since

    assert credential.matches(parse(key.text.encode()))
    assert "key-revoked" == refused(credential)


@pytest.mark.parametrize(("kind", "code"), [("key", "key-expired"), ("token", "token-expired")])
def test_it_ends_at_its_end_and_not_a_microsecond_before(kind, code):
    credential = credential_of(mint("live"), kind=kind, expires_at=NOW)

    assert ["", code, code] == [refused(credential, NOW + n) for n in (-1, 0, 1)]


def test_a_suspended_account_opens_nothing():
    def state(suspended):
        return AccountState("acc_1", DEFAULT, Rights(), Allowance(), Allowance(), suspended=suspended)

    found = [refused(credential_of(mint("live"), state=state(suspended))) for suspended in (False, True)]
    assert ["", "account-suspended"] == found


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (HERE, ""), ("::ffff:192.0.2.9", ""), ("2001:db8::1", ""), ("198.51.100.1", "network-refused"),
        ("2001:db9::1", "network-refused"), ("", "network-refused"), ("unix", "network-refused"),
    ],
)  # fmt: skip
def test_a_key_that_is_bound_to_networks_opens_from_there_alone(address, code):
    credential = credential_of(mint("live"), networks=parse_networks(["192.0.2.0/24", "2001:db8::/32"]))

    assert code == refused(credential, address=address)


def test_it_is_frozen_and_prints_no_digest():
    key = mint("live")
    credential = credential_of(key, retiring=credential_of(key), parent=credential_of(key))

    with pytest.raises(dataclasses.FrozenInstanceError):
        credential.rights = Rights(["*"])
    assert repr(key.digest) not in repr(credential)
    assert "digest" not in repr(credential)
