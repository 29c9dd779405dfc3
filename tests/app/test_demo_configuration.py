"""The demo's configuration: it finds for every account of a paper site the key that the site knows."""

from __future__ import annotations

from pathlib import Path

from app.demo.configuration import demo_credentials, demo_toml
from core.config.load import load_config
from core.paper.site import PaperSite, make_spec
from core.risk.metrics import METRIC_NAMES
from core.secrets import find_credentials


def test_every_account_finds_its_key_and_its_passphrase_where_it_has_one(tmp_path: Path) -> None:
    spec = make_spec(2, 1, spot=1, okx=2)
    description = PaperSite(spec).describe()
    path, environ = tmp_path / "scram.toml", demo_credentials(description)
    path.write_text(demo_toml(description), encoding="utf-8")
    config = load_config(path, METRIC_NAMES)
    found = {account.name: find_credentials(account, environ) for account in config.accounts}
    assert {name: (row.api_key, row.secret, row.password) for name, row in found.items()} == {
        account.name: (account.api_key, account.secret, account.password) for account in spec.accounts
    }
    assert [bool(found[name].password) for name in ("alpha-1", "lots-1", "lots-2")] == [False, True, True]
