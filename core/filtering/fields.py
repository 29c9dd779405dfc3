"""What can be compared: every metric, and a few fields that every scope has."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain import AccountMode, LinkState, ScopeKind, Trust
from core.risk.model import MetricInfo

_GAPS = re.compile(r"[\W_]+")


class FieldKind(enum.Enum):
    FIGURE = enum.auto()
    """Compared with a number and its unit."""
    WORD = enum.auto()
    """One of a few words."""
    TEXT = enum.auto()
    """A name; `*` and `?` stand for any letters."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    """As the configuration writes it."""
    title: str
    kind: FieldKind
    says: str = ""
    """What it is, in a few words."""
    unit: str = ""
    """Of a figure, as `MetricInfo.unit`."""
    words: tuple[str, ...] = ()
    """Of a WORD: all that it may be."""
    ranked: int = 0
    """So many of the words, from the first, go from less to more and may be compared by `<` and `>`."""


STATES = ("inside", "low", "medium", "high", "critical", "unknown")
KINDS = tuple(kind.value for kind in (ScopeKind.PORTFOLIO, ScopeKind.VENUE, ScopeKind.ACCOUNT, ScopeKind.STRATEGY))
TRUSTS = tuple(trust.name.lower() for trust in sorted(Trust))
LINKS = tuple(link.value for link in LinkState)
MODES = tuple(mode.value for mode in AccountMode)

FIXED = (
    Field("name", "Name", FieldKind.TEXT, "of the scope itself"),
    Field("kind", "Kind", FieldKind.WORD, "of scope", words=KINDS),
    Field("venue", "Venue", FieldKind.TEXT, "the venue itself, and the accounts at it"),
    Field("account", "Account", FieldKind.TEXT, "the account of this name"),
    Field("strategy", "Strategy", FieldKind.TEXT, "the strategy itself, and the accounts that it holds something in"),
    Field("group", "Group", FieldKind.TEXT, "the accounts of a group"),
    Field("state", "State", FieldKind.WORD, "the worst severity of any limit", words=STATES, ranked=5),
    Field("trust", "Trust", FieldKind.WORD, "of the least trusted figure", words=TRUSTS, ranked=len(TRUSTS)),
    Field("age", "Age", FieldKind.FIGURE, "of the oldest figure", unit="seconds"),
    Field("limit_used", "Limit used", FieldKind.FIGURE, "share of the nearest limit", unit="ratio"),
    Field("mode", "Mode", FieldKind.WORD, "whether mitigations may act on the account", words=MODES),
    Field("link", "Link", FieldKind.WORD, "the account's connection to its venue", words=LINKS),
)


def folded(text: str) -> str:
    """What two ways to write one name have in common: `Gross exposure`, `gross_exposure`."""
    return _GAPS.sub(" ", text.lower()).strip()


class Vocabulary:
    """All fields, found by name or by title."""

    def __init__(self, metrics: Iterable[MetricInfo] = ()) -> None:
        figures = (
            Field(info.name, info.title, FieldKind.FIGURE, info.title, info.unit)
            for info in metrics
            if info.name not in {field.name for field in FIXED}
        )
        self.fields = (*FIXED, *figures)
        self._found: dict[str, Field] = {}
        for field in self.fields:
            self._found.setdefault(folded(field.title), field)
        # A name goes before the title of another.
        self._found.update((folded(field.name), field) for field in self.fields)

    def find(self, text: str) -> Field | None:
        return self._found.get(folded(text))

    def named(self, name: str) -> Field:
        """Raises KeyError where there is none."""
        field = self._found[folded(name)]
        if field.name != name:
            raise KeyError(name)
        return field

    def near(self, text: str, most: int = 3) -> tuple[str, ...]:
        """Names of fields that somebody may have meant."""
        close = difflib.get_close_matches(folded(text), self._found, n=2 * most, cutoff=0.6)
        return tuple(dict.fromkeys(self._found[found].name for found in close))[:most]
