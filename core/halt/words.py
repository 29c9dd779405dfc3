"""Why an account under a stop is not proven, in one sentence for the board."""

from __future__ import annotations

from core.halt.model import ProofState


def why_unproven(
    state: ProofState,
    passes: int,
    empty_rounds: int,
    *,
    resting: bool,
    unclaimed: int,
    unjudged: int,
    trouble: str,
    positions_trouble: str,
    waits: bool = False,
) -> str:
    """ "" where it is proven.

    `unclaimed` and `unjudged`: orders of nobody, and orders kept on no known position; `waits`: for a turn to ask.
    """
    if state is ProofState.VERIFIED:
        return ""
    if unclaimed and not resting:
        return f"{unclaimed} unattributed orders rest in this account: whose they are cannot be told"
    if waits:
        return "waits for its turn: the venue's request budget of this minute is spent"
    if trouble:
        return trouble
    if unjudged and not resting:
        return f"{unjudged} protective orders rest, and whether their positions stand is not known: {positions_trouble}"
    if state is ProofState.RESTING:
        return "cancelling" if passes <= 1 else f"re-cancelling, pass {passes}"
    if empty_rounds == 1:
        return "listed empty once; second listing due"
    if passes:
        return "a new order was cancelled; listed again when it is quiet"
    return "not listed yet"
