"""The evidence of one run of a stop as a document: the board, and per account its requests and proving listings.

A run is one process sweeping under one latch, from the act (or from when it took the latch up) on.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.clock import utc_text
from core.halt.evidence.canonical import canonical, spliced
from core.halt.evidence.record import AccountHeld, ListedBook, ProvingPair
from core.halt.latch import Latch
from core.halt.model import HaltView, ProofRow
from core.venues.wire_lines import WireLine, WireView

MOST_BYTES = 24 * 1024 * 1024
"""Of all requests of a run together; an account's share is never less than `LEAST_SHARE` nor more than `MOST_SHARE`."""
LEAST_SHARE, MOST_SHARE = 6_144, 262_144
PAUSE_S = 0.001
RESTS = 3.0
"""Seconds of rest between two accounts for each second of work: this is done in a thread that shares the interpreter
with a loop which may still be stopping somebody."""


@dataclass(frozen=True, slots=True)
class RunHeld:
    """One run at one moment: references only, to be told in a thread."""

    view: HaltView
    accounts: tuple[AccountHeld, ...]
    began_s: float
    """Monotonic: the act, or when the latch was taken up."""
    began_at_s: float
    made_s: float
    made_at_s: float
    firings: int

    def at_s(self, moment_s: float) -> float:
        """Wall time of a moment on the monotonic clock."""
        return self.made_at_s - (self.made_s - moment_s)

    def since_ms(self, moment_s: float) -> float:
        return round((moment_s - self.began_s) * 1000.0, 3)


def run_document(held: RunHeld, *, gently: bool = True) -> bytes:
    """Canonical JSON; bounded by `MOST_BYTES` and what the board takes. `gently`: resting most of the time."""
    share = min(MOST_SHARE, max(LEAST_SHARE, MOST_BYTES // max(1, len(held.accounts))))
    parts: list[bytes] = []
    for account in held.accounts:
        began_s = time.thread_time()
        parts.append(_account(held, account, share))
        time.sleep(max(PAUSE_S, RESTS * (time.thread_time() - began_s)) if gently else PAUSE_S)
    return spliced(_head(held), "accounts", parts)


def latch_document(latch: Latch) -> dict[str, Any]:
    """Who stopped what, when, why and on which terms; and who took the latch off."""
    return {
        "halt_id": latch.halt_id,
        "scope": str(latch.scope),
        "fired_by": latch.fired_by,
        "reason": latch.reason,
        "fired_at": utc_text(latch.fired_at_s),
        "metric": latch.metric,
        "terms": _plain(asdict(latch.terms)),
        "firings": latch.firings,
        "issued": list(latch.issued),
        "reset_by": latch.reset_by,
        "reset_reason": latch.reset_reason,
        "reset_at": None if latch.reset_at_s is None else utc_text(latch.reset_at_s),
    }


def _head(held: RunHeld) -> dict[str, Any]:
    view = held.view
    return {
        "began_at": utc_text(held.began_at_s),
        "made_at": utc_text(held.made_at_s),
        "firings": held.firings,
        "proven": view.proven,
        "counts": {
            "accounts": len(view.rows),
            "verified": view.verified,
            "resting": view.resting,
            "unknown": view.unknown,
            "kept": view.kept,
            "late": view.late,
            "orders_cancelled": view.orders_cancelled,
        },
        "first_cancel_ms": _number(view.first_cancel_ms),
        "proof_ms": _number(view.proof_ms),
        "latch_error": view.latch_error,
        "save_error": view.save_error,
        "late_orders": [{**_plain(asdict(order)), "seen_at": utc_text(order.seen_at_s)} for order in view.late_orders],
        "late_orders_not_listed": max(0, view.late - len(view.late_orders)),
        "reappeared": [asdict(row) for row in view.reappeared],
    }


def _account(held: RunHeld, account: AccountHeld, share: int) -> bytes:
    wire = account.wire.tell() if account.wire is not None else WireView((), 0)
    by_call = _by_call(wire.lines)
    proofs = (account.first_proof, account.last_proof)
    proving = {
        row.call for proof in proofs if proof is not None for row in (*proof.first, *proof.second)
    }  # fmt: skip
    kept = _within(share, [(line, canonical(_line(held, line))) for line in wire.lines], proving)
    head = {
        **_row(account.row),
        "first_proof": _proof(held, account.first_proof, by_call),
        "last_proof": _proof(held, account.last_proof, by_call),
        "requests_dropped": wire.dropped + len(wire.lines) - len(kept),
        "requests_not_noted": wire.faults,
        "requests_noted": account.wire is not None,
    }
    return spliced(head, "requests", kept)


def _within(share: int, told: Sequence[tuple[WireLine, bytes]], proving: set[int]) -> list[bytes]:
    """What fits, in order: the listings that prove it before all, then the beginning and the end in turn."""
    urgent = [place for place, (line, _) in enumerate(told) if line.call in proving]
    ends = itertools.chain.from_iterable(zip(range(len(told)), reversed(range(len(told))), strict=True))
    chosen: set[int] = set()
    left = share
    for place in dict.fromkeys((*urgent, *ends)):
        if len(told[place][1]) <= left:
            left -= len(told[place][1])
            chosen.add(place)
    return [told[place][1] for place in sorted(chosen)]


def _row(row: ProofRow) -> dict[str, Any]:
    return {
        "account": row.account,
        "venue": row.venue,
        "exchange": row.exchange,
        "generic": row.generic,
        "books": list(row.books),
        "state": row.state.value,
        "says": row.words,
        "step": row.step.value,
        "resting": row.resting,
        "kept": row.kept,
        "reason": row.reason,
        "cancelled": row.cancelled,
        "late": row.late,
        "passes": row.passes,
        "first_cancel_ms": _number(row.first_cancel_ms),
        "proof_ms": _number(row.proof_ms),
        "proven_at": None if row.proven_at_s is None else utc_text(row.proven_at_s),
    }


def _proof(held: RunHeld, pair: ProvingPair | None, by_call: Mapping[int, Sequence[WireLine]]) -> dict[str, Any] | None:
    if pair is None:
        return None
    return {
        "first": [_listing(held, row, by_call.get(row.call, ())) for row in pair.first],
        "second": [_listing(held, row, by_call.get(row.call, ())) for row in pair.second],
    }


def _listing(held: RunHeld, row: ListedBook, lines: Sequence[WireLine]) -> dict[str, Any]:
    return {
        "book": row.book,
        "orders": row.orders,
        "began_at": utc_text(held.at_s(row.began_s)),
        "ended_at": utc_text(held.at_s(row.ended_s)),
        "began_ms": held.since_ms(row.began_s),
        "ended_ms": held.since_ms(row.ended_s),
        "replies": [{"request": line.number, "sha256": line.reply_sha256} for line in lines],
    }


def _by_call(lines: Sequence[WireLine]) -> dict[int, list[WireLine]]:
    found: dict[int, list[WireLine]] = {}
    for line in lines:
        found.setdefault(line.call, []).append(line)
    return found


def _line(held: RunHeld, line: WireLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "call": line.call,
        "for": line.kind.value,
        "book": line.book,
        "sent_at": utc_text(line.at_s),
        "sent_ms": held.since_ms(line.sent_s),
        "took_ms": None if line.took_s is None else round(line.took_s * 1000.0, 3),
        "method": line.method,
        "host": line.host,
        "path": line.path,
        "query": line.query,
        "body": line.body,
        "status": line.status,
        "headers": dict(line.headers),
        "reply": line.reply,
        "reply_chars": line.reply_chars,
        "reply_sha256": line.reply_sha256,
        "error": line.error,
    }


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(value) if isinstance(value, float) else value for name, value in fields.items()}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 3)
