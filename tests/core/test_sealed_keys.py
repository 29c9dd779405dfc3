from __future__ import annotations

import json
import os
import stat
import tempfile
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config import AccountConfig
from core.errors import SecretError
from core.sealed_keys import Keychain, ScryptTerms, SealedKeys, keychain_of
from core.secrets import FILE_SERVICE, Credentials, find_credentials, store_credentials
from tests.core.test_secrets import MemoryKeyring

FAST = ScryptTerms(n=2**4)
PASSPHRASE = "correct horse battery"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
passphrases = st.text(st.characters(exclude_categories=["Cs"]), min_size=10, max_size=30)


def sealed(path: Path, **entries: str) -> SealedKeys:
    keys = SealedKeys(path, FAST)
    keys.create(PASSPHRASE)
    for name, value in entries.items():
        keys.set_password(FILE_SERVICE, name, value)
    return keys


@settings(max_examples=25)
@given(entries=st.dictionaries(texts, texts, min_size=1, max_size=5), passphrase=passphrases)
def test_whatever_was_sealed_is_read_back_by_its_passphrase_and_by_no_other(
    entries: dict[str, str], passphrase: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "keys.sealed")
        keys = SealedKeys(path, FAST)
        keys.create(passphrase)
        for name, value in entries.items():
            keys.set_password(FILE_SERVICE, name, value)
        again = SealedKeys(path)
        again.open(passphrase)
        assert {name: again.get_password(FILE_SERVICE, name) for name in entries} == entries
        assert again.get_password(FILE_SERVICE, "of nobody" * 9) is None
        other = SealedKeys(path)
        with pytest.raises(SecretError, match="not the one of this file"):
            other.open(passphrase + "!")
        assert not other.is_open


@settings(max_examples=40)
@given(data=st.data())
def test_a_file_that_was_changed_anywhere_opens_as_it_was_or_not_at_all(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "keys.sealed")
        sealed(path, alpha="SEKRET-ONE")
        raw = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(raw)
        keys = SealedKeys(path)
        refused: SecretError | None = None
        try:
            keys.open(PASSPHRASE)
        except SecretError as error:
            refused = error
        if refused is None:
            assert keys.get_password(FILE_SERVICE, "alpha") == "SEKRET-ONE"
        else:
            assert str(path) in str(refused)
            assert "SEKRET" not in "".join(traceback.format_exception(refused))


@settings(max_examples=15)
@given(cut=st.integers(0, 10_000))
def test_half_a_file_is_told_in_one_sentence(cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "keys.sealed")
        sealed(path, alpha="SEKRET-ONE")
        raw = path.read_bytes()
        path.write_bytes(raw[: cut % (len(raw) - 2)])
        with pytest.raises(SecretError, match="no file of sealed keys, or only half of one"):
            SealedKeys(path).open(PASSPHRASE)


def test_nothing_that_was_sealed_is_in_the_file_and_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.sealed"
    keys = sealed(path, alpha="SEKRET-ONE")
    raw = path.read_text()
    assert "SEKRET" not in raw
    assert "alpha" not in raw
    assert PASSPHRASE not in raw
    assert "SEKRET" not in repr(keys) + repr(vars(keys)["path"])
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.sealed"]


def test_each_writing_has_a_nonce_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    keys = sealed(path)
    nonces = set()
    for _ in range(8):
        keys.set_password(FILE_SERVICE, "alpha", "the same")
        nonces.add(json.loads(path.read_text())["nonce"])
    assert len(nonces) == 8


def test_two_processes_lose_none_of_each_others_entries(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    one = sealed(path, alpha="1")
    two = SealedKeys(path)
    two.open(PASSPHRASE)
    one.set_password(FILE_SERVICE, "beta", "2")
    two.set_password(FILE_SERVICE, "gamma", "3")
    one.delete_password(FILE_SERVICE, "alpha")
    last = SealedKeys(path)
    last.open(PASSPHRASE)
    assert [last.get_password(FILE_SERVICE, name) for name in ("alpha", "beta", "gamma")] == [None, "2", "3"]


def test_a_file_that_was_replaced_by_another_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    one = sealed(path, alpha="1")
    path.unlink()
    sealed(path, alpha="other")
    with pytest.raises(SecretError, match="replaced meanwhile"):
        one.set_password(FILE_SERVICE, "beta", "2")


def test_a_short_passphrase_and_a_second_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    with pytest.raises(SecretError, match="at least 10 characters"):
        SealedKeys(path, FAST).create("short")
    sealed(path, alpha="1")
    with pytest.raises(SecretError, match="is there already"):
        SealedKeys(path, FAST).create(PASSPHRASE)


@pytest.mark.parametrize("terms", [{"n": 2**40, "r": 8, "p": 1}, {"n": 3, "r": 8, "p": 1}, {"n": 16, "r": 8}, 7])
def test_terms_that_would_take_all_memory_or_mean_nothing_are_refused(tmp_path: Path, terms: object) -> None:
    path = tmp_path / "keys.sealed"
    sealed(path, alpha="1")
    read = json.loads(path.read_text())
    path.write_text(json.dumps({**read, "scrypt": terms}))
    with pytest.raises(SecretError, match="changed or is damaged"):
        SealedKeys(path).open(PASSPHRASE)


def test_a_locked_file_says_how_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    sealed(path, alpha="1")
    account = AccountConfig(name="alpha", exchange="okx", credentials="file")
    with pytest.raises(SecretError, match=r"is locked; give its passphrase at the desk, or as .* SCRAM_PASSPHRASE"):
        find_credentials(account, {}, Keychain(SealedKeys(path)))
    with pytest.raises(SecretError, match="which is not open here"):
        find_credentials(account, {})


def test_credentials_come_back_from_the_file_and_leave_the_keyring_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.sealed"
    ring = MemoryKeyring()
    keychain = Keychain(SealedKeys(path, FAST), ring)
    keychain.sealed.create(PASSPHRASE)
    keys = Credentials("key-1", "sekret-1" * 200, "pass-1")
    store_credentials("alpha", keys, keychain, FILE_SERVICE)
    assert not ring.entries
    opened = keychain_of(path, {"SCRAM_PASSPHRASE": PASSPHRASE})
    assert find_credentials(AccountConfig(name="alpha", exchange="okx", credentials="file"), {}, opened) == keys
    store_credentials("alpha", Credentials("k", "s"), keychain)
    assert find_credentials(AccountConfig(name="alpha", exchange="okx"), {}, keychain) == Credentials("k", "s")


def test_a_wrong_passphrase_in_the_environment_costs_what_is_in_the_file_and_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.sealed"
    sealed(path, alpha="1")
    keychain = keychain_of(path, {"SCRAM_PASSPHRASE": "another one altogether"})
    tried: list[str] = []
    opening = SealedKeys.open
    monkeypatch.setattr(SealedKeys, "open", lambda self, word: (tried.append(word), opening(self, word)))
    for _ in range(3):
        with pytest.raises(SecretError, match="not the one of this file"):
            keychain.get_password(FILE_SERVICE, "alpha")
    assert tried == ["another one altogether"]
    keychain.sealed.open(PASSPHRASE)
    assert keychain.get_password(FILE_SERVICE, "alpha") == "1"


def test_without_a_file_a_passphrase_in_the_environment_says_so_when_it_is_needed(tmp_path: Path) -> None:
    keychain = keychain_of(tmp_path / "none", {"SCRAM_PASSPHRASE": PASSPHRASE})
    with pytest.raises(SecretError, match="cannot be read: No such file"):
        keychain.get_password(FILE_SERVICE, "alpha")


def test_a_guess_takes_64_mib_where_nothing_else_is_asked_for() -> None:
    terms = ScryptTerms()
    assert 128 * terms.n * terms.r >= 64 * 2**20
