from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import traceback

import pytest

from core.config import AccountConfig
from core.errors import SecretError
from core.secrets import Credentials, find_credentials, find_route_address, store_credentials

FULL = Credentials("key-1", "sekret-1", "pass-1", "uid-1", "0xwallet", "0xprivate")


class MemoryKeyring:
    def __init__(self, **entries: str) -> None:
        self.entries = entries

    def get_password(self, service_name: str, username: str, /) -> str | None:
        assert service_name == "scram"
        return self.entries.get(username)

    def set_password(self, service_name: str, username: str, password: str, /) -> None:
        assert len(password) <= 1_280, "Windows keeps no more than this in one entry"
        self.entries[username] = password

    def delete_password(self, service_name: str, username: str, /) -> None:
        del self.entries[username]


class NoKeyringError(Exception):
    """Named like the one of the module keyring."""


class BrokenKeyring(MemoryKeyring):
    def get_password(self, service_name: str, username: str, /) -> str | None:
        raise NoKeyringError("SEKRET")


def account(credentials: str = "keyring") -> AccountConfig:
    return AccountConfig(name="alpha", exchange="okx", credentials=credentials)


@pytest.mark.parametrize(
    "show", [repr, str, "{}".format, lambda c: f"{c!r}", lambda c: repr([c]), lambda c: repr({"of": c})]
)
def test_credentials_show_which_fields_they_have_and_no_value(show: object) -> None:
    text = show(FULL)  # type: ignore[operator]
    assert not any(value in text for value in FULL.values())
    assert "api_key" in text


def test_credentials_cannot_be_pickled() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(FULL, protocol)


def test_copying_credentials_makes_no_second_copy_of_the_values() -> None:
    assert copy.copy(FULL) is FULL
    assert copy.deepcopy({"of": FULL})["of"] is FULL


def test_values_gives_everything_to_mask_and_nothing_empty() -> None:
    assert set(FULL.values()) == set(dataclasses.astuple(FULL))
    assert Credentials("k").values() == ("k",)


def test_the_environment_is_read_by_prefix_and_stripped() -> None:
    environ = {"A_API_KEY": " key\n", "A_SECRET": "s", "A_PASSWORD": "p", "A_UID": "u", "AB_SECRET": "other"}
    assert find_credentials(account("env:A"), environ) == Credentials("key", "s", "p", "u")


def test_a_wallet_alone_is_enough() -> None:
    environ = {"A_WALLET_ADDRESS": "0x1", "A_PRIVATE_KEY": "0x2"}
    assert find_credentials(account("env:A"), environ) == Credentials(wallet_address="0x1", private_key="0x2")


def test_missing_variables_are_named_with_the_account_and_without_values() -> None:
    with pytest.raises(SecretError) as raised:
        find_credentials(account("env:A"), {"A_SECRET": "SEKRET", "B_API_KEY": "OTHER"})
    said = str(raised.value)
    assert 'account "alpha"' in said
    assert "A_API_KEY" in said
    assert "SEKRET" not in said
    with pytest.raises(SecretError, match="no secret for it"):
        find_credentials(account("env:A"), {"A_API_KEY": "k", "A_SECRET": "  "})


def test_the_keyring_holds_one_json_object() -> None:
    keyring = MemoryKeyring(alpha=json.dumps({"apiKey": "k", "secret": "s", "note": 5}))
    assert find_credentials(account(), {}, keyring) == Credentials("k", "s")


def test_the_keyring_holds_separate_entries_which_also_fill_the_gaps_of_the_object() -> None:
    keyring = MemoryKeyring(**{"alpha/api_key": "k", "alpha/secret": "s"})
    assert find_credentials(account(), {}, keyring) == Credentials("k", "s")
    keyring.entries["alpha"] = json.dumps({"api_key": "from the object"})
    assert find_credentials(account(), {}, keyring) == Credentials("from the object", "s")


@pytest.mark.parametrize("whole", ["SEKRET", '["SEKRET"]', '{"secret": ["SEKRET"]}', '"SEKRET"'])
def test_an_entry_of_another_shape_is_told_without_its_content(whole: str) -> None:
    with pytest.raises(SecretError) as raised:
        find_credentials(account(), {}, MemoryKeyring(alpha=whole))
    assert "SEKRET" not in "".join(traceback.format_exception(raised.value))


def test_an_empty_keyring_says_which_entries_were_looked_for() -> None:
    with pytest.raises(SecretError, match=r'entries "alpha" and "alpha/api_key" of the service "scram"'):
        find_credentials(account(), {}, MemoryKeyring())


def test_a_system_without_a_keyring_gets_a_sentence_that_says_what_to_do() -> None:
    with pytest.raises(SecretError) as raised:
        find_credentials(account(), {}, BrokenKeyring())
    said = "".join(traceback.format_exception(raised.value))
    assert 'this system offers no keyring; set credentials = "env:PREFIX" instead' in said
    assert "SEKRET" not in said


def test_without_a_port_the_systems_keyring_is_asked() -> None:
    # The suite runs on keyring's null backend, which holds nothing.
    with pytest.raises(SecretError, match="neither a key nor a wallet"):
        find_credentials(account(), {})


def test_what_is_stored_is_found_again_even_beyond_what_one_entry_holds() -> None:
    keyring = MemoryKeyring()
    long = dataclasses.replace(FULL, private_key="-----BEGIN-----" + "x" * 1_100, secret="y" * 900)
    for credentials in (FULL, long, Credentials("k", "s")):
        store_credentials("alpha", credentials, keyring)
        assert find_credentials(account(), {}, keyring) == credentials
    assert list(keyring.entries) == ["alpha"]


def test_the_address_of_a_route_is_found_in_the_environment_and_in_the_keyring() -> None:
    address = "tgram://SEKRET/1"
    assert find_route_address("night", "env:CHAT", {"CHAT": f" {address}\n"}) == address
    assert find_route_address("night", "keyring", {}, MemoryKeyring(**{"notify/night": address})) == address


@pytest.mark.parametrize(
    ("where", "keyring", "sentence"),
    [
        ("env:CHAT", None, "no address was found; looked for the environment variable CHAT"),
        ("keyring", MemoryKeyring(), 'no address was found; looked for the keyring entry "notify/night"'),
        ("keyring", BrokenKeyring(), 'the keyring entry "notify/night" cannot be read: this system offers no keyring'),
    ],
)
def test_a_route_without_an_address_says_where_it_was_looked_for(
    where: str, keyring: MemoryKeyring | None, sentence: str
) -> None:
    with pytest.raises(SecretError) as raised:
        find_route_address("night", where, {}, keyring)
    assert str(raised.value).startswith(f'notify route "night": {sentence}')
    assert "SEKRET" not in str(raised.value)
