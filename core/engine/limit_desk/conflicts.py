"""What a change of limits would set against each other: told before it is applied, and no reason to refuse it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from core.domain import Severity
from core.ladder import response_to
from core.risk.limits import CompiledLimits, Limit
from core.risk.limits.strictness import loosened

NAMED = 3


def conflicts_of(limits: CompiledLimits, changed: Collection[int]) -> tuple[str, ...]:
    """Of the limits with these numbers, which are new or other than today."""
    found: list[str] = []
    for number in sorted(changed):
        limit = limits.limits[number]
        found += _nowhere(limits, number)
        found += _beside(limits, number)
        found += _less_when_worse(limit)
    return tuple(dict.fromkeys(found))


def _nowhere(limits: CompiledLimits, number: int) -> Iterator[str]:
    """It may hold in some places, and another stands over it in all of them."""
    limit = limits.limits[number]
    cells = np.flatnonzero((limits.candidates == number).any(axis=1))
    if not len(cells) or bool((limits.limit[cells] == number).any()):
        return
    what = f"the limit on {limit.subject} {limit.origin}"
    over = [limits.limits[at] for at in np.unique(limits.limit[cells]).tolist() if at >= 0]
    if not over:
        yield f"{what} is not in force now: it is switched off, over, or outside its hours"
        return
    names = ", ".join(dict.fromkeys(str(one.origin).removeprefix("from ") for one in over[:NAMED]))
    more = f" and {len(over) - NAMED} more" if len(over) > NAMED else ""
    yield f"{what} would guard nothing: in every place that it matches a more specific one holds ({names}{more})"


def _beside(limits: CompiledLimits, number: int) -> Iterator[str]:
    """It stands over a more general one, and leaves more room than that."""
    cells = np.flatnonzero(limits.limit == number)
    if not len(cells) or limits.candidates.shape[1] < 2:
        return
    limit = limits.limits[number]
    chains = limits.candidates[cells]
    after = np.argmax(chains == number, axis=1) + 1
    behind = np.where(
        after < chains.shape[1], chains[np.arange(len(cells)), np.minimum(after, chains.shape[1] - 1)], -1
    )
    for other in np.unique(behind[behind >= 0]).tolist():
        general = limits.limits[other]
        falling = limits.metrics[int(limits.column[cells[0]])].worse_is < 0
        looser = loosened(general, limit, falling=falling) if general.enabled else ()
        if looser:
            count = int((behind == other).sum())
            places = f" in {count:,} scopes" if count > 1 else ""
            yield (
                f"the limit on {limit.subject} {limit.origin} leaves more room ({', '.join(looser)}) than the one "
                f"{general.origin}, which it stands over{places}"
            )


def _less_when_worse(limit: Limit) -> Iterator[str]:
    """A graver breach asks for less than a milder one."""
    before: Severity | None = None
    for severity in Severity:
        if severity not in limit.policy:
            continue
        if before is not None:
            milder, graver = response_to(limit.policy, before), response_to(limit.policy, severity)
            if milder is not None and graver is not None and graver.force < milder.force:
                yield (
                    f"the limit on {limit.subject} {limit.origin} does less at {severity.word} ({graver}) than at "
                    f"{before.word} ({milder})"
                )
        before = severity
