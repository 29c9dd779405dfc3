"""Safe or not: one verdict, and every reason for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.domain import LinkState, Severity, Trust
from core.events.model import Cause, EventState, Shelf
from core.halt.readiness.headline import ReadyHeadline
from core.halt.readiness.view import ReadinessView
from core.mitigation.permission import LeaseView, OtherDesk
from core.snapshot import JournalView, Snapshot
from tests.widgets.alarmed import _event as made_event
from tests.widgets.snapshots import NOW_S, build, empty, halt, scopes
from widgets import nav
from widgets.desk import Desk
from widgets.marks import BLIND
from widgets.verdict import Verdict, standing_of
from widgets.verdict_panel import VerdictPanel

ACCOUNTS = 4
HEAD = ReadyHeadline(1.0, True, ACCOUNTS, ACCOUNTS, ACCOUNTS, 0, 0, 0, 12.0)
Damage = Callable[[Snapshot], Snapshot]


def calm() -> Snapshot:
    """Everything known, and everything inside."""
    made = build(ACCOUNTS, 0)
    matrix = dataclasses.replace(
        made.matrix,
        severity=np.zeros_like(made.matrix.severity),
        trust=np.full_like(made.matrix.trust, int(Trust.TRUSTED)),
    )
    up = tuple(
        dataclasses.replace(view, link=LinkState.UP, reason="", age_s=0.2, positions=3) for view in made.connections
    )
    return dataclasses.replace(made, matrix=matrix, connections=up, readiness=ReadinessView(HEAD, ()), mitigations=())


def event(severity: Severity, cause: Cause = Cause.BREACH, **others: object) -> Damage:
    def damage(of: Snapshot) -> Snapshot:
        made = made_event(f"e{len(of.events)}", scopes(ACCOUNTS)[3], "leverage", severity, 60.0, cause)
        return dataclasses.replace(of, events=(*of.events, dataclasses.replace(made, **others)))  # type: ignore[arg-type]

    return damage


def link(state: LinkState, **others: object) -> Damage:
    def damage(of: Snapshot) -> Snapshot:
        first = dataclasses.replace(of.connections[0], link=state, **others)  # type: ignore[arg-type]
        return dataclasses.replace(of, connections=(first, *of.connections[1:]))

    return damage


def cell(severity: int) -> Damage:
    def damage(of: Snapshot) -> Snapshot:
        table = of.matrix.severity.copy()
        table[2, of.matrix.limited[0]] = severity
        return dataclasses.replace(of, matrix=dataclasses.replace(of.matrix, severity=table))

    return damage


def trust(level: Trust) -> Damage:
    def damage(of: Snapshot) -> Snapshot:
        table = of.matrix.trust.copy()
        table[0] = int(level)
        return dataclasses.replace(of, matrix=dataclasses.replace(of.matrix, trust=table))

    return damage


def ready(**others: object) -> Damage:
    def damage(of: Snapshot) -> Snapshot:
        head = dataclasses.replace(HEAD, **others)  # type: ignore[arg-type]
        return dataclasses.replace(of, readiness=ReadinessView(head, ()))

    return damage


def with_(**others: object) -> Damage:
    return lambda of: dataclasses.replace(of, **others)  # type: ignore[arg-type]


SHELF = Shelf("ada", "known", NOW_S, NOW_S + 60.0, Severity.CRITICAL)
VIEW_ONLY = LeaseView(accounts=ACCOUNTS, held=0, others=(OtherDesk("other", ACCOUNTS, NOW_S),))
DAMAGES: dict[str, tuple[Damage, Verdict]] = {
    "a critical event": (event(Severity.CRITICAL), Verdict.NOT_SAFE),
    "a high event, acknowledged": (event(Severity.HIGH, state=EventState.ACKNOWLEDGED), Verdict.NOT_SAFE),
    "orders that rest after a stop": (with_(halts=(halt(ACCOUNTS, resting=1, unknown=1),)), Verdict.NOT_SAFE),
    "an account that cannot be stopped": (ready(able=3, armed=3, degraded=1), Verdict.NOT_SAFE),
    "a breach without an event": (cell(4), Verdict.NOT_SAFE),
    "a latch that is not on disk": (
        with_(halts=(halt(ACCOUNTS, resting=0, unknown=0, latch_error="disk full"),)), Verdict.NOT_SAFE,
    ),
    "a stop that is not proven": (with_(halts=(halt(ACCOUNTS, resting=0, unknown=1),)), Verdict.UNKNOWN),
    "a limit that cannot be evaluated": (cell(BLIND), Verdict.UNKNOWN),
    "a figure that nobody can tell": (event(Severity.CRITICAL, Cause.UNKNOWN), Verdict.UNKNOWN),
    "an account that is down": (link(LinkState.DOWN), Verdict.UNKNOWN),
    "an account that is being connected": (link(LinkState.CONNECTING), Verdict.UNKNOWN),
    "an account that was never read": (link(LinkState.UP, positions=None), Verdict.UNKNOWN),
    "no account": (with_(connections=()), Verdict.UNKNOWN),
    "figures that are unknown": (trust(Trust.UNKNOWN), Verdict.UNKNOWN),
    "figures that are stale": (trust(Trust.STALE), Verdict.UNKNOWN),
    "readiness that nobody judged": (with_(readiness=None), Verdict.UNKNOWN),
    "an account that perhaps cannot be stopped": (ready(able=3, armed=3, unknown=1), Verdict.UNKNOWN),
    "no figure at all": (with_(matrix=empty().matrix), Verdict.UNKNOWN),
    "a proven stop": (with_(halts=(halt(ACCOUNTS, resting=0, unknown=0),)), Verdict.STOPPED),
    "a medium event": (event(Severity.MEDIUM), Verdict.WATCH),
    "a critical event put aside": (event(Severity.CRITICAL, shelf=SHELF), Verdict.WATCH),
    "figures that are unsettled": (trust(Trust.UNSETTLED), Verdict.WATCH),
    "another desk that acts": (with_(lease=VIEW_ONLY), Verdict.WATCH),
    "a journal that is not intact": (with_(journal=JournalView(9, 0, False, "")), Verdict.WATCH),
    "a low event": (event(Severity.LOW), Verdict.SAFE),
    "a stop that is weaker than it should be": (ready(armed=3, degraded=1), Verdict.SAFE),
    "an event that is back inside": (event(Severity.CRITICAL, state=EventState.CLEARED), Verdict.SAFE),
}  # fmt: skip
ORDER = (Verdict.NOT_SAFE, Verdict.UNKNOWN, Verdict.STOPPED, Verdict.WATCH, Verdict.SAFE)
CALM = calm()
FIELDS = [field.name for field in dataclasses.fields(Snapshot)]


def test_all_known_and_all_inside_is_safe_and_nothing_speaks_against_it() -> None:
    standing = standing_of(calm())
    assert standing.verdict is Verdict.SAFE
    assert standing.reasons == ()
    assert standing.mark[0] == "●"


@pytest.mark.parametrize("name", list(DAMAGES))
def test_each_thing_that_may_be_wrong_has_its_verdict_and_a_reason_that_leads_somewhere(name: str) -> None:
    damage, verdict = DAMAGES[name]
    standing = standing_of(damage(calm()))
    assert standing.verdict is verdict
    if name != "an event that is back inside":
        assert standing.reasons
    for reason in standing.reasons:
        assert reason.words
        assert (reason.page is not None) + (reason.scope is not None) + bool(reason.event_id) == 1
    assert standing.words.startswith(verdict.value)


@given(st.lists(st.sampled_from(list(DAMAGES)), min_size=1, max_size=5, unique=True))
def test_the_worst_of_several_decides(names: list[str]) -> None:
    assume(not {"a breach without an event", "a critical event put aside"} <= set(names))  # the one explains the other
    done, touched, worst = CALM, set(), Verdict.SAFE
    for name in names:
        damage, verdict = DAMAGES[name]
        places = {field for field in FIELDS if getattr(damage(CALM), field) is not getattr(CALM, field)}
        if places & touched:
            continue  # it would undo what was done there
        done, touched = damage(done), touched | places - {"events"}
        worst = min(worst, verdict, key=ORDER.index)
    assert standing_of(done).verdict is worst


def test_nothing_known_is_unknown_not_safe() -> None:
    assert standing_of(empty()).verdict is Verdict.UNKNOWN


def test_the_gravest_reason_comes_first_and_unknown_before_what_only_asks_for_an_eye() -> None:
    done = calm()
    for name in ("a medium event", "an account that is down", "a high event, acknowledged", "a critical event"):
        done = DAMAGES[name][0](done)
    assert [reason.level for reason in standing_of(done).reasons] == [4, 3, BLIND, 2]


@pytest.fixture
def panel(qtbot: QtBot) -> VerdictPanel:
    panel = VerdictPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 62)
    panel.show()
    return panel


def test_the_verdict_is_word_shape_and_tone_and_is_told_to_whoever_cannot_see_it(panel: VerdictPanel) -> None:
    assert panel.word.text() == "◆ UNKNOWN"
    seen = set()
    for name in ("a critical event", "an account that is down", "a proven stop", "a medium event", "a low event"):
        panel.show_snapshot(DAMAGES[name][0](calm()))
        seen.add((panel.word.text().split()[0], panel.word.tone))
        assert panel.accessibleDescription().startswith(panel.word.text().split(maxsplit=1)[1])
        assert panel.reasons.buttons[0].accessibleName() in panel.accessibleDescription()
    assert len(seen) == 5


def test_a_reason_is_opened_by_click_and_by_enter(panel: VerdictPanel, qtbot: QtBot) -> None:
    panel.show_snapshot(DAMAGES["an account that is down"][0](event(Severity.CRITICAL)(calm())))
    first, second = panel.reasons.buttons[:2]
    with qtbot.waitSignal(panel.event_selected) as told:
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert told.args == ["e0"]
    with qtbot.waitSignal(panel.page_wished) as told:
        qtbot.keyClick(second, Qt.Key.Key_Return)
    assert told.args == [nav.CONNECTIONS]
    panel.show_snapshot(trust(Trust.STALE)(calm()))
    with qtbot.waitSignal(panel.scope_selected):
        qtbot.keyClick(panel.reasons.buttons[0], Qt.Key.Key_Space)


def test_reasons_lead_the_desk_to_what_tells_more(qtbot: QtBot) -> None:
    desk = Desk()
    qtbot.addWidget(desk)
    desk.resize(1280, 800)
    desk.show()
    desk.show_snapshot(DAMAGES["an account that perhaps cannot be stopped"][0](event(Severity.CRITICAL)(calm())))
    first, second = desk.overview.verdict.reasons.buttons[:2]
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert desk.details.isVisible()
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert desk.pages.currentIndex() == nav.READINESS


def test_more_reasons_than_there_is_room_for_are_counted_and_named_in_a_tip(panel: VerdictPanel) -> None:
    done = calm()
    for name in ("a critical event", "a high event, acknowledged", "a medium event", "a low event",
                 "an account that is down", "another desk that acts", "a journal that is not intact",
                 "a critical event put aside", "a figure that nobody can tell"):  # fmt: skip
        done = DAMAGES[name][0](done)
    panel.resize(520, 62)
    panel.show_snapshot(done)
    seen = [button for button in panel.reasons.buttons if button.isVisible()]
    left_out = len(standing_of(done).reasons) - len(seen)
    assert left_out > 0
    assert panel.reasons.rest.text() == f"and {left_out} more"
    assert len(panel.reasons.rest.toolTip().splitlines()) == left_out
    for place, one in enumerate(seen):
        assert panel.reasons.rect().contains(one.geometry())
        assert not any(one.geometry().intersects(other.geometry()) for other in seen[place + 1 :])


def test_what_nobody_can_tell_does_not_hide_a_breach_that_no_event_tells_of() -> None:
    done = DAMAGES["a breach without an event"][0](DAMAGES["a figure that nobody can tell"][0](calm()))
    assert standing_of(done).verdict is Verdict.NOT_SAFE
