"""What is measured of connections, at any size, and the story of one."""

from __future__ import annotations

from core.domain import LinkState
from core.snapshot import ConnectionView, LaneView, LinkLine, LinkPage, LinkView

NOW_S = 1_795_271_327.0
NAN = float("nan")


def measured(place: int, lane: str, *, down: bool) -> LinkView:
    """Every twentieth is asked in turn, every thirtieth was never measured."""
    half = 20.0 + place * 37 % 61
    return LinkView(
        lane=lane,
        streams=None if place % 30 == 29 else place % 20 != 7,
        round_trip_p50_ms=NAN if place % 30 == 29 else half,
        round_trip_p99_ms=NAN if place % 30 == 29 else half * (2.0 + place * 13 % 8),
        requests=0 if place % 30 == 29 else 1_204 + place,
        reconnects=3 if down else place % 4 // 3,
        since_s=NOW_S - (14.0 if down else 3_720.0 + place),
        clock_offset_ms=None if place % 9 == 8 else 14.0 - place % 40,
    )


def lanes(connections: tuple[ConnectionView, ...]) -> tuple[LaneView, ...]:
    """Of the venues that have accounts: one of them asked us to rest, one counts nothing that is written down."""
    names = list(dict.fromkeys(view.measured.lane for view in connections))
    return tuple(
        LaneView(
            lane=name,
            used=0.0 if place == 6 else 310.0 + 97.0 * place,
            limit=None if place == 6 else 1_200,
            shut_s=38.0 if place == 4 else 0.0,
            stop_waits=place == 5,
            clock_offset_ms=None if place == 8 else 12.0 - 9.0 * place,
            clock_age_s=64.0,
        )
        for place, name in enumerate(names)
    )


def story(account: str) -> LinkPage:
    words = (
        (LinkState.UP, ""),
        (LinkState.DOWN, "no answer for 14 s; trying again in 2 s"),
        (LinkState.CONNECTING, ""),
        (LinkState.UP, "ada asked for a new connection"),
        (LinkState.UP, ""),
    )
    rows = enumerate(words)
    return LinkPage(account, tuple(LinkLine(9 - n, NOW_S - 40.0 * n * n, state, text) for n, (state, text) in rows))
