"""Everything that is really painted can be read: each text on the ground that it stands on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.widgets.painted import hard_to_read, texts_of
from tests.widgets.visits import busy, choose_rows, visits
from widgets import nav
from widgets.desk import Desk
from widgets.theme import CONTRAST_DARK, CONTRAST_LIGHT, DARK, LIGHT, Theme, apply_theme

READABLE = 4.5
HIGH = 7.0


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_text_on_every_page_can_be_read(desk: Desk, qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    seen, weak = 0, {}
    for place, page in visits(desk, busy()):
        choose_rows(page)
        texts = texts_of(desk)
        seen += len(texts)
        if found := hard_to_read(desk, READABLE, texts):
            weak[place] = found
    assert weak == {}
    assert seen > 2_000, "hardly anything was painted: this has shown nothing"


@pytest.mark.parametrize("theme", [CONTRAST_DARK, CONTRAST_LIGHT], ids=lambda theme: theme.name)
def test_high_contrast_is_high_on_the_pages_that_matter_most(desk: Desk, qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    desk.show_snapshot(busy())
    for page in (nav.OVERVIEW, nav.EVENTS, nav.PROOF):
        desk.show_page(page)
        qapp.sendPostedEvents()
        assert hard_to_read(desk, HIGH) == set(), nav.PAGES[page]


def _label(parent: QWidget) -> QWidget:
    label = QLabel("hardly there", parent)
    label.setStyleSheet("color: #6a6a6a")
    return label


def _placeholder(parent: QWidget) -> QWidget:
    field = QLineEdit(parent)
    field.setPlaceholderText("hardly there")
    field.setStyleSheet("placeholder-text-color: #555555")
    return field


def _disabled(parent: QWidget) -> QWidget:
    button = QPushButton("hardly there", parent)
    button.setEnabled(False)
    button.setStyleSheet("color: #4a4f57")
    return button


@pytest.mark.parametrize("part", [_label, _placeholder, _disabled])
def test_what_cannot_be_read_is_found(qtbot: QtBot, part: Callable[[QWidget], QWidget]) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    QVBoxLayout(whole).addWidget(part(whole))
    whole.resize(200, 60)
    whole.show()
    (found,) = hard_to_read(whole, READABLE)
    assert found.startswith("'hardly there'")


@pytest.mark.parametrize("theme", [LIGHT, CONTRAST_DARK], ids=lambda theme: theme.name)
def test_a_desk_that_changes_its_theme_looks_like_one_that_began_with_it(
    qtbot: QtBot, qapp: QApplication, theme: Theme
) -> None:
    snapshot = busy()
    changed = _shown(qtbot, snapshot)
    apply_theme(qapp, theme)
    begun = _shown(qtbot, snapshot)
    for place in range(len(nav.PAGES)):
        pictures = []
        for one in (changed, begun):
            one.show_page(place)
            one.nav.buttons[place].setFocus()
            one.show_snapshot(snapshot)
            qapp.sendPostedEvents()
            pictures.append(one.all_pages[place].grab().toImage())
        assert pictures[0] == pictures[1], nav.PAGES[place]


def _shown(qtbot: QtBot, snapshot: object) -> Desk:
    made = Desk()
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    for place in range(len(nav.PAGES)):
        made.show_page(place)
        made.show_snapshot(snapshot)  # type: ignore[arg-type]
    return made
