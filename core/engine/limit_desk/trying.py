"""One draft tried out: what it makes of the file, of the limits in force, and of today's figures. For a thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.config import Config
from core.config.edit import read_text
from core.config.load import with_limits
from core.config.row_edits import with_edits
from core.config.rows import RowEdit, limit_text, rows_of
from core.engine.limit_desk.conflicts import conflicts_of
from core.engine.limit_desk.past import find, read_past, stuck
from core.engine.limit_keeper import LimitKeeper, Proposal
from core.errors import ConfigError, JournalError
from core.journal.journal import Journal
from core.limit_page import Draft
from core.risk.limits import METRIC_DIRECTIONS, CompiledLimits
from core.risk.limits.revising import LimitChange

NOTHING = "nothing changes by it: that is what the limits say already"
MOST_SENTENCES = 40


@dataclass(frozen=True, slots=True)
class Tried:
    """What there is to a draft whatever the figures are."""

    draft: Draft
    title: str
    edits: tuple[RowEdit, ...]
    proposal: Proposal | None
    """None where it is refused."""
    changes: tuple[str, ...] = ()
    looser: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    refused: str = ""


def edits_of(draft: Draft, text: str, journal: Journal) -> tuple[RowEdit, ...]:
    """Blocks. Those of the draft, or those that take back what it names. Raises ConfigError where nothing can."""
    if not draft.undo:
        return draft.edits
    try:
        change = find(journal, draft.undo)
        why = stuck(change, read_past(journal), rows_of(text))
    except JournalError as error:
        raise ConfigError(f"it cannot be undone: {error}") from None
    if why:
        raise ConfigError(f"it cannot be undone: {why}")
    return tuple(row.undone for row in change.rows)


def try_out(
    draft: Draft, path: Path, journal: Journal, keeper: LimitKeeper, in_force: CompiledLimits, now: Config
) -> Tried:
    """Blocks; never raises. `now` is the configuration that was taken over last."""
    try:
        whole = read_text(path)
        edits = edits_of(draft, whole, journal)
        text = limit_text(whole)
        after = with_edits(text, edits)
        config = with_limits(now, after, path.name, METRIC_DIRECTIONS)
    except ConfigError as error:
        return Tried(draft, title_of(draft, draft.edits), draft.edits, None, refused=str(error))
    proposal, today = keeper.propose(config), keeper.propose(now)
    # What is held back already is not of this draft.
    known = {change.sentence() for change in today.changes}
    changes = [change for change in proposal.changes if change.sentence() not in known]
    title = title_of(draft, edits)
    refused = NOTHING if after == text else ""
    return Tried(
        draft=draft,
        title=title,
        edits=edits,
        proposal=proposal,
        changes=_sentences(changes),
        looser=tuple(change.sentence() for change in changes if change.looser),
        conflicts=(
            *(problem for problem in proposal.problems if problem not in today.problems),
            *conflicts_of(proposal.limits, _numbers(proposal.limits, in_force)),
        ),
        refused=refused,
    )


def _sentences(changes: Sequence[LimitChange]) -> tuple[str, ...]:
    told = [change.sentence() for change in changes[:MOST_SENTENCES]]
    return (*told, *([f"and {len(changes) - MOST_SENTENCES} more"] if len(changes) > MOST_SENTENCES else ()))


def _numbers(new: CompiledLimits, old: CompiledLimits) -> Collection[int]:
    """Limits that are not among those of today."""
    known = {(str(limit.scope), limit.profile, limit.subject): limit for limit in old.limits}
    used = np.unique(new.candidates[new.candidates >= 0]).tolist()
    return [
        number
        for number in used
        if known.get((str((limit := new.limits[number]).scope), limit.profile, limit.subject)) != limit
    ]


def title_of(draft: Draft, edits: Sequence[RowEdit]) -> str:
    """What is changed, in a few words."""
    words = [_words(edit) for edit in edits[:3]]
    told = ", ".join(words) + (f" and {len(edits) - 3} more" if len(edits) > 3 else "")
    return f"undo: {told}" if draft.undo else told


def _words(edit: RowEdit) -> str:
    verb = "take away" if edit.values is None else "add" if edit.was is None else "change"
    return f"{verb} {edit.key}"
