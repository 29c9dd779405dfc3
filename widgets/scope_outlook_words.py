"""What each control of a scope would do, in words, before anybody presses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.domain import PORTFOLIO, AccountMode, Scope, ScopeKind, StopLevel
from core.halt.model import HaltView
from core.snapshot import ScopeOutlook, Snapshot
from widgets import figures
from widgets.marks import scope_words, terms_words
from widgets.theme import Tone

BEING_LOOKED_UP = "How many orders rest is being looked up."
TOO_MANY = "How many orders rest is not worked out for a scope of so many accounts."


@dataclass(frozen=True, slots=True)
class Said:
    """Of one control: what it would do, and whether it can be used."""

    words: str
    usable: bool = True


@dataclass(frozen=True, slots=True)
class ScopeWords:
    block: Said
    reduce: Said
    flatten: Said
    stop: Said
    state: str
    tone: Tone
    hints: tuple[str, ...]
    halt_id: str = ""
    """Of the stop of exactly this scope; "" while there is none."""
    resume: bool = False
    """Whether it was reset and waits for somebody to resume it."""


def stop_of(scope: Scope, halts: Iterable[HaltView]) -> HaltView | None:
    """Of exactly this scope; a stop that is on its way back is none."""
    return next((halt for halt in halts if halt.scope == scope and not halt.resuming), None)


def outlook_in(scope: Scope, snapshot: Snapshot) -> ScopeOutlook | None:
    page = snapshot.page
    found = page.outlook if page is not None and page.scope == scope else None
    if found is not None or scope != PORTFOLIO:
        return found
    whole = snapshot.outlook
    if whole.orders is None:
        return None
    return ScopeOutlook(
        whole.accounts, whole.able, orders=whole.orders, protective=whole.protective or 0,
        expected_ms=whole.expected_ms, protective_first=not whole.terms.spares_reducing,
    )  # fmt: skip


def scope_words_of(scope: Scope, snapshot: Snapshot) -> ScopeWords:
    outlook, halt = outlook_in(scope, snapshot), stop_of(scope, snapshot.halts)
    page = snapshot.page
    looked = page is not None and page.scope == scope
    nobody = outlook is not None and not outlook.accounts
    state, tone = _state(scope, halt, snapshot)
    resume = any(row.scope == scope for row in snapshot.resumes)
    return ScopeWords(
        block=_block(outlook, halt, nobody=nobody, looked=looked),
        reduce=_reduce(outlook, halt, nobody=nobody, looked=looked),
        flatten=_flatten(scope, halt),
        stop=_stop(outlook, nobody=nobody, looked=looked),
        state=state,
        tone=tone,
        hints=tuple(_hints(scope, outlook, snapshot)),
        halt_id=halt.halt_id if halt is not None else "",
        resume=resume,
    )


def _reach(outlook: ScopeOutlook | None, orders: int | None = None) -> str:
    """`9 orders in 3 accounts`."""
    if outlook is None:
        return ""
    many = outlook.orders if orders is None else orders
    return f"{figures.count(many, 'order')} in {figures.count(outlook.accounts, 'account')}"


def _unknown(*, looked: bool) -> str:
    return TOO_MANY if looked else BEING_LOOKED_UP


def _block(outlook: ScopeOutlook | None, halt: HaltView | None, *, nobody: bool, looked: bool) -> Said:
    if nobody:
        return Said("No account belongs to this scope.", usable=False)
    if halt is not None and halt.terms.level is StopLevel.BLOCK:
        return Said(f"Blocked already, {terms_words(halt.terms)}. Reset it to lift it.", usable=False)
    if outlook is None:
        return Said(f"Cancels what rests and whatever appears, and keeps what only reduces. {_unknown(looked=looked)}")
    opening = outlook.orders - outlook.protective
    kept = f"; {figures.number(outlook.protective)} that only reduce stay" if outlook.protective else ""
    return Said(f"Cancels {_reach(outlook, opening)} and what appears{kept}. Reset lifts it.")


def _reduce(outlook: ScopeOutlook | None, halt: HaltView | None, *, nobody: bool, looked: bool) -> Said:
    if nobody:
        return Said("No account belongs to this scope.", usable=False)
    if halt is not None:
        strict = halt.terms.level is StopLevel.BLOCK
        return Said("Stopped more strictly already." if strict else "May only reduce already.", usable=False)
    if outlook is None:
        return Said(f"Lets through only what reduces a position. {_unknown(looked=looked)}")
    opening = outlook.orders - outlook.protective
    return Said(f"Cancels {_reach(outlook, opening)}; new ones may only reduce. Reset lifts it.")


def _flatten(scope: Scope, halt: HaltView | None) -> Said:
    if halt is None:
        return Said("Closes positions under a stop of this scope only: block or stop it first.", usable=False)
    return Said(f"Shows first what closing the positions of {scope_words(scope)} would cost.")


def _stop(outlook: ScopeOutlook | None, *, nobody: bool, looked: bool) -> Said:
    if nobody:
        return Said("No account belongs to this scope.", usable=False)
    if outlook is None:
        return Said(f"Cancels everything, at one click. {_unknown(looked=looked)}")
    time = "" if outlook.expected_ms is None else f", est. {figures.milliseconds(outlook.expected_ms)}"
    if not outlook.protective:
        return Said(f"Cancels all {_reach(outlook)}{time}.")
    losses = figures.count(outlook.protective, "stop-loss", "stop-losses")
    if outlook.protective_first:
        return Said(f"Cancels all {_reach(outlook)}, {losses} too{time}.")
    opening = outlook.orders - outlook.protective
    return Said(f"Cancels {_reach(outlook, opening)}, keeps {losses}{time}.")


def _state(scope: Scope, halt: HaltView | None, snapshot: Snapshot) -> tuple[str, Tone]:
    if halt is not None:
        proven = f"{figures.number(halt.verified)} of {figures.count(len(halt.rows), 'account')} proven"
        words = f"{halt.word.lower()} by {halt.fired_by} at {figures.clock(halt.fired_at_s)}: {proven}"
        return words, Tone.OK if halt.proven else Tone.CRITICAL
    resuming = next((view for view in snapshot.halts if view.scope == scope), None)
    if resuming is not None:
        return f"may only reduce, on its way back, by {resuming.fired_by}", Tone.MEDIUM
    row = next((row for row in snapshot.resumes if row.scope == scope), None)
    if row is not None:
        return f"reset by {row.by}, not resumed yet", Tone.MEDIUM
    wider = next((view for view in snapshot.halts if _holds(view, scope, snapshot)), None)
    if wider is not None:
        return f"under the stop of {scope_words(wider.scope)}", Tone.HIGH
    return "not stopped", Tone.FAINT


def _holds(halt: HaltView, scope: Scope, snapshot: Snapshot) -> bool:
    """Whether a stop of a wider scope holds this one too."""
    if halt.scope == PORTFOLIO:
        return True
    if scope.kind is not ScopeKind.ACCOUNT or halt.scope.kind is not ScopeKind.VENUE:
        return False
    venue = next((view.venue for view in snapshot.connections if view.account == scope.name), "")
    return venue == halt.scope.name


def _hints(scope: Scope, outlook: ScopeOutlook | None, snapshot: Snapshot) -> Iterable[str]:
    if snapshot.lease.view_only:
        yield "another desk acts: what stops works from here all the same"
    mode = next((view.mode for view in snapshot.connections if view.account == scope.name), None)
    if scope.kind is ScopeKind.ACCOUNT and mode is AccountMode.WATCH:
        yield "watched only: a stop may act on it, mitigations may not"
    if outlook is None:
        return
    if outlook.unable_all:
        more = f" and {figures.number(outlook.unable_all - 1)} more" if outlook.unable_all > 1 else ""
        yield f"▲ {outlook.unable[0]}{more} cannot be stopped from here: no credentials"
    if outlook.unlisted:
        yield f"◆ orders of {figures.count(outlook.unlisted, 'account')} unknown: whatever rests there is cancelled too"
    if outlook.unclaimed:
        yield f"{figures.count(outlook.unclaimed, 'order')} that no rule claims stay"
    if outlook.sources:
        yield f"{figures.count(outlook.sources, 'source')} asked to pause"
    if outlook.sourceless:
        yield f"{figures.count(outlook.sourceless, 'strategy', 'strategies')} without a source: swept while it stands"
