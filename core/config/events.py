"""How events live: what may resolve by itself, when nobody's answer becomes urgent, what counts as noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from core.config.checks import suggestion
from core.config.fields import Count, Number, Positive, Table
from core.domain import Severity

_WORDS = {severity.word: severity for severity in Severity}
_AGING = {severity.word: severity for severity in Severity if severity is not Severity.CRITICAL}
NONE = "none"


def parse_up_to(value: object) -> Severity | None:
    """A severity as its word, or `none`; and what it was parsed to."""
    if value is None or isinstance(value, Severity):
        return value
    if value == NONE:
        return None
    found = _WORDS.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(suggestion(value, (NONE, *_WORDS)))
    return found


def parse_aging(value: object) -> dict[Severity, float]:
    """`{ high = 300 }`: seconds without an answer, by severity; critical cannot become more urgent."""
    if not isinstance(value, Mapping):
        raise ValueError("a table such as { medium = 1800, high = 300 } is needed")  # noqa: TRY004 (pydantic takes up only a ValueError)
    parsed: dict[Severity, float] = {}
    for key, seconds in value.items():
        severity = _AGING.get(key.word if isinstance(key, Severity) else key)
        if severity is None:
            raise ValueError(f'"{key}" cannot become more urgent; {suggestion(key, _AGING)}')
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1 <= seconds <= 30 * 86_400:
            raise ValueError(f"{severity.word} is {seconds}; from 1 to 2592000 seconds are allowed")
        parsed[severity] = float(seconds)
    return parsed


UpTo = Annotated[Severity | None, PlainValidator(parse_up_to)]
"""This severity and every milder one; None: not even the mildest."""


class EventsConfig(Table):
    resolve_cleared: UpTo = None
    """Events up to this severity resolve by themselves once they have cleared; others wait to be acknowledged."""
    resolve_mended: UpTo = Severity.HIGH
    """The same for events that a policy mended, verified at the venue."""
    urgent_after_s: Annotated[Mapping[Severity, float], BeforeValidator(parse_aging)] = Field(
        default_factory=lambda: {Severity.MEDIUM: 1_800.0, Severity.HIGH: 300.0}
    )
    """An event that nobody answers for so long is one step more urgent than its severity, and so on from there."""
    chatter_raises: Annotated[Count, Field(ge=2)] = 3
    """As many raises within a minute are chatter."""
    chatter_quiet_s: Annotated[Number, Field(ge=1, le=86_400)] = 60.0
    """An event that chatters is held open until it has been quiet for so long."""
    group_from: Annotated[Count, Field(ge=2)] = 3
    """As many events that are alike make a group."""
    release_s: Annotated[Number, Field(ge=0, le=3_600)] = 30.0
    """What an event above explained stays explained for so long after that one cleared."""
    shelve_most_s: Annotated[Number, Field(ge=60, le=30 * 86_400)] = 86_400.0
    """No event may be put aside for longer."""
    shelve_without_reason: UpTo = Severity.LOW
    """Above this severity nothing is put aside without a reason."""
    flood_from: Annotated[Count, Field(ge=2)] = 10
    """More than so many raised within ten minutes are a flood."""
    flood_until: Annotated[Count, Field(ge=1)] = 5
    """With fewer than so many within ten minutes it is over."""
    flood_lines: Annotated[Count, Field(ge=10, le=1_000)] = 40
    """Lines that the table keeps in a flood, besides those that are always shown."""
    stale_after_s: Positive = 86_400.0
    """An event open for longer is stale."""

    @model_validator(mode="after")
    def _a_flood_can_end(self) -> Self:
        if self.flood_until > self.flood_from:
            shown = f"{self.flood_until} is more than {self.flood_from}"
            raise ValueError(f"flood_until must be at most flood_from, and {shown}")
        return self
