"""The evidence as a table: one row per account, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from core.spreadsheet import cell

COLUMNS = (
    "halt_id", "run", "account", "venue", "exchange", "books", "proof", "resting", "kept", "reason", "cancelled",
    "late", "passes", "first_cancel_ms", "proof_ms", "proven_at", "first_listing_began_at", "second_listing_began_at",
    "second_listing_ended_at", "requests", "requests_dropped",
)  # fmt: skip


def table(halt_id: str, runs: Sequence[bytes]) -> str:
    """CSV with a header, CRLF between rows (RFC 4180); no cell is ever taken for a formula."""
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow(COLUMNS)
    for number, document in enumerate(runs, start=1):
        for account in orjson.loads(document)["accounts"]:
            write.writerow([cell(value) for value in _row(halt_id, number, account)])
    return out.getvalue()


def _row(halt_id: str, number: int, account: Mapping[str, Any]) -> Iterator[Any]:
    proof = account["first_proof"] or {"first": (), "second": ()}
    yield from (halt_id, number, account["account"], account["venue"], account["exchange"])
    yield from (" ".join(account["books"]), account["says"], account["resting"], account["kept"], account["reason"])
    yield from (account["cancelled"], account["late"], account["passes"], account["first_cancel_ms"])
    yield from (account["proof_ms"], account["proven_at"])
    yield _first(proof["first"], "began_at")
    yield _first(proof["second"], "began_at")
    yield max((row["ended_at"] for row in proof["second"]), default=None)
    yield from (len(account["requests"]), account["requests_dropped"])


def _first(listings: Sequence[Mapping[str, Any]], moment: str) -> str | None:
    return min((row[moment] for row in listings), default=None)
