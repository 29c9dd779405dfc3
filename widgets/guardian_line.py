"""The guardian in a few words: that it stands by, or why it does not."""

from __future__ import annotations

from core.halt.guardian.view import GuardianView
from widgets import figures
from widgets.theme import Tone


def guardian_words(view: GuardianView | None) -> tuple[str, Tone]:
    """ "" where none is configured."""
    if view is None:
        return "", Tone.FAINT
    if not view.alive:
        return "▲ no guardian", Tone.HIGH
    if view.latch_error:
        return "▲ guardian: latch not on disk", Tone.CRITICAL
    if view.took_over_all:
        return f"● guardian stops {figures.count(view.took_over_all, 'account')}", Tone.MEDIUM
    if view.ready < view.accounts:
        return f"◆ guardian {figures.number(view.ready)} of {figures.number(view.accounts)} ready", Tone.UNKNOWN
    return f"guardian ready, {figures.count(view.accounts, 'account')}", Tone.FAINT


def guardian_tip(view: GuardianView | None) -> str:
    """All of it, a sentence a line."""
    if view is None:
        return ""
    lines = [f"Process {view.pid}" if view.pid is not None else "No process is known"]
    if not view.alive:
        lines.append(f"{view.reason}: this desk stops and proves alone")
    if view.borrowed:
        lines.append(f"{figures.count(view.borrowed, 'account')} with the desk's own credentials")
    if view.unready:
        few = ", ".join(view.unready[:5])
        lines.append(f"Not prepared: {few}" + (" and others" if view.accounts - view.ready > 5 else ""))
    if view.latches:
        lines.append(f"Stops latched on its own disk: {len(view.latches)}")
    if view.latch_error:
        lines.append(view.latch_error)
    return "\n".join((*lines, *view.alarms))
