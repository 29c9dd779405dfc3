from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crash.groups import FaultGroups
from core.crash.report import REPORTS_KEPT, CrashFolder, Surroundings, report_text
from core.crash.scrub import scrubbed, without_names
from core.log import set_up_logging

HEX = "0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "GET https://api.venue.example/v1/order?symbol=BTC&signature=SEKRETSEKRET HTTP/1.1",
        "wss://stream.venue.example/ws#SEKRETSEKRET",
        "https://user:SEKRETSEKRET@proxy.example/",
        "{'apiKey': 'SEKRETSEKRET', 'other': 1}",
        "mail from ada.SEKRETSEKRET@desk.example",
        "key SEKRETSEKRET1" + "a1" * 20,
        "Authorization: Bearer SEKRETSEKRET",
    ],
)
def test_what_looks_like_a_secret_and_what_an_address_asked_for_is_left_out(text: str) -> None:
    assert "SEKRETSEKRET" not in scrubbed(text)


@given(secret=st.text(HEX, min_size=40, max_size=80))
def test_a_long_key_goes_whatever_stands_around_it(secret: str) -> None:
    if re.search("[0-9]", secret) and re.search("[a-f]", secret):
        for text in (f"signed with {secret}", f'("{secret}",)', f"key={secret}\n", f"[{secret}]"):
            assert secret not in scrubbed(text)


def test_the_secrets_of_this_session_go_as_the_log_knows_them() -> None:
    redactor = set_up_logging(None)
    redactor.add(["plain-word"])
    assert scrubbed("it said plain-word twice: plain-word") == "it said *** twice: ***"


def test_the_home_folder_goes_and_the_way_within_it_stays(tmp_path: Path) -> None:
    text = f'File "{tmp_path}/scram/app/x.py", line 3'
    assert scrubbed(text, tmp_path) == 'File "~/scram/app/x.py", line 3'
    assert scrubbed("a / b", Path("/")) == "a / b"


def test_a_traceback_stays_readable() -> None:
    line = 'File "/opt/scram/core/engine/engine.py", line 214, in _cycle_that_reads_everything_and_decides_all_of_it'
    assert scrubbed(line) == line


def test_names_of_accounts_are_numbered_as_whole_words_alone() -> None:
    names = ("alpha", "alpha-1", "x")
    text = "alpha and alpha-1: alphabet, alpha-11, x, beta.alpha"
    assert without_names(text, names) == "account 1 and account 2: alphabet, alpha-11, x, beta.alpha"
    assert without_names(text, ()) == text


def test_a_report_tells_each_fault_once_with_its_count() -> None:
    groups = FaultGroups()
    for at_s in range(17):
        groups.add("Qt", None, f"timer {at_s} failed", float(at_s))
    groups.add("event loop", None, "other", 3.0)
    text = report_text(groups.groups, 0.0, Surroundings.here())
    assert text.count("timer") == 2, "its name and its text"
    assert "17 times" in text
    assert "18 in 2 places" in text
    assert "Python 3" in text


def test_reports_are_their_owners_alone_and_bounded_in_number(tmp_path: Path) -> None:
    folder = CrashFolder(tmp_path / "crashes")
    for number in range(REPORTS_KEPT + 7):
        assert folder.write(folder.path_of(1_700_000_000.0 + number, 1), f"report {number}")
    kept = folder.newest()
    assert len(kept) == REPORTS_KEPT
    assert kept[0].read_text() == f"report {REPORTS_KEPT + 6}"
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_a_folder_that_cannot_be_written_costs_the_report_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = CrashFolder(tmp_path / "file" / "crashes")
    assert not folder.write(folder.path_of(0.0, 1), "text")
    assert "cannot be kept" in folder.trouble
    assert folder.newest() == ()
