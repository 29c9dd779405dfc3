"""The palette: typed, walked and chosen from with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from widgets.palette import Palette
from widgets.palette_model import SLICE, Entry, Offer, PaletteModel, Section


def section(name: str, texts: Sequence[str], ran: list[str], **more: object) -> Section:
    def entry(row: int) -> Entry:
        refusal = "it is possible" if "never" in texts[row] else ""
        return Entry(texts[row], name, partial(ran.append, texts[row]), "Ctrl+1", "Does it.", refusal)

    rest = {"at_rest": len(texts), **more}
    return Section(name, texts, len(texts), lambda first, last: texts[first:last], entry, **rest)  # type: ignore[arg-type]


class Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []
        self.field = QLineEdit(self)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addStretch(1)
        self.palette_of_page = Palette(self, self.field)
        self.resize(900, 600)
        self.show()
        self.field.setFocus()

    def open(self, texts: Sequence[str]) -> Palette:
        self.palette_of_page.open([section("commands", texts, self.ran)])
        return self.palette_of_page


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    made = Page()
    qtbot.addWidget(made)
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    return made


def _words(palette: Palette) -> list[str]:
    return [palette.model.index(row, 0).data() for row in range(palette.model.rowCount())]


def test_typing_walking_and_enter_do_what_is_chosen_and_give_the_keyboard_back(page: Page, qtbot: QtBot) -> None:
    palette = page.open(["lock the desk", "go to events", "go to scopes"])
    qtbot.waitUntil(lambda: palette.model.rowCount() == 3, timeout=3000)
    QTest.keyClicks(palette.line, "goto")
    assert _words(palette) == ["go to events", "go to scopes"]
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert page.ran == ["go to scopes"]
    assert not palette.isVisible()
    assert page.field.hasFocus()


def test_what_is_not_possible_is_shown_with_its_reason_and_not_done(page: Page, qtbot: QtBot) -> None:
    palette = page.open(["never now"])
    qtbot.waitUntil(lambda: palette.model.rowCount() == 1, timeout=3000)
    assert palette.model.index(0, 1).data() == "only when it is possible"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert page.ran == []
    assert palette.isVisible()


def test_escape_and_a_click_elsewhere_close_it(page: Page, qtbot: QtBot) -> None:
    palette = page.open(["a"])
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert page.field.hasFocus()
    page.open(["a"])
    page.field.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not palette.isVisible()
    assert page.field.hasFocus()


def test_it_asks_for_a_name_too(page: Page) -> None:
    named: list[str] = []
    page.palette_of_page.open([section("known", ["night"], page.ran)], "known", "Name", named.append)
    QTest.keyClicks(page.palette_of_page.line, " morning ")
    QTest.keyClick(page.palette_of_page.line, Qt.Key.Key_Return)
    assert named == ["morning"]
    assert page.ran == []


def test_the_list_keeps_to_the_rules_of_models_while_it_is_typed(page: Page, qtbot: QtBot) -> None:
    palette = page.open([f"sub-{row:03}" for row in range(90)])
    QAbstractItemModelTester(palette.model, QAbstractItemModelTester.FailureReportingMode.Fatal, palette)
    qtbot.waitUntil(lambda: palette.model.rowCount() > 0, timeout=3000)
    kept = QPersistentModelIndex(palette.model.index(5, 0))
    for letters in ("s", "su", "sub-00", "sub-005", "", "sub-0"):
        palette.line.setText(letters)
        if letters != "":
            assert kept.data() == "sub-005"
    palette.line.setText("089")
    assert _words(palette) == ["sub-089"]
    assert not kept.isValid()


def test_many_names_are_taken_in_by_slices_and_only_once() -> None:
    asked: list[tuple[int, int]] = []
    names = tuple(f"sub-{row:06}" for row in range(2 * SLICE + 5))

    def texts(first: int, last: int) -> Sequence[str]:
        asked.append((first, last))
        return names[first:last]

    offer = Offer()
    for _ in range(2):
        offer.show([Section("scopes", names, len(names), texts, lambda row: Entry(names[row], "", list))])
        while offer.take_slice():
            pass
    assert asked == [(0, SLICE), (SLICE, 2 * SLICE), (2 * SLICE, 2 * SLICE + 5)]
    assert [entry.words for _, entry in offer.find("008004")] == ["sub-008004"]
    assert offer.find("") == [], "scopes are not listed before anybody has typed"


def test_a_section_may_be_looked_through_alone() -> None:
    offer, ran = Offer(), list[str]()
    offer.show([section("a", ["one"], ran), section("b", ["one more"], ran)])
    while offer.take_slice():
        pass
    assert [key for key, _ in offer.find("one")] == [("a", 0), ("b", 0)]
    assert [key for key, _ in offer.find("one", "b")] == [("b", 0)]
    assert PaletteModel().entry(0) is None
