"""The built application starts, runs the demo, fires a stop with proof and ends; also without network and home."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from app.demo.configuration import demo_credentials, demo_toml
from core.config.exchanges import known_exchanges
from tests.frozen.driver import Frozen, Process, program, until
from tests.frozen.paper import paper

OFFLINE = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$0" "$@"')
_REMOUNT = 'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" && ! touch "$HOME/x" 2>/dev/null'
READ_ONLY = ("unshare", "--mount", "--map-root-user", "sh", "-c", f'{_REMOUNT} && exec "$0" "$@"')


def is_allowed(words: tuple[str, ...], home: Path) -> bool:
    done = subprocess.run([*words, "true"], env={"HOME": str(home), "PATH": os.environ["PATH"]}, check=False)
    return done.returncode == 0


def stop_by_the_chord(user: Frozen, desk: Process, keep: Path) -> None:
    """The stop fired by keys, proven once the demo has ended its bots, and the desk ended by itself."""
    window = user.window()
    until(lambda: desk.said().count("everything is watched") or _ended(desk))
    user.picture("1-watching")
    user.screen().focus(window)
    user.screen().key("ctrl+shift+x")
    fired = until(lambda: user.status("--home", str(keep))["latched"] or _ended(desk))
    assert fired[0]["scope"] == "portfolio"
    until(lambda: _proven(user, keep) or _ended(desk))
    user.picture("2-proven")
    assert desk.ended() == 0
    assert "error:" not in desk.said()
    assert "Traceback" not in desk.said()


def _proven(user: Frozen, keep: Path) -> dict[str, int] | None:
    desk = user.status("--home", str(keep))["desk"]
    halt = desk and desk["halt"]
    return halt if halt and halt["verified"] == halt["accounts"] else None


def _ended(desk: Process) -> bool:
    assert desk.running(), desk.said()
    return False


def read_the_report(report: Path) -> None:
    told = json.loads(report.read_text())
    assert told["halt"]["verified"] == told["halt"]["accounts"] == 4
    assert told["journal"]["intact"] is True


def demo(keep: Path, report: Path) -> tuple[str, ...]:
    return (
        *("demo", "--scenario", "calm", "--accounts", "4", "--seconds", "40"),
        *("--home", str(keep), "--json", str(report)),
    )


def test_the_demo_runs_in_a_window_a_chord_stops_it_and_it_ends_clean(user: Frozen, tmp_path: Path) -> None:
    keep, report = tmp_path / "keep", tmp_path / "report.json"
    with user.started(*demo(keep, report)) as desk:
        stop_by_the_chord(user, desk, keep)
    read_the_report(report)
    (fired,) = user.journal("--kind", "stop.fired", "--home", str(keep))
    assert fired["actor"] != "scram"
    assert json.loads(user.run("journal", "verify", "--json", "--home", str(keep)))["intact"] is True


def test_without_a_network_the_demo_does_the_same(user: Frozen, tmp_path: Path) -> None:
    if not is_allowed(OFFLINE, user.home):
        pytest.skip("this system lets nobody make a network of its own (unshare --net)")
    keep, report = tmp_path / "keep", tmp_path / "report.json"
    with user.started(*demo(keep, report), under=OFFLINE) as desk:
        stop_by_the_chord(user, desk, keep)
    read_the_report(report)


def test_in_a_home_that_cannot_be_written_the_demo_does_the_same(user: Frozen, tmp_path: Path) -> None:
    if not is_allowed(READ_ONLY, user.home):
        pytest.skip("this system lets nobody mount anything of its own (unshare --mount)")
    keep, report = tmp_path / "keep", tmp_path / "report.json"
    with user.started(*demo(keep, report), under=READ_ONLY) as desk:
        stop_by_the_chord(user, desk, keep)
    read_the_report(report)


def test_in_a_home_that_cannot_be_written_a_desk_says_so_and_stops_all_the_same(user: Frozen, tmp_path: Path) -> None:
    if not is_allowed(READ_ONLY, user.home):
        pytest.skip("this system lets nobody mount anything of its own (unshare --mount)")
    config = tmp_path / "scram.toml"
    with paper(user, accounts=1) as exchange:
        config.write_text(demo_toml(exchange.description))
        keys = demo_credentials(exchange.description)
        with user.started("run", "--config", str(config), under=READ_ONLY, environ=keys) as desk:
            window = user.window()
            until(lambda: user.reader.says("can stop 100") or _ended(desk))
            exchange.end_bots()
            user.screen().focus(window)
            user.screen().key("ctrl+shift+x")
            until(lambda: user.reader.says("of 1 account proven empty") or _ended(desk))
            user.picture("proven-in-a-home-that-cannot-be-written")
            assert exchange.resting() == 0
            assert "Read-only file system" in desk.said()
            assert desk.end() == 0
            assert "Traceback" not in desk.said()


def test_a_crash_is_planned_for_and_reduced_without_an_error(headless_user: Frozen, tmp_path: Path) -> None:
    """What loads late is loaded here: solver, statistics, journal, every library that plans and columns want."""
    report = tmp_path / "report.json"
    with headless_user.started(
        "demo", "--headless", "--seconds", "25", "--json", str(report), "--home", str(tmp_path / "keep")
    ) as desk:
        assert desk.ended() == 0
        assert "error:" not in desk.said()
    told = json.loads(report.read_text())
    assert told["mitigations"]
    assert told["halt"]["verified"] == told["halt"]["accounts"]
    out = tmp_path / "journal.parquet"
    headless_user.run("journal", "export", "--format", "parquet", "--out", str(out), "--home", str(tmp_path / "keep"))
    pyarrow = importlib.import_module("pyarrow.parquet")
    assert pyarrow.read_table(out).num_rows > 10


def test_it_carries_every_exchange_and_the_notices_of_everything(headless_user: Frozen, tmp_path: Path) -> None:
    ids = sorted(known_exchanges())
    assert len(ids) > 60
    config = tmp_path / "scram.toml"

    def check(*names: str) -> subprocess.CompletedProcess[str]:
        rows = (f'[[accounts]]\nname = "a-{number}"\nexchange = "{name}"\n' for number, name in enumerate(names))
        config.write_text("\n".join(rows))
        return subprocess.run(
            [program(), "limits", "check", "--config", config, "--home", tmp_path / "keep"],
            env=headless_user.environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert check(*ids).returncode == 0, check(*ids).stderr
    refused = check(*ids, "nowhere")
    assert refused.returncode == 2
    assert "nowhere" in refused.stderr
    notices = (program().parent / "_internal/resources/NOTICES.txt").read_text("utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in notices
    assert headless_user.run("notices") == notices
