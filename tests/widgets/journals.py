"""What a journal may show: pages of records, one in full, checks and files."""

from __future__ import annotations

import dataclasses
from typing import Any

from core.journal.views import JournalCheck, JournalDesk, JournalFile, JournalLine, JournalPage, JournalWish, RecordView
from core.snapshot import Snapshot

NOW_S = 1_795_271_327.0
KINDS = (
    ("operator.ResetStop", "ada", "", "h-1", '{"halt_id":"h-1","operator":"ada","reason":"the bot is off"}'),
    ("stop.fired", "ada", "portfolio", "h-1", '{"after":{"fired_by":"ada","reason":"the stop button"},"before":null}'),
    ("event.raised", "scram", "account:okx-sub-0002", "e-17", '{"event_after":{"metric":"drawdown","severity":3}}'),
    ("mitigation.awaiting", "scram", "account:okx-sub-0002", "plan-0", '{"after":{"rung":"reduce","value":0.071}}'),
    ("mitigation.order", "scram", "account:bin-sub-0000", "plan-0", '{"client_order_id":"scrm1x1","quantity":12.4}'),
    ("limits.changed", "grace", "", "", '{"version":12,"changes":[{"place":"account:okx-*"}]}'),
    ("journal.seal", "scram", "", "", '{"count":12044,"day":"2026-11-20","why":"day"}'),
)
BODY: dict[str, Any] = {
    "event_before": {"event_id": "e-17", "severity": 2, "state": "raised", "value": 0.052, "note": "",
                     "raised_at_s": NOW_S - 900.0},
    "event_after": {"event_id": "e-17", "severity": 3, "state": "acknowledged", "value": 0.071, "note": "seen by ada",
                    "raised_at_s": NOW_S - 900.0, "links": ["plan-0", "plan-1"]},
    "what": "escalated",
    "at_s": NOW_S - 3.0,
    "terms": [{"metric": "drawdown", "threshold": 0.05}, {"metric": "leverage", "threshold": 4.0}],
}  # fmt: skip
CHECK = JournalCheck(
    "ada", NOW_S - 250.0, NOW_S - 242.0, 128_120, 128_120, intact=True, words="128,120 records are what was written",
    seals=31, signed=30, noted=31, keys=("4f2a91c07be1d2aa88f0",),
)  # fmt: skip
RUNNING = JournalCheck("ada", NOW_S - 2.0, done=45_000, total=128_442)
BAD = dataclasses.replace(
    CHECK, intact=False, first_bad_seq=17, words="record 17 (2026-11-20T10:11:12Z): edited: its content does not match",
)  # fmt: skip
WRITING = JournalFile("/home/ada/journal-2026-11.parquet", "ada", NOW_S - 1.0, records=52_000, share=0.41)


def line(seq: int) -> JournalLine:
    kind, actor, scope, subject, words = KINDS[seq % len(KINDS)]
    return JournalLine(seq, NOW_S - 7.0 * (128_442 - seq), kind, actor, scope, subject, "9f31c2a07be1", words)


def page(wish: JournalWish, count: int = 200, last: int = 128_442) -> JournalPage:
    first = last if wish.before is None else wish.before - 1
    lines = tuple(line(seq) for seq in range(first, max(0, first - count), -1))
    kinds = tuple(sorted({kind for kind, *_ in KINDS} | {"event.cleared", "operator.FireStop"}))
    return JournalPage(wish, lines, more=first > count, kinds=kinds)


def record(seq: int, body: dict[str, Any] | None = None) -> RecordView:
    return RecordView(
        seq, line(seq), BODY if body is None else body, 12, "c0ffee0011223344", "ab" * 32, "cd" * 32, True
    )


def asked(snapshot: Snapshot, **desk: Any) -> Snapshot:
    return dataclasses.replace(snapshot, journal_desk=JournalDesk(**desk))
