"""Keys in the encrypted file, as the commands use them: opened by the environment, and never asked for by a stop."""

from __future__ import annotations

from core.sealed_keys import Keychain, ScryptTerms, SealedKeys
from core.secrets import FILE_SERVICE, Credentials, store_credentials
from tests.app.cli.desk import Desk, told_anywhere

PASSPHRASE = "correct horse battery"


async def test_a_stop_opens_the_file_by_the_environment_and_without_it_stops_all_others(desk: Desk) -> None:
    account, other = desk.tables["accounts"]
    given = next(
        row for venue in desk.site.describe()["venues"] for row in venue["accounts"] if row["name"] == account["name"]
    )
    keychain = Keychain(SealedKeys(desk.home / "keys.sealed", ScryptTerms(n=2**4)))
    keychain.sealed.create(PASSPHRASE)
    store_credentials(account["name"], Credentials(given["api_key"], given["secret"]), keychain, FILE_SERVICE)
    account["credentials"] = "file"
    desk.write()

    locked = await desk.halt("--wait", "5")
    assert locked.code == 3
    rows = {row["account"]: row for row in locked.json["rows"]}
    assert rows[other["name"]]["state"] == "verified"
    assert "is locked; give its passphrase" in rows[account["name"]]["reason"]

    desk.environ["SCRAM_PASSPHRASE"] = PASSPHRASE
    opened = await desk.halt("--wait", "20")
    assert opened.code == 0, opened.out + opened.err
    words = [given["api_key"], given["secret"], PASSPHRASE]
    assert told_anywhere(words, desk.home, opened.out, opened.err, locked.out) == []
