"""Draw the whole desk to pictures, to be looked at: `python -m tests.widgets.look OUTDIR`."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from core.crash.view import CrashView
from core.domain import PORTFOLIO, ScopeKind
from core.joining.model import TrialStep
from core.snapshot import Snapshot
from core.venues.rights import KeyRights
from tests.app.look_window import shoot_window
from tests.core.filtering.trees import roster_of
from tests.widgets import journals
from tests.widgets.alarmed import alarmed
from tests.widgets.limited import limit_lines, limits_page, pending, trial, with_limits
from tests.widgets.links import story
from tests.widgets.plans import preview, with_plans
from tests.widgets.snapshots import build, empty, opened
from tests.widgets.wizard.found import OFFERS, OKX, PLACES, drilled, findings
from widgets import nav
from widgets.choice import ALL, ColumnChoice
from widgets.crash_report import CrashReport
from widgets.desk import Desk
from widgets.limit_editor import WAIT_MS
from widgets.saved_view import BUILT_IN
from widgets.theme import THEMES, apply_theme
from widgets.wizard.trial_page import STEPS
from widgets.wizard.wizard import DRILL, TRIAL, Wizard

SIZES = ((1280, 800), (1920, 1080))
PAGES = {
    "overview": nav.OVERVIEW,
    "scopes": nav.SCOPES,
    "events": nav.EVENTS,
    "readiness": nav.READINESS,
    "connections": nav.CONNECTIONS,
    "settings": nav.SETTINGS,
    "help": nav.HELP,
}


def shoot(desk: Desk, snapshot: Snapshot, page: int, file: Path) -> None:
    desk.show_page(page)
    desk.show_snapshot(snapshot)
    QTest.qWait(60)
    desk.grab().save(str(file))


def shoot_scopes(desk: Desk, snapshot: Snapshot, out: Path, place: str) -> None:
    """The chooser beside the table, the table scrolled sideways, and the pages of a few scopes with every tab."""
    desk.show_page(nav.SCOPES)
    desk.scopes.choose.setChecked(True)
    shoot(desk, snapshot, nav.SCOPES, out / f"chooser-{place}.png")
    desk.scopes.choose.setChecked(False)
    desk.scopes.set_columns(ColumnChoice(ALL))
    desk.scopes.table.setFocus()
    desk.scopes.table.setCurrentIndex(desk.scopes.model.index(2, 34))
    shoot(desk, snapshot, nav.SCOPES, out / f"sideways-{place}.png")
    desk.scopes.set_columns(ColumnChoice())
    shoot_filters(desk, dataclasses.replace(snapshot, roster=roster_of(snapshot)), out, place)
    account = next(scope for scope in snapshot.matrix.scopes if scope.kind is ScopeKind.ACCOUNT)
    for scope, lines in ((PORTFOLIO, 40), (account, 4)):
        desk._open_scope(scope)
        for tab, button in enumerate(desk.page.tabs.buttons if scope == PORTFOLIO else desk.page.tabs.buttons[:1]):
            button.click()
            desk.show_snapshot(opened(snapshot, scope, lines=lines))
            QTest.qWait(60)
            desk.grab().save(str(out / f"page-{scope.kind.value}-{tab}-{place}.png"))
        desk.go_back()
    desk._open_scope(account)
    desk.show_snapshot(snapshot)
    QTest.qWait(30)
    desk.grab().save(str(out / f"page-unpainted-{place}.png"))


def shoot_filters(desk: Desk, snapshot: Snapshot, out: Path, place: str) -> None:
    """The tree, words on offer under a filter, a filter that is wrong, a view with its form, a file that is written."""
    scopes = desk.scopes
    scopes.bar.tree.setChecked(True)
    desk.show_snapshot(snapshot)
    scopes.table.turn(1, opened=True)
    scopes.table.turn(2, opened=True)
    shoot(desk, snapshot, nav.SCOPES, out / f"tree-{place}.png")
    scopes.filter.setFocus()
    for name, text in (("offers", "drawdown > 2% and ve"), ("wrong", "drawdwn > 2%"), ("filter", "venue = okx")):
        scopes.filter.setText(text)
        scopes.filter.textEdited.emit(text)
        QTest.qWait(30)
        desk.grab().save(str(out / f"{name}-{place}.png"))
    scopes.filter.offers.hide()
    scopes.views.pick(next(view for view in BUILT_IN if view.name == "Closest to a limit"))
    scopes.views.form.ask("Save as", "", ())
    scopes.bar.export_bar.show_progress(40_000, 100_000, "/home/ada/scopes.csv")
    QTest.qWait(30)
    desk.grab().save(str(out / f"view-{place}.png"))
    scopes.views.form.close_form()
    scopes.bar.export_bar.show_end("✓ 100,000 rows written to /home/ada/scopes.csv")
    scopes.bar.export_bar.cancel.click()
    scopes.views.pick(BUILT_IN[0])


def shoot_events(desk: Desk, out: Path, place: str) -> None:
    """A busy hour on the page of the events: a flood, a group that is open, a form, and every tab."""
    busy = alarmed()
    shoot(desk, alarmed(flood=True), nav.EVENTS, out / f"events-flood-{place}.png")
    desk.events.list.model.opened.add("venue")
    shoot(desk, busy, nav.EVENTS, out / f"events-busy-{place}.png")
    desk.events.list.table.choose_key("down")
    desk.events.list.shelve.trigger()
    shoot(desk, busy, nav.EVENTS, out / f"events-form-{place}.png")
    desk.events.form.close_form()
    for tab, button in enumerate(desk.events.tabs.buttons):
        button.click()
        shoot(desk, busy, nav.EVENTS, out / f"events-tab-{tab}-{place}.png")
    desk.events.tabs.choose(0)
    desk._open_event("l3")
    for tab, button in enumerate(desk.details.tabs.buttons):
        button.click()
        shoot(desk, busy, nav.EVENTS, out / f"events-details-{tab}-{place}.png")
    desk.details.tabs.choose(0)
    desk.details.hide()


def shoot_standby(desk: Desk, snapshot: Snapshot, out: Path, place: str) -> None:
    """The guardian and the dead-man's switches."""
    for tab in (1, 2):
        desk.readiness.tabs.choose(tab)
        shoot(desk, snapshot, nav.READINESS, out / f"readiness-tab-{tab}-{place}.png")
    desk.readiness.tabs.choose(0)


def shoot_journal(desk: Desk, calm: Snapshot, out: Path, place: str) -> None:
    """Records, one in full while a check and a file are under way, and a journal that is not what was written."""
    desk.show_snapshot(calm)
    desk.show_page(nav.JOURNAL)
    shown = desk.journal

    def states(**desk_of: object) -> Snapshot:
        return journals.asked(calm, page=journals.page(shown._wish), **desk_of)

    shoot(desk, states(last_check=journals.CHECK), nav.JOURNAL, out / f"journal-{place}.png")
    shown.table.selectRow(2)
    shown.table.opened.emit(shown.table.chosen_keys()[0])
    busy = states(
        record=journals.record(shown.pane.seq or 0),
        check=journals.RUNNING,
        last_check=journals.CHECK,
        file=journals.WRITING,
    )
    shoot(desk, busy, nav.JOURNAL, out / f"journal-record-{place}.png")
    shown.pane.close_pane()
    shoot(desk, states(last_check=journals.BAD), nav.JOURNAL, out / f"journal-bad-{place}.png")


def shoot_connections(desk: Desk, snapshot: Snapshot, out: Path, place: str) -> None:
    """One account's connection beside the table."""
    name = snapshot.connections[2].account
    desk.show_page(nav.CONNECTIONS)
    desk.connections.table.choose_key(name)
    desk.connections.details.click()
    shoot(desk, dataclasses.replace(snapshot, link=story(name)), nav.CONNECTIONS, out / f"link-{place}.png")
    desk.connections.pane.close_pane()


def shoot_mitigations(desk: Desk, calm: Snapshot, out: Path, place: str) -> None:
    """A plan with its effect, one that runs, what has ended, and what automation came to."""
    busy = with_plans(calm, preview=preview())
    shoot(desk, busy, nav.MITIGATIONS, out / f"mitigations-{place}.png")
    for name in ("plan-0", "plan-2"):
        desk.mitigations.list.choose(name)
        shoot(desk, busy, nav.MITIGATIONS, out / f"mitigations-{name}-{place}.png")
    for tab, button in enumerate(desk.mitigations.tabs.buttons):
        button.click()
        shoot(desk, busy, nav.MITIGATIONS, out / f"mitigations-tab-{tab}-{place}.png")
    desk.mitigations.tabs.choose(0)


def shoot_overview(desk: Desk, snapshot: Snapshot, out: Path, place: str) -> None:
    """Exposure by venue, by strategy and over time, and the wall with larger cells and with names."""
    busy = with_plans(snapshot)
    shoot(desk, busy, nav.OVERVIEW, out / f"overview-plans-{place}.png")
    for by in (1, 2, 3):
        desk.overview.exposure.tabs.choose(by)
        desk.overview.wall.wall.zoom(3)
        shoot(desk, busy, nav.OVERVIEW, out / f"overview-{by}-{place}.png")
    desk.overview.exposure.tabs.choose(0)
    desk.overview.wall.wall.fit()


def shoot_limits(desk: Desk, calm: Snapshot, out: Path, place: str, accounts: int) -> None:
    """A limit that is chosen, being changed with its effect, mistyped, and the past; view-only, and a new one."""
    scopes, extra = accounts, 0 if accounts < 100 else 300
    chosen = limit_lines()[2].identity
    usual = with_limits(calm, scopes=scopes, extra=extra, chosen=chosen)
    desk.limits.editor.start_over()
    shoot(desk, with_limits(calm, scopes=scopes, extra=extra), nav.LIMITS, out / f"limits-{place}.png")
    desk.limits.list.table.choose_key(chosen)
    shoot(desk, usual, nav.LIMITS, out / f"limits-chosen-{place}.png")
    high = desk.limits.editor.fields.fields["high"]
    assert isinstance(high, QLineEdit)
    high.setText("2.5x")
    QTest.qWait(WAIT_MS + 60)
    tried = limits_page(scopes, extra, chosen=chosen, trial=trial(desk.limits.editor.draft), pending=pending())
    shoot(desk, with_limits(calm, tried), nav.LIMITS, out / f"limits-tried-{place}.png")
    high.setText("2.5 %")
    QTest.qWait(WAIT_MS + 60)
    locked = "limits are changed at the desk that acts: another desk acts on these accounts"
    page = limits_page(scopes, extra, chosen=chosen, locked=locked)
    shoot(desk, with_limits(calm, page), nav.LIMITS, out / f"limits-locked-{place}.png")
    desk.limits.editor.start_over()
    desk.show_snapshot(usual)
    desk.limits.list.new.click()
    shoot(desk, usual, nav.LIMITS, out / f"limits-new-{place}.png")
    desk.limits.editor.start_over()
    desk.limits.tabs.choose(1)
    desk.limits.past.table.choose_key(640)
    shoot(desk, usual, nav.LIMITS, out / f"limits-past-{place}.png")
    desk.limits.tabs.choose(0)


def shoot_first_run(desk: Desk, out: Path, place: str) -> None:
    """Every page of the wizard, as it is where all went well, and the test of a key that may withdraw."""
    wizard = Wizard(desk, desk.header, desk.header.stop)
    wizard.show_offers(OFFERS)
    wizard.show_surroundings(PLACES, frozenset(), "/home/ada/.config/scram/scram.toml")
    wizard.begin(first_run=True)
    wizard.venue.table.setCurrentIndex(wizard.venue.model.index(2, 0))
    wizard.venue.fold.setChecked(True)
    wizard.show_needs(OKX)
    wizard.keys.file.radio.setChecked(True)
    for field in wizard.keys.fields.values():
        field.setText("no key at all")
    for number in range(len(wizard.pages)):
        wizard.turn_to(number)
        if number == TRIAL:
            for name in STEPS:
                wizard.show_step(TrialStep(name, "all is well", done=True))
            wizard.show_found(findings(KeyRights(True, True, False)))
        if number == DRILL:
            wizard.drill.begin()
            wizard.show_drill(drilled())
        QTest.qWait(60)
        desk.grab().save(str(out / f"first-{number}-{place}.png"))
    wizard.shut()
    wizard.deleteLater()


def shoot_faults(desk: Desk, out: Path, place: str) -> None:
    report = CrashReport(desk, desk.header, desk.header.stop, lambda: 0.2)
    text = "Scram: report of internal faults\n\n1. ValueError in step:214 (event loop; 17 times)\nTraceback ..."
    report.show_view(CrashView(18, 2, text, text, "~/.local/state/scram/log/crashes/20260402T140112Z-4711.report.txt"))
    report.open()
    QTest.qWait(60)
    desk.grab().save(str(out / f"faults-{place}.png"))
    report.shut()
    report.deleteLater()


def look(app: QApplication, out: Path) -> None:
    cases = {"3": build(3, 8), "10000": build(10_000, 1_000)}
    stopped = {name: build(accounts, 8, stopped=True) for name, accounts in (("3", 3), ("10000", 10_000))}
    for theme_name in ("dark", "light"):
        theme = THEMES[theme_name]
        apply_theme(app, theme)
        for width, height in SIZES:
            desk = Desk()
            desk.resize(width, height)
            desk.show()
            place = f"{theme_name}-{width}"
            shoot(desk, empty(), nav.OVERVIEW, out / f"empty-{place}.png")
            shoot_first_run(desk, out, place)
            shoot_faults(desk, out, place)
            for name, snapshot in cases.items():
                for page_name, page in PAGES.items():
                    shoot(desk, snapshot, page, out / f"{page_name}-{name}-{place}.png")
                shoot(desk, stopped[name], nav.PROOF, out / f"proof-{name}-{place}.png")
                shoot(desk, stopped[name], nav.OVERVIEW, out / f"overview-stopped-{name}-{place}.png")
                shoot_overview(desk, snapshot, out, f"{name}-{place}")
                shoot_scopes(desk, snapshot, out, f"{name}-{place}")
                shoot_limits(desk, snapshot, out, f"{name}-{place}", int(name))
                shoot_connections(desk, snapshot, out, f"{name}-{place}")
                shoot_standby(desk, snapshot, out, f"{name}-{place}")
                shoot_window(snapshot, (width, height), out, f"{name}-{place}")
            shoot_events(desk, out, place)
            shoot_mitigations(desk, cases["3"], out, place)
            shoot_journal(desk, cases["3"], out, place)
            desk._open_event(cases["3"].events[0].event_id)
            shoot(desk, cases["3"], nav.OVERVIEW, out / f"details-3-{place}.png")
            desk.close()
            desk.deleteLater()
            QTest.qWait(20)


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "look")
    folder.mkdir(parents=True, exist_ok=True)
    look(application, folder)
