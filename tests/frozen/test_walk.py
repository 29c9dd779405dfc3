"""From nothing to a stop that is proven, reset and found in the journal: a new user's way through the built desk.

Every act goes through the window, by mouse and keys; what became of it is asked of the application's own commands.
"""

from __future__ import annotations

import json
import re
from typing import Any

from core.config.limit_form import LABELS
from core.domain import Severity
from tests.frozen.driver import Frozen, Process, until
from tests.frozen.paper import Paper, paper

PASSPHRASE = "a long walk by the sea"


def test_a_new_user_connects_limits_approves_stops_resets_and_reads_it_all(user: Frozen) -> None:
    with paper(user, accounts=1) as exchange, user.started("open") as desk:
        connect_an_account(user, exchange)
        wait_until_watched(user, desk)
        set_a_limit(user)
        approve_the_plan(user)
        fire_the_stop(user, exchange)
        read_the_proof(user)
        reset(user)
        find_it_on_the_page_of_the_journal(user)
        user.window()
        user.screen().key("ctrl+q")
        assert desk.ended() == 0
        assert "error:" not in desk.said()
    find_it_all_in_the_journal(user)


def connect_an_account(user: Frozen, exchange: Paper) -> None:
    """By the wizard, which opens by itself where nothing is configured."""
    (account,) = exchange.venue["accounts"]
    user.window()
    user.press("Connect an account")
    user.fill("Find a venue", exchange.venue["exchange"])
    user.screen().key("Down")
    user.press("Another server*")
    user.fill("Address of the server", exchange.venue["url"])
    user.picture("1-venue")
    user.press("Next page")
    user.type_into("API key", account["api_key"])
    user.type_into("Secret", account["secret"])
    user.type_into("Passphrase of the encrypted file", PASSPHRASE)
    user.type_into("The passphrase once more", PASSPHRASE)
    user.picture("2-keys")
    user.press("Next page")
    user.press("Test the connection")
    until(lambda: user.reader.says("May trade and cancel"))
    user.picture("3-test")
    user.press("Next page")
    user.press("Watch, and act by the limits", "radio")
    user.press("Next page")
    user.press("No limits yet", "radio")
    user.press("Next page")
    user.press("Run a dry drill")
    until(lambda: user.reader.says("PASSED"))
    user.picture("4-drill")
    user.press("Next page")
    user.picture("5-finish")
    user.press("Join*")


def wait_until_watched(user: Frozen, desk: Process) -> None:
    def watched() -> bool:
        assert desk.running(), desk.said()
        told = user.status()["desk"]
        return told is not None and told["accounts"] == 1 and told["updates"] > 0

    until(watched)
    user.reader.wait_for("Stop all", "button")
    until(lambda: user.reader.says("can stop 100"))
    user.picture("6-watched")


def set_a_limit(user: Frozen) -> None:
    """Below what the paper account stands at: it is breached at once."""
    user.go_to("Limits")
    user.press("Set a limit on a scope*", "button")
    user.type_into(LABELS["scope"], "account:*", "combo")
    user.type_into(LABELS["metric"], "leverage", "combo")
    user.fill(LABELS["high"], "1")
    user.type_into(LABELS["then_high"], "approve", "combo")
    user.fill("Reason of the change", "what this desk may carry")
    user.picture("7-limit")
    user.press("Write the change into the configuration*", "button")
    changed = user.wait_for_record("limits.changed")
    assert (changed["actor"], changed["body"]["why"]) != ("scram", "")
    raised = user.wait_for_record("event.raised")
    after = raised["body"]["event_after"]
    assert (after["metric"], after["severity"]) == ("leverage", Severity.HIGH.value)


def approve_the_plan(user: Frozen) -> None:
    user.wait_for_record("mitigation.awaiting")
    user.go_to("Mitigations")
    until(lambda: user.reader.says("awaiting") or user.reader.says("waiting"))
    user.picture("8-a-plan-waits")
    user.go_to("Overview")
    user.press("Approve: *", "button")
    approved = user.wait_for_record("mitigation.running", within_s=30.0)
    assert approved["actor"] != "scram"
    user.wait_for_record("mitigation.executed")
    user.picture("9-approved")


def fire_the_stop(user: Frozen, exchange: Paper) -> None:
    user.window()
    user.screen().key("ctrl+shift+x")
    until(lambda: user.status()["latched"])
    exchange.end_bots()
    halt = until(lambda: _proven(user))
    assert halt["accounts"] == 1
    assert exchange.resting() == 0


def _proven(user: Frozen) -> dict[str, Any] | None:
    desk = user.status()["desk"]
    halt: dict[str, Any] | None = desk and desk["halt"]
    return halt if halt and halt["verified"] == halt["accounts"] else None


def read_the_proof(user: Frozen) -> None:
    user.go_to("Stop and proof")
    until(lambda: user.reader.says("of 1 account"))
    user.picture("10-proof")
    (latched,) = user.status()["latched"]
    evidence = user.home / "evidence.json"
    user.run("evidence", "export", latched["halt_id"], "--out", str(evidence))
    user.run("evidence", "verify", str(evidence))


def reset(user: Frozen) -> None:
    user.fill("Reason for the reset", "the walk is over")
    user.press("Reset the stop*", "button")
    until(lambda: not user.status()["latched"])
    user.picture("11-reset")


def find_it_on_the_page_of_the_journal(user: Frozen) -> None:
    user.go_to("Journal")
    user.fill("Search records for a text", "the walk is over")
    until(lambda: 0 < _found(user) < 5)
    user.picture("12-journal")


def _found(user: Frozen) -> int:
    """How many records the page says that it found, all of them; 0 while it says nothing of the kind."""
    words = (
        re.fullmatch(r"the newest (\d+) records?, there are no older ones", one.name) for one in user.reader.things()
    )
    return next((int(match[1]) for match in words if match), 0)


def find_it_all_in_the_journal(user: Frozen) -> None:
    kinds = [record["kind"] for record in reversed(user.journal())]
    story = ["engine.started", "limits.changed", "event.raised", "mitigation.running", "stop.fired", "stop.reset"]
    places = [kinds.index(kind) for kind in story]
    assert places == sorted(places), kinds
    assert json.loads(user.run("journal", "verify", "--json"))["intact"] is True
    kept = "".join(file.read_text("utf-8", "replace") for file in user.home.rglob("*") if file.is_file())
    assert PASSPHRASE not in kept
