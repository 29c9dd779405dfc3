"""How the guardian stands, in the words of its channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.halt.guardian.arms import ArmsState
from core.halt.guardian.messages import AlarmState, RowState, State, StopState
from core.halt.model import HaltView, ProofRow, ProofState

ROWS_AT_ONCE, ROWS_OF_ALL = 100, 2_000
"""Accounts told of one stop with every beat, and where somebody asks for all."""
NAMED = 50


def state_of(
    arms: ArmsState,
    desks: int,
    stops: Iterable[tuple[HaltView, frozenset[str], bool]],
    alarms: Sequence[AlarmState],
    problems: tuple[str, ...],
    pid: int,
    *,
    whole: bool,
) -> State:
    """`stops`: each with the accounts that are taken, and whether its own latch is on disk."""
    return State(
        pid=pid,
        accounts=arms.accounts,
        ready=arms.ready,
        unready=arms.unready[:NAMED],
        borrowed=arms.borrowed,
        desks=desks,
        stops=tuple(_stop(*stop, most=ROWS_OF_ALL if whole else ROWS_AT_ONCE) for stop in stops),
        alarms=tuple(alarms),
        problems=problems,
        whole=whole,
    )


def _stop(halt: HaltView, taken: frozenset[str], on_disk: bool, most: int) -> StopState:
    rows = [row for row in halt.rows if row.account in taken]
    return StopState(
        halt_id=halt.halt_id,
        scope=str(halt.scope),
        fired_by=halt.fired_by,
        accounts=len(halt.rows),
        taken=len(rows),
        verified=sum(row.state is ProofState.VERIFIED for row in rows),
        on_disk=on_disk,
        latch_error=halt.latch_error,
        rows=tuple(_row(row) for row in rows[:most]),
    )


def _row(row: ProofRow) -> RowState:
    return RowState(row.account, row.state.value, row.words, row.resting, row.reason, row.listing_began_at_s)
