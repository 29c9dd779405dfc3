"""Who acts on the book: told where it is not this desk, with a way to take over that takes two presses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.mitigation.permission import LeaseView, OtherDesk
from tests.widgets.snapshots import build
from widgets.lease_bar import SURE, TAKE_OVER, LeaseBar

BOB = OtherDesk("bob on tower (process 77)", 3, 1_700_000_000.0)
WATCHING = LeaseView(3, 0, (BOB,))


@pytest.fixture
def bar(qtbot: QtBot) -> LeaseBar:
    made = LeaseBar()
    qtbot.addWidget(made)
    return made


def test_it_is_hidden_while_this_desk_acts_on_everything(bar: LeaseBar) -> None:
    bar.show_snapshot(replace(build(3), lease=LeaseView(3, 3)))
    assert bar.isHidden()


def test_a_desk_that_only_watches_says_whose_the_book_is_and_that_its_stop_is_live(bar: LeaseBar) -> None:
    bar.show_snapshot(replace(build(3), lease=WATCHING))
    assert not bar.isHidden()
    assert bar.line.text() == "■ View only: held by bob on tower (process 77) until 22:13:20 UTC"
    assert "stop button here is live" in bar.stop.text()


def test_taking_over_takes_two_presses(bar: LeaseBar, qtbot: QtBot) -> None:
    bar.show_snapshot(replace(build(3), lease=WATCHING))
    with qtbot.assertNotEmitted(bar.take_over_requested):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert bar.button.text() == SURE
    with qtbot.waitSignal(bar.take_over_requested):
        qtbot.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    assert bar.button.text() == TAKE_OVER


def test_a_desk_that_was_asked_is_not_asked_again(bar: LeaseBar) -> None:
    bar.show_snapshot(replace(build(3), lease=replace(WATCHING, asked=True)))
    assert not bar.button.isEnabled()
    assert bar.line.text().endswith("it was asked to hand over")


def test_a_lease_that_cannot_be_renewed_is_told_before_it_ends(bar: LeaseBar) -> None:
    lease = LeaseView(3, 3, until_s=1_700_000_000.0, trouble="the disk is full")
    bar.show_snapshot(replace(build(3), lease=lease))
    assert bar.line.text().startswith("▲ The lease cannot be renewed (the disk is full): this desk acts until 22:13:20")
    assert bar.button.isHidden()
