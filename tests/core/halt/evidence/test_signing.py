"""A signed file: nobody changes a byte of it unseen, and only keys that are known count."""

from __future__ import annotations

import os
import random
import stat
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SecretError
from core.halt.evidence.canonical import canonical, spliced
from core.halt.evidence.keys import PUBLIC, SigningKeys
from core.halt.evidence.signing import Altered, bare_fingerprint, fingerprint, signed, verify
from tests.core.test_secrets import BrokenKeyring, MemoryKeyring

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = fingerprint(KEY.public_key().public_bytes_raw())
AT_S = 1_700_000_000.0
DOCUMENT = {"halt_id": "h-1", "runs": [{"accounts": [{"account": "alpha-1", "resting": 0, "reason": "ü =1+1"}]}]}


@given(document=JSON)
def test_whatever_is_signed_verifies_and_is_read_back_as_it_was(document: object) -> None:
    data = signed(canonical(document), KEY, AT_S)
    verdict = verify(data, [OURS])
    assert (verdict.valid, verdict.altered, verdict.fingerprint) == (True, Altered.NOTHING, OURS)
    assert canonical(orjson.loads(data)["evidence"]) == canonical(document)


@given(document=JSON, where=st.floats(0.0, 1.0, exclude_max=True), other=st.integers(1, 255))
def test_no_byte_can_be_changed_unseen(document: object, where: float, other: int) -> None:
    data = bytearray(signed(canonical(document), KEY, AT_S))
    data[int(where * len(data))] ^= other
    assert not verify(bytes(data), [OURS]).valid


def test_every_single_byte_matters_and_so_does_one_more_or_less(rng: random.Random) -> None:
    data = signed(canonical(DOCUMENT), KEY, AT_S)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= rng.randrange(1, 256)
        assert not verify(bytes(changed), [OURS]).valid, place
        assert not verify(data[:place] + data[place + 1 :], [OURS]).valid, place
        assert not verify(data[:place] + rng.choice((b" ", b"0", b"\n")) + data[place:], [OURS]).valid, place
    assert not verify(data + b"\n", [OURS]).valid
    assert verify(data, [OURS]).valid


def test_it_says_what_was_altered() -> None:
    data = signed(canonical(DOCUMENT), KEY, AT_S)
    assert verify(data.replace(b'"resting":0', b'"resting":1'), [OURS]).altered is Altered.CONTENT
    assert verify(data.replace(b'"resting":0', b'"resting": 0'), [OURS]).altered is Altered.CONTENT
    assert verify(data[:-9], [OURS]).altered is Altered.CONTENT
    assert verify(canonical(DOCUMENT), [OURS]).altered is Altered.CONTENT
    assert verify(canonical({"evidence": DOCUMENT}), [OURS]).altered is Altered.SIGNATURE
    at = data.index(b'"signature":"') + 20
    digit = b"0" if data[at : at + 1] != b"0" else b"1"
    assert verify(data[:at] + digit + data[at + 1 :], [OURS]).altered is Altered.SIGNATURE
    assert verify(data, []).altered is Altered.UNKNOWN_KEY


def test_signing_anew_with_another_key_is_told_from_ours() -> None:
    forged = signed(canonical(DOCUMENT | {"halt_id": "h-2"}), Ed25519PrivateKey.generate(), AT_S)
    assert verify(forged, [OURS]).altered is Altered.UNKNOWN_KEY
    renamed = orjson.loads(forged)
    renamed["seal"]["header"]["fingerprint"] = OURS
    assert verify(canonical(renamed), [OURS]).altered is Altered.SIGNATURE


@pytest.mark.parametrize("typed", [OURS.upper(), ":".join(OURS[at : at + 2] for at in range(0, 64, 2)), f" {OURS}\n"])
def test_a_fingerprint_may_be_typed_as_people_do(typed: str) -> None:
    assert bare_fingerprint(typed) == OURS
    assert verify(signed(canonical(DOCUMENT), KEY, AT_S), [typed]).valid


@given(parts=st.lists(JSON, max_size=4), text=TEXT)
def test_pieces_laid_together_are_the_whole_in_its_one_form(parts: list[object], text: str) -> None:
    rest = {"a": text, "z": '"runs":[]', "b": {"inner": [text]}}
    assert spliced(rest, "runs", map(canonical, parts)) == canonical(rest | {"runs": parts})


# -- the key ----------------------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_in_the_keyring_and_nowhere_else(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    keys = SigningKeys(tmp_path, keyring)
    assert keys.own() is None
    first = keys.private().private_bytes_raw()
    assert SigningKeys(tmp_path, keyring).private().private_bytes_raw() == first
    assert list(keyring.entries.values()) == [first.hex()]
    assert [path.name for path in tmp_path.iterdir()] == [PUBLIC]
    assert first.hex() not in (tmp_path / PUBLIC).read_text()
    assert keys.own() == fingerprint(keys.private().public_key().public_bytes_raw())


@pytest.mark.parametrize("keyring", [BrokenKeyring(), None])
def test_without_a_keyring_the_key_is_in_a_file_for_its_owner_alone(
    tmp_path: Path, keyring: MemoryKeyring | None
) -> None:
    keys = SigningKeys(tmp_path / "evidence", keyring)
    key = keys.private().private_bytes_raw()
    assert SigningKeys(tmp_path / "evidence", keyring).private().private_bytes_raw() == key
    (file,) = (path for path in (tmp_path / "evidence").iterdir() if path.name != PUBLIC)
    assert file.read_text() == key.hex()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_whose_private_half_is_gone_is_never_silently_another_one(tmp_path: Path) -> None:
    SigningKeys(tmp_path, MemoryKeyring()).private()
    with pytest.raises(SecretError, match="neither in the keyring nor in") as caught:
        SigningKeys(tmp_path, MemoryKeyring()).private()
    assert PUBLIC in str(caught.value)


def test_two_processes_that_make_a_key_at_once_end_with_the_same(tmp_path: Path) -> None:
    first, second = SigningKeys(tmp_path), SigningKeys(tmp_path)
    second._make()
    first._make()
    assert first.private().private_bytes_raw() == second.private().private_bytes_raw()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SecretError, match="cannot be kept in"):
        SigningKeys(blocked / "evidence").private()
