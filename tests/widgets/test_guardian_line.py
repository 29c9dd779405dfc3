"""The guardian in the status strip and on the proof board."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from core.halt.guardian.view import GuardianView, TakenOver
from tests.widgets.snapshots import build, halt
from widgets.guardian_line import guardian_tip, guardian_words
from widgets.proof_headline import ProofHeadline
from widgets.proof_model import NOTE, ProofModel
from widgets.status_strip import StatusStrip
from widgets.theme import Tone

READY = GuardianView(alive=True, age_s=0.2, pid=7, accounts=800, ready=800)


@pytest.mark.parametrize(
    ("view", "words", "tone"),
    [
        (None, "", Tone.FAINT),
        (READY, "guardian ready, 800 accounts", Tone.FAINT),
        (replace(READY, ready=792, unready=("a", "b")), "◆ guardian 792 of 800 ready", Tone.UNKNOWN),
        (replace(READY, took_over=(TakenOver("h", "a", "UNKNOWN"),), took_over_all=1), "● guardian stops 1 account",
         Tone.MEDIUM),
        (replace(READY, latch_error="disk full"), "▲ guardian: latch not on disk", Tone.CRITICAL),
        (replace(READY, alive=False, reason="no guardian runs here"), "▲ no guardian", Tone.HIGH),
    ],
)  # fmt: skip
def test_what_it_is_said_to_be(view: GuardianView | None, words: str, tone: Tone) -> None:
    assert guardian_words(view) == (words, tone)


def test_its_tip_says_whose_keys_it_has_why_it_is_gone_and_what_it_saw() -> None:
    tip = guardian_tip(
        replace(READY, alive=False, reason="the guardian has ended", borrowed=3, alarms=("the desk ended",))
    )
    assert "Process 7" in tip
    assert "the guardian has ended: this desk stops and proves alone" in tip
    assert "3 accounts with the desk's own credentials" in tip
    assert tip.endswith("the desk ended")


def test_the_strip_shows_it_and_hides_it_where_none_is_configured(qtbot: QtBot) -> None:
    strip = StatusStrip()
    qtbot.addWidget(strip)
    strip.show()
    strip.show_snapshot(build(3))
    assert strip.guardian.text() == "guardian ready, 3 accounts"
    strip.show_snapshot(replace(build(3), guardian=None))
    assert not strip.guardian.isVisible()


def test_what_it_took_over_is_on_the_board_and_whose_latch_is_on_disk_in_the_headline(qtbot: QtBot) -> None:
    view = halt(3, latch_error="disk full")
    rows = (replace(view.rows[0], guardian="VERIFIED"), *view.rows[1:])
    model = ProofModel()
    model.show(replace(view, rows=rows))
    assert [("guardian too: VERIFIED" in model.text(row, NOTE)) for row in range(3)] == [True, False, False]
    headline = ProofHeadline()
    qtbot.addWidget(headline)
    headline.show_halt(view)
    assert headline.latch.text().endswith("A restart would not remember this stop.")
    headline.show_halt(replace(view, latched_by_guardian=True))
    assert headline.latch.text().endswith("The guardian's own is.")
