import json
import os
import stat
import threading

import pytest

from parvis.client import KeyringError, connect_url, keyring
from parvis.client.keyring import SavedKey

ORIGIN = "http://host:8000"
ADA = SavedKey("k1", "pv_live_secret", "ada@example.org")


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_key_is_kept_by_origin():
    keyring.save(ORIGIN, ADA)
    keyring.save("http://other", SavedKey("k2", "x"))
    assert (ADA, "k2", None) == (keyring.load(ORIGIN), keyring.load("http://other").id, keyring.load("http://host"))


def test_only_the_owner_can_read_it():
    old = os.umask(0)
    try:
        file = keyring.save(ORIGIN, ADA)
    finally:
        os.umask(old)
    assert (0o600, 0o700, 0o600) == (mode(file), mode(file.parent), mode(file.parent / ".lock"))


def test_loose_modes_are_tightened():
    file = keyring.save(ORIGIN, ADA)
    file.chmod(0o644)
    file.parent.chmod(0o755)
    assert ADA == keyring.load(ORIGIN)
    assert 0o600 == mode(file)
    keyring.save(ORIGIN, ADA)
    assert (0o600, 0o700) == (mode(file), mode(file.parent))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused():
    file = keyring.save(ORIGIN, ADA)
    os.chown(file, 1, 1)
    with pytest.raises(KeyringError, match="belongs to another user"):
        keyring.load(ORIGIN)


def test_forgetting_says_whether_there_was_one():
    keyring.save(ORIGIN, ADA)
    assert (True, False, None) == (keyring.forget(ORIGIN), keyring.forget(ORIGIN), keyring.load(ORIGIN))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keys": []}', '{"keys": {"a": {"id": 1}}}', '{"keys": {"a": null}}', "\udcff"]
)
def test_a_broken_file_is_told_and_not_overwritten(text):
    file = keyring.save(ORIGIN, ADA)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for act in (lambda: keyring.load(ORIGIN), lambda: keyring.save(ORIGIN, ADA), lambda: keyring.forget(ORIGIN)):
        with pytest.raises(KeyringError, match="is not a file of keys"):
            act()
    assert text.encode("utf-8", "surrogateescape") == file.read_bytes()


def test_a_file_is_replaced_whole_or_not_at_all(monkeypatch):
    file = keyring.save(ORIGIN, ADA)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeyringError, match="cannot be kept"):
        keyring.save(ORIGIN, SavedKey("k2", "other"))
    assert (ADA, [".lock", "keys.json"]) == (keyring.load(ORIGIN), sorted(os.listdir(file.parent)))


def test_writers_at_once_lose_no_key():
    threads = [threading.Thread(target=keyring.save, args=(f"http://h{n}", SavedKey(str(n), "x"))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 20 == len(json.loads(keyring.path().read_text())["keys"])


def test_a_relative_configuration_directory_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert tmp_path / ".config" / "parvis" / "keys.json" == keyring.path()


def test_a_key_that_is_given_goes_before_the_variable_and_that_before_the_file(monkeypatch):
    assert None is keyring.find(ORIGIN)
    keyring.save(ORIGIN, ADA)
    assert ("pv_live_secret", None, "mine", None) == (
        keyring.find(ORIGIN), keyring.find("http://elsewhere"), keyring.find(ORIGIN, "mine"), keyring.find(ORIGIN, ""),
    )  # fmt: skip
    monkeypatch.setenv("PARVIS_KEY", "of the variable")
    assert ("of the variable", "mine", None) == (
        keyring.find(ORIGIN),
        keyring.find(ORIGIN, "mine"),
        keyring.find(ORIGIN, ""),
    )


def test_a_kept_key_goes_to_its_own_origin_only(serve):
    wire, other = serve(), serve()
    keyring.save(wire.origin, ADA)
    for server in (wire, other):
        with connect_url(server.url) as shop:
            shop.price("tea")
    assert (["Bearer pv_live_secret"] * 2, [None, None]) == (wire.credentials, other.credentials)


def test_a_key_shows_no_secret():
    assert "<key k1>" == repr(ADA)
