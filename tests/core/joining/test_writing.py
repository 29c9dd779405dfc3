from __future__ import annotations

from pathlib import Path

import pytest

from core.config import AccountConfig, load_config
from core.domain import AccountMode
from core.errors import ConfigError, SecretError
from core.joining.model import FILE, KEYRING, Choices
from core.joining.writing import taken_names, write_joined
from core.risk.limits import METRIC_DIRECTIONS
from core.sealed_keys import Keychain, ScryptTerms, SealedKeys
from core.secrets import Credentials, find_credentials
from tests.core.test_secrets import MemoryKeyring

KEYS = Credentials("key-alpha", "sekret-alpha")
ALPHA = AccountConfig(name="alpha", exchange="okx", ccxt={"sandbox": True})


@pytest.fixture
def chain(tmp_path: Path) -> Keychain:
    keychain = Keychain(SealedKeys(tmp_path / "keys.sealed", ScryptTerms(n=2**4)), MemoryKeyring())
    keychain.sealed.create("correct horse battery")
    return keychain


@pytest.mark.parametrize("storage", [KEYRING, FILE])
def test_a_first_account_makes_a_configuration_that_can_be_read(tmp_path: Path, chain: Keychain, storage: str) -> None:
    path = tmp_path / "deep" / "scram.toml"
    write_joined(path, ALPHA, Choices(AccountMode.WATCH, "conservative", storage), KEYS, chain, METRIC_DIRECTIONS)
    config = load_config(path, METRIC_DIRECTIONS)
    (account,) = config.accounts
    assert account == ALPHA.model_copy(update={"credentials": storage})
    assert account.mode is AccountMode.WATCH
    assert [(str(row.scope), row.profile) for row in config.assign] == [("account:alpha", "conservative")]
    assert find_credentials(account, {}, chain) == KEYS
    assert "sekret" not in path.read_text()
    assert taken_names(path) == {"alpha"}


def test_an_account_is_watched_only_and_without_limits_unless_something_else_is_chosen(
    tmp_path: Path, chain: Keychain
) -> None:
    path = tmp_path / "scram.toml"
    write_joined(path, ALPHA, Choices(), KEYS, chain, METRIC_DIRECTIONS)
    config = load_config(path, METRIC_DIRECTIONS)
    assert config.accounts[0].mode is AccountMode.WATCH
    assert not config.assign


def test_a_further_account_leaves_everything_else_as_it_stands(tmp_path: Path, chain: Keychain) -> None:
    path = tmp_path / "scram.toml"
    beta = '# mine\n[[accounts]]\nname = "beta" # kept\nexchange = "okx"\ncredentials = "env:B"\n'
    old = f"{beta}\n[stop]\nsweep_s = 2.0 # and this\n"
    path.write_text(old)
    write_joined(path, ALPHA, Choices(AccountMode.ACT), KEYS, chain, METRIC_DIRECTIONS)
    text = path.read_text()
    assert all(line in text for line in old.splitlines())
    config = load_config(path)
    assert [(row.name, row.mode.value) for row in config.accounts] == [("beta", "watch"), ("alpha", "act")]
    assert config.stop.sweep_s == 2.0
    assert not config.assign


def test_a_name_that_is_taken_changes_nothing_and_keeps_the_keys_of_the_other(tmp_path: Path, chain: Keychain) -> None:
    path = tmp_path / "scram.toml"
    write_joined(path, ALPHA, Choices(), KEYS, chain)
    before = path.read_text()
    with pytest.raises(ConfigError, match='an account called "alpha" already'):
        write_joined(path, ALPHA, Choices(), Credentials("other", "other"), chain)
    assert path.read_text() == before
    assert find_credentials(ALPHA, {}, chain) == KEYS


def test_where_the_configuration_cannot_be_written_no_key_is_left(tmp_path: Path, chain: Keychain) -> None:
    (tmp_path / "file").write_text("")
    for storage in (KEYRING, FILE):
        with pytest.raises(ConfigError, match="cannot be written"):
            write_joined(tmp_path / "file" / "scram.toml", ALPHA, Choices(storage=storage), KEYS, chain)
        with pytest.raises(SecretError):
            find_credentials(ALPHA.model_copy(update={"credentials": storage}), {}, chain)


def test_where_no_key_can_be_stored_no_configuration_is_written(tmp_path: Path) -> None:
    class Refuses(MemoryKeyring):
        def set_password(self, service_name: str, username: str, password: str, /) -> None:
            raise RuntimeError("SEKRET")

    path = tmp_path / "scram.toml"
    with pytest.raises(SecretError, match="did not take") as raised:
        write_joined(path, ALPHA, Choices(), KEYS, Keychain(SealedKeys(tmp_path / "none"), Refuses()))
    assert "SEKRET" not in str(raised.value)
    assert not path.exists()


def test_a_template_that_there_is_none_of_is_refused_before_anything_is_kept(tmp_path: Path, chain: Keychain) -> None:
    path = tmp_path / "scram.toml"
    with pytest.raises(ConfigError, match="no such"):
        write_joined(path, ALPHA, Choices(template="no such"), KEYS, chain)
    assert not path.exists()
