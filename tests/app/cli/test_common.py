from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.common import TRIES, asked_keychain
from core.config import AccountConfig
from core.errors import SecretError
from core.places import Places, find_places
from core.sealed_keys import ScryptTerms, SealedKeys
from core.secrets import FILE_SERVICE

PASSPHRASE = "correct horse battery"
SEALED = AccountConfig(name="alpha", exchange="okx", credentials="file")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    monkeypatch.delenv("SCRAM_PASSPHRASE", raising=False)
    found = find_places(tmp_path, {})
    keys = SealedKeys(found.sealed_keys, ScryptTerms(n=2**4))
    keys.create(PASSPHRASE)
    keys.set_password(FILE_SERVICE, "alpha", "it is open")
    return found


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """What is asked; with more questions than answers it fails."""
    asked: list[str] = []
    left = iter(answers)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda words: (asked.append(words), next(left))[1])
    return asked


def test_the_passphrase_is_asked_for_until_it_is_right(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = at_a_terminal(monkeypatch, "not this one", PASSPHRASE)
    keychain = asked_keychain(places, [SEALED])
    assert keychain.get_password(FILE_SERVICE, "alpha") == "it is open"
    assert len(asked) == 2
    assert str(places.sealed_keys) in asked[0]


def test_nobody_is_asked_for_ever_and_an_empty_answer_goes_on(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(at_a_terminal(monkeypatch, *["wrong"] * TRIES)) == 0
    for keychain in (asked_keychain(places, [SEALED]),):
        with pytest.raises(SecretError, match="is locked"):
            keychain.get_password(FILE_SERVICE, "alpha")
    asked = at_a_terminal(monkeypatch, "")
    asked_keychain(places, [SEALED])
    assert len(asked) == 1


def test_nobody_is_asked_where_no_account_needs_it_or_the_environment_tells(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = at_a_terminal(monkeypatch)
    asked_keychain(places, [AccountConfig(name="beta", exchange="okx")])
    monkeypatch.setenv("SCRAM_PASSPHRASE", PASSPHRASE)
    keychain = asked_keychain(places, [SEALED])
    assert asked == []
    assert keychain.get_password(FILE_SERVICE, "alpha") == "it is open"
