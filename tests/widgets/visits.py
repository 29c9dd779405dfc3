"""Through every page of the desk and every tab of it, with something to show on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QWidget

from core.domain import PORTFOLIO
from core.snapshot import Snapshot
from tests.widgets import journals
from tests.widgets.alarmed import alarmed
from tests.widgets.limited import limit_lines, limits_page, pending, with_limits
from tests.widgets.plans import preview, with_plans
from tests.widgets.snapshots import build, opened
from widgets import nav
from widgets.desk import Desk
from widgets.tab_bar import TabBar


def busy(accounts: int = 12) -> Snapshot:
    """A stop, plans, a preview, groups of alarms, a scope that is open: whatever a page can have to show."""
    loud = alarmed()
    whole = with_plans(build(accounts, 20, stopped=True), preview=preview())
    whole = replace(whole, events=loud.events, alarms=loud.alarms, routes=loud.routes)
    whole = replace(whole, limits_page=limits_page(chosen=limit_lines()[2].identity, pending=pending()))
    return with_limits(opened(whole, PORTFOLIO, lines=6))


def visits(desk: Desk, snapshot: Snapshot, *, settle_ms: int = 5) -> Iterator[tuple[str, QWidget]]:
    """The name of each place, and the part of the desk that shows it, after it is shown."""
    desk.show_snapshot(snapshot)
    for place, name in enumerate(nav.PAGES):
        desk.show_page(place)
        desk.nav.buttons[place].setFocus()
        shown = _answered(desk, snapshot) if place == nav.JOURNAL else snapshot
        desk.show_snapshot(shown)
        yield from _tabs(name, desk, desk.all_pages[place], shown, settle_ms)
    desk._open_scope(PORTFOLIO)
    yield from _tabs("Scope", desk, desk.page, snapshot, settle_ms)
    desk.go_back()


def _answered(desk: Desk, snapshot: Snapshot) -> Snapshot:
    """The page of the journal shows the answer to what it asked for, and no other."""
    return journals.asked(snapshot, page=journals.page(desk.journal._wish), last_check=journals.CHECK)


def _tabs(name: str, desk: Desk, page: QWidget, snapshot: Snapshot, settle_ms: int) -> Iterator[tuple[str, QWidget]]:
    bars = [bar for bar in page.findChildren(TabBar) if bar.isVisible()]
    if not bars:
        QTest.qWait(settle_ms)
        yield name, page
    for bar in bars:
        for button in bar.buttons:
            if button.isVisible():
                button.click()
                desk.show_snapshot(snapshot)
                QTest.qWait(settle_ms)
                yield f"{name}, {button.text()}", page
        bar.buttons[0].click()


def choose_rows(page: QWidget) -> None:
    """A row of every table and list in sight: text stands on the colour of a choice too."""
    for view in page.findChildren(QAbstractItemView):
        model = view.model()
        if view.isVisible() and model is not None and model.rowCount():
            view.setCurrentIndex(model.index(0, 0))
