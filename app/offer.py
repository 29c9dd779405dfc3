"""What the palette is given to find: commands, scopes, open events, plans, panels and workspaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from app.workspaces import DEFAULT
from core.domain import Scope
from core.events.model import Event
from core.mitigation.model import Mitigation
from core.snapshot import Snapshot
from widgets.commands import Act, Command, Group, Hands, offered, perform, possible, runnable
from widgets.docks import Dock
from widgets.marks import metric_words, scope_words, severity_mark
from widgets.mitigation_words import what
from widgets.palette_model import Entry, Section

STOP, COMMANDS, SCOPES, EVENTS = "stop", "commands", "scopes", "events"
PLANS, PANELS, WORKSPACES = "plans", "panels", "workspaces"


class Ways(Protocol):
    """Where the palette leads, beyond commands."""

    def go_to_scope(self, scope: Scope) -> None: ...

    def go_to_event(self, event_id: str) -> None: ...

    def go_to_plan(self, mitigation_id: str) -> None: ...


def stop_section(hands: Hands) -> Section:
    return _section(hands, STOP, lambda command: command.group is Group.STOP)


def command_section(hands: Hands, recent: Sequence[str]) -> Section:
    """What has a meaning on the page that is shown; what was used last comes first, as long as nobody types."""
    return _section(hands, COMMANDS, lambda command: command.group is not Group.STOP, recent)


def commands(hands: Hands) -> list[tuple[Command, Entry]]:
    """Those that have a meaning on the page that is shown, in the order of the table."""
    return [
        (command, _entry(hands, command, act))
        for command in runnable()
        if command.find is not None and offered(act := command.find(hands))
    ]


def _entry(hands: Hands, command: Command, act: Act) -> Entry:
    refusal = "" if possible(act) else command.when or "it is possible"
    careful = command.group is Group.STOP  # a few letters and Enter must not fire it
    run = partial(_run, hands, command)
    return Entry(command.words, command.group.value, run, command.shown_keys, command.does, refusal, careful)


def _section(hands: Hands, name: str, wanted: Callable[[Command], bool], recent: Sequence[str] = ()) -> Section:
    rows = [(command, entry) for command, entry in commands(hands) if wanted(command)]
    rank = {words: place for place, words in enumerate(recent)}
    # What is possible first, and of that what was used last.
    rows.sort(key=lambda row: (bool(row[1].refusal), rank.get(row[0].words, len(rank))))
    texts = [f"{command.words} {command.group.value}" for command, _ in rows]
    return Section(name, texts, len(rows), _slices(texts), lambda row: rows[row][1], at_rest=len(rows))


def _run(hands: Hands, command: Command) -> None:
    """Looked up again: what was found when the palette opened may not be possible any more."""
    hands.used(command.words)
    if command.find is not None and possible(act := command.find(hands)):
        perform(act)


def scope_section(snapshot: Snapshot, ways: Ways) -> Section:
    scopes = snapshot.matrix.scopes

    def texts(first: int, last: int) -> list[str]:
        return [f"{scope.name} {scope.kind.value}" for scope in scopes[first:last]]

    def entry(row: int) -> Entry:
        scope = scopes[row]
        tip = f"Opens the page of {scope_words(scope)}."
        return Entry(scope.name or "portfolio", scope.kind.value, partial(ways.go_to_scope, scope), tip=tip)

    return Section(SCOPES, scopes, len(scopes), texts, entry, weight=1.0)


def event_section(snapshot: Snapshot, ways: Ways) -> Section:
    events = tuple(event for event in snapshot.events if event.annunciated)

    def texts(first: int, last: int) -> list[str]:
        return [_event_words(event) for event in events[first:last]]

    def entry(row: int) -> Entry:
        event = events[row]
        run = partial(ways.go_to_event, event.event_id)
        return Entry(_event_words(event), f"event, {severity_mark(int(event.severity))}", run, tip=event.note)

    return Section(EVENTS, snapshot.cycle, len(events), texts, entry, weight=2.0)


def _event_words(event: Event) -> str:
    return f"{metric_words(event.metric)} of {scope_words(event.scope)}"


def plan_section(snapshot: Snapshot, ways: Ways) -> Section:
    plans = snapshot.mitigations
    texts = [_plan_words(plan) for plan in plans]

    def entry(row: int) -> Entry:
        plan = plans[row]
        run = partial(ways.go_to_plan, plan.mitigation_id)
        return Entry(texts[row], f"plan, {plan.state.value}", run, tip="Shows the plan, its effect and its cost.")

    return Section(PLANS, texts, len(plans), _slices(texts), entry, weight=2.0)


def _plan_words(plan: Mitigation) -> str:
    return f"{what(plan)} in {scope_words(plan.scope)}"


def panel_section(docks: Sequence[Dock], turn: Callable[[Dock], None]) -> Section:
    texts = [f"{'Close' if _is_open(dock) else 'Bring back'} panel {dock.windowTitle()}" for dock in docks]

    def entry(row: int) -> Entry:
        return Entry(texts[row], "panel of the overview", partial(turn, docks[row]))

    return Section(PANELS, texts, len(docks), _slices(texts), entry, weight=3.0)


def _is_open(dock: Dock) -> bool:
    return not dock.isHidden()


def workspace_section(
    names: Sequence[str], go_to: Callable[[str], None], delete: Callable[[str], None] | None = None
) -> Section:
    """To go to one; with `delete` the same ones to be deleted instead, but for the built-in one."""
    act, verb = (go_to, "Workspace") if delete is None else (delete, "Delete workspace")
    shown = [name for name in names if delete is None or name != DEFAULT]
    texts = [f"{verb} {name}" for name in shown]

    def entry(row: int) -> Entry:
        kind = "built in" if shown[row] == DEFAULT else "workspace"
        return Entry(texts[row], kind, partial(act, shown[row]))

    return Section(WORKSPACES, texts, len(shown), _slices(texts), entry, weight=3.0)


def _slices(texts: Sequence[str]) -> Callable[[int, int], Sequence[str]]:
    return lambda first, last: texts[first:last]
