"""A credential tells whether the key that was shown is its own, and shows nothing itself."""

import dataclasses

import pytest

from parvis.access.credential import Credential
from parvis.access.keys import mint, parse
from parvis.access.rights import Rights


def credential_of(key, *, test=False):
    return Credential(id=key.id, kind="key", account="acc_1", rights=Rights(["shop.*"]), digest=key.digest, test=test)


def test_the_key_that_was_minted_matches_and_another_does_not():
    key, other = mint("live"), mint("live")

    assert credential_of(key).matches(parse(key.text.encode()))
    assert not credential_of(key).matches(parse(other.text.encode()))


def test_a_live_key_spelt_as_a_test_key_does_not_match():
    key = mint("live")

    assert not credential_of(key).matches(parse(key.text.encode())._replace(test=True))
    assert not credential_of(key, test=True).matches(parse(key.text.encode()))


def test_a_key_without_a_digest_cannot_exist():
    with pytest.raises(ValueError, match="needs the SHA-256"):
        Credential(id="x", kind="key", account="acc_1", rights=Rights())


def test_it_is_frozen_and_prints_no_digest():
    key = mint("live")
    credential = credential_of(key)

    with pytest.raises(dataclasses.FrozenInstanceError):
        credential.rights = Rights(["*"])
    assert repr(key.digest) not in repr(credential)
    assert "digest" not in repr(credential)
