"""The panels of the first page, each by what it is asked."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.domain import PORTFOLIO, Scope, ScopeKind
from core.mitigation.automation import AutomationFigures, AutomationView
from core.mitigation.model import MitigationState
from core.snapshot import LatencyView, LimitLine, Snapshot
from tests.widgets.plans import automation, plan, progress, with_plans
from tests.widgets.snapshots import build, empty
from widgets import nav
from widgets.desk import Desk
from widgets.exposure_bars import ExposureRow, grouped
from widgets.exposure_plot import OVER_TIME, STRATEGY, UNDERLYING, VENUE, ExposurePlot
from widgets.headroom_panel import HeadroomPanel
from widgets.mitigation_panel import MitigationPanel
from widgets.mitigation_progress import progress_words, share_done
from widgets.overview import Overview
from widgets.panel import Panel, SnapshotWidget
from widgets.portfolio_course import PortfolioCourse
from widgets.pulse_panel import PulsePanel
from widgets.status_strip import StatusStrip
from widgets.theme import DARK, LIGHT, Tone, apply_theme


def shown(qtbot: QtBot, part: SnapshotWidget, snapshot: Snapshot, width: int = 440, height: int = 230) -> None:
    qtbot.addWidget(part)
    part.resize(width, height)
    part.show()
    part.show_snapshot(snapshot)


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


# Exposure


@pytest.mark.parametrize(("by", "kind"), [(VENUE, ScopeKind.VENUE), (STRATEGY, ScopeKind.STRATEGY)])
def test_exposure_by_venue_and_strategy_is_what_the_matrix_says_of_them_and_opens_them(
    qtbot: QtBot, by: int, kind: ScopeKind
) -> None:
    made = build(30, 0)
    part = ExposurePlot()
    shown(qtbot, part, made)
    part.tabs.choose(by)
    matrix = made.matrix
    rows = [row for scope, row in matrix.rows.items() if scope.kind is kind]
    gross = sorted((float(matrix.value[row, matrix.column("gross_exposure")]) for row in rows), reverse=True)
    listed = part.bars.shown
    assert listed[0].gross == gross[0]
    assert math.fsum(row.gross for row in listed) == pytest.approx(math.fsum(gross))
    net = matrix.value[rows, matrix.column("net_exposure")]
    assert math.fsum(row.net for row in listed) == pytest.approx(float(net.sum()))
    with qtbot.waitSignal(part.scope_selected) as told:
        qtbot.keyClick(part.bars, Qt.Key.Key_Return)
    assert told.args[0].kind is kind
    qtbot.keyClick(part.bars, Qt.Key.Key_Down)
    assert listed[1].name in part.bars.accessibleDescription()
    with qtbot.waitSignal(part.scope_selected) as told:
        qtbot.mouseClick(part.bars, Qt.MouseButton.LeftButton, pos=part.bars.rect().center())
    assert not part.grab().isNull()


def test_an_exposure_that_is_unknown_stands_first_and_makes_no_sum_out_of_what_is_known(qtbot: QtBot) -> None:
    made = build(30, 0)
    value = made.matrix.value.copy()
    row = next(row for scope, row in made.matrix.rows.items() if scope.kind is ScopeKind.VENUE)
    value[row, made.matrix.column("gross_exposure")] = math.nan
    part = ExposurePlot()
    shown(qtbot, part, dataclasses.replace(made, matrix=dataclasses.replace(made.matrix, value=value)))
    part.tabs.choose(VENUE)
    assert math.isnan(part.bars.shown[0].gross)
    assert "unknown" in part.bars.accessibleDescription()
    assert part.note.text() == "◆ 1 unknown"
    rest = grouped([ExposureRow(str(at), 1.0, math.nan if at == 3 else float(at)) for at in range(9)], 3)
    assert [row.name for row in rest] == ["3", "8", "7 other"]
    rest = grouped([ExposureRow(str(at), math.nan, float(at)) for at in range(9)], 3)
    assert math.isnan(rest[-1].net)


def test_before_anything_is_known_no_exposure_is_claimed(qtbot: QtBot) -> None:
    part = ExposurePlot()
    shown(qtbot, part, empty())
    for by in (UNDERLYING, VENUE, STRATEGY, OVER_TIME):
        part.tabs.choose(by)
        assert part.bars.empty_words == "Nothing is known yet"
        assert not part.grab().isNull()


# Equity and drawdown


def test_equity_and_drawdown_have_their_limits_and_no_names_of_them_lie_over_each_other(qtbot: QtBot) -> None:
    made = build(3, 0)
    part = PortfolioCourse()
    shown(qtbot, part, made, 690, 180)
    close = [LimitLine(PORTFOLIO, "drawdown", level, 0.030 + level / 500, "propose") for level in (1, 2, 3, 4)]
    lines = (*close, LimitLine(PORTFOLIO, "equity", 3, 44e6, ""))
    for width in (690, 400, 1_150):
        part.resize(width, 180)
        part.show_snapshot(dataclasses.replace(made, limit_lines=lines))
        qtbot.wait(20)
        labels = part.drawdown.plot.labels
        assert len(labels) >= (1 if width < 500 else 2)
        areas = [label.mapRectToDevice(label.boundingRect()) for label in labels]
        for place, area in enumerate(areas):
            assert not any(area.adjusted(1, 1, -1, -1).intersects(other) for other in areas[place + 1 :])
    assert [label.toPlainText() for label in part.equity.plot.labels] == ["high $44.00M"]
    assert {spaced(label.toPlainText()) for label in part.drawdown.plot.labels} <= {
        "low 3.2 % propose", "medium 3.4 % propose", "high 3.6 % propose", "critical 3.8 % propose",
    }  # fmt: skip


def test_every_limit_of_the_drawdown_is_drawn_however_far_it_is(qtbot: QtBot) -> None:
    made = build(3, 0)
    shallow = dataclasses.replace(made.history, drawdown=made.history.drawdown * 0.01)
    part = PortfolioCourse()
    shown(qtbot, part, dataclasses.replace(made, history=shallow), 900, 220)
    assert len(part.drawdown.plot.labels) == 4
    low = part.drawdown.plot.plot.viewRange()[1][0]
    assert low < -0.12


def test_a_span_is_chosen_for_both_and_a_new_theme_is_taken_up(qtbot: QtBot, qapp: object) -> None:
    made = build(3, 0)
    part = PortfolioCourse()
    shown(qtbot, part, made, 800, 220)
    counts = []
    for word in ("hour", "day"):
        qtbot.mouseClick(part.span.buttons[word], Qt.MouseButton.LeftButton)
        counts.append({len(plot.plot.curves[0].xData) for plot in part.plots})
    assert all(len(count) == 1 for count in counts)
    assert max(counts[0]) < max(counts[1])
    before = part.grab().toImage()
    apply_theme(qapp, LIGHT)  # type: ignore[arg-type]
    after = part.grab().toImage()
    apply_theme(qapp, DARK)  # type: ignore[arg-type]
    assert before != after


def test_the_plotting_library_waits_for_the_first_figures() -> None:
    """In a process of its own: others in this one have loaded it long since."""
    code = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from tests.widgets.snapshots import build, empty\n"
        "from widgets.desk import Desk\n"
        "app = QApplication([])\n"
        "desk = Desk()\n"
        "desk.show()\n"
        "desk.show_snapshot(empty())\n"
        "desk.grab()\n"
        "assert 'pyqtgraph' not in sys.modules\n"
        "desk.show_snapshot(build(3))\n"
        "assert 'pyqtgraph' in sys.modules\n"
        "desk.close()\n"
        "desk.deleteLater()\n"
        "app.sendPostedEvents(None, 52)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


# Mitigations


def test_what_is_mended_now_is_told_with_how_far_it_is_and_opens_its_plan(qtbot: QtBot) -> None:
    made = with_plans(build(30, 0), count=12)
    part = MitigationPanel()
    shown(qtbot, part, made)
    rows = [row for row in part.running.rows if row.isVisibleTo(part)]
    assert [row.mitigation_id for row in rows[:2]] == ["plan-7", "plan-2"]
    assert rows[0].state.text() == "running"
    assert "1 of 4 cuts" in spaced(rows[1].state.text())
    assert 0.0 < rows[1].bar.used < 1.0
    assert part.note.text() == "6 waiting · 6 under way"
    assert part.running.rest.text() == "and 3 more under way"
    assert not {card.mitigation_id for card in part.cards} & {row.mitigation_id for row in rows}
    with qtbot.waitSignal(part.open_requested) as told:
        qtbot.keyClick(rows[1], Qt.Key.Key_Return)
    assert told.args == ["plan-2"]
    part.show_snapshot(build(30, 0))
    assert not part.running.isVisible()


def test_progress_is_of_the_money_and_unknown_as_soon_as_any_of_it_is() -> None:
    made = dataclasses.replace(plan(2), state=MitigationState.RUNNING)
    outcomes = progress(made)
    whole = math.fsum(row.reduction.notional for row in outcomes)
    assert share_done(outcomes) == pytest.approx(outcomes[0].reduction.notional / whole)
    words = spaced(progress_words(made, outcomes, 0.0))
    assert words.startswith(f"1 of {len(outcomes)} cuts, ")
    blind = (*outcomes[:-1], dataclasses.replace(outcomes[-1], filled=math.nan))
    assert math.isnan(share_done(blind))
    assert progress_words(made, blind, 0.0).endswith("unknown")
    assert math.isnan(share_done(()))
    assert progress_words(made, (), 0.0) == "running"
    proving = dataclasses.replace(made, state=MitigationState.VERIFYING)
    assert progress_words(proving, outcomes, 0.0).startswith("verifying · ")


# Headroom and pulse


def test_the_least_headroom_stands_first_fills_its_room_and_opens_its_scope(qtbot: QtBot) -> None:
    made = build(200, 0)
    part = HeadroomPanel()
    shown(qtbot, part, made, 440, 160)
    few = sum(row.isVisible() for row in part.rows)
    part.resize(440, 320)
    qtbot.wait(10)
    assert sum(row.isVisible() for row in part.rows) > few > 2
    used = [row.bar.used for row in part.rows if row.isVisible()]
    assert used == sorted(used, reverse=True)
    first = part.rows[0]
    assert "time to breach" in first.accessibleName()
    with qtbot.waitSignal(part.scope_selected) as told:
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert isinstance(told.args[0], Scope)
    assert told.args[0].name in first.accessibleName() or told.args[0] == PORTFOLIO


def test_how_much_goes_by_itself_and_how_fast_is_told_and_what_is_not_known_is_no_figure(qtbot: QtBot) -> None:
    part = PulsePanel()
    shown(qtbot, part, empty(), 440, 62)
    tiles = (part.automation, part.reaction, part.cycle, part.stall)
    assert [tile.value.text() for tile in tiles] == ["unknown", "none yet", "unknown", "unknown"]
    day = AutomationFigures(mended=93, mended_by_person=5, stopped=2, passed=40)
    view: AutomationView = dataclasses.replace(automation(), last_day=day)
    latency = LatencyView(8.0, 1_400.0, 6.0, 82.0)
    part.show_snapshot(dataclasses.replace(empty(), automation=view, latency=latency))
    assert [spaced(tile.value.text()) for tile in tiles] == ["93.0 %", "8.0 ms / 1.4 s", "6.0 ms", "82 ms"]
    assert [tile.value.tone for tile in tiles] == [Tone.STRONG, Tone.HIGH, Tone.STRONG, Tone.MEDIUM]
    assert "5 after an approval" in part.automation.toolTip()
    with qtbot.waitSignal(part.page_wished) as told:
        qtbot.keyClick(part.automation, Qt.Key.Key_Return)
    assert told.args == [nav.MITIGATIONS]
    part.show_snapshot(dataclasses.replace(empty(), latency=LatencyView(8.0, 41.0, 6.0, 12.0)))
    assert spaced(part.reaction.value.text()) == "8.0 / 41 ms"
    calm = dataclasses.replace(view, last_day=AutomationFigures(passed=4))
    part.show_snapshot(dataclasses.replace(empty(), automation=calm))
    assert part.automation.value.text() == "no need"


def test_in_a_narrow_window_the_last_line_leaves_figures_out_rather_than_cutting_them(qtbot: QtBot) -> None:
    strip = StatusStrip()
    shown(qtbot, strip, build(3, 0), 1_400, 22)
    less = (strip.stall, strip.cycle, strip.updates)
    assert all(part.isVisible() for part in less)
    counts = []
    for width in (1_100, 1_000, 900, 800):
        strip.resize(width, 22)
        qtbot.wait(5)
        counts.append(sum(part.isVisible() for part in less))
        for part in (strip.reaction, strip.journal, strip.clock, *less):
            assert not part.isVisible() or part.width() >= part.sizeHint().width() - 4 or not counts[-1]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


# The page


@pytest.mark.parametrize("accounts", [0, 1, 3, 2_000])
def test_the_page_stands_for_any_number_of_accounts_and_every_part_for_itself(qtbot: QtBot, accounts: int) -> None:
    snapshot = with_plans(build(accounts, 20)) if accounts else empty()
    page = Overview()
    shown(qtbot, page, snapshot, 1_130, 690)
    names = [part.objectName() for part in page.parts]
    assert len(set(names)) == len(names) == 8
    for part in page.parts:
        assert part.accessibleName()
        assert part.isVisible()
        assert not part.grab().isNull()
        if isinstance(part, Panel):
            assert part.caption.text()


def test_a_scope_that_any_panel_opens_is_opened_by_the_desk(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.resize(1_280, 800)
    desk.show()
    desk.show_snapshot(build(30, 0))
    qtbot.keyClick(desk.overview.headroom.rows[0], Qt.Key.Key_Return)
    assert desk.pages.currentWidget() is desk.page
    first = desk.page.scope
    desk.show_page(nav.OVERVIEW)
    desk.overview.exposure.tabs.choose(VENUE)
    qtbot.keyClick(desk.overview.exposure.bars, Qt.Key.Key_Return)
    assert desk.page.scope.kind is ScopeKind.VENUE
    assert first is not None
    assert np.isfinite(desk.overview.exposure.bars.shown[0].gross)
