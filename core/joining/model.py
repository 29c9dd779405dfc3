"""What is told while an account is being joined, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import AccountMode
from core.secrets import Credentials
from core.venues.protocol import Coverage
from core.venues.rights import KeyRights

NO_TEMPLATE = ""
KEYRING, FILE = "keyring", "file"

COVERAGE_WORDS: Mapping[Coverage, str] = {
    Coverage.EXACT: "confirmed stop",
    Coverage.UNCONFIRMED: "stop not confirmed",
    Coverage.GENERIC: "generic stop",
}
COVERAGE_NOTES: Mapping[Coverage, str] = {
    Coverage.EXACT: "Every order book of this venue is known, and the calls that list and empty each were confirmed.",
    Coverage.UNCONFIRMED: "A stop plan was written for this venue, and some line of it was never confirmed. What the "
    "venue lists is still what counts: an account reads as stopped only when nothing rests any more.",
    Coverage.GENERIC: "Nobody wrote a stop plan for this venue: the stop goes by what ccxt declares for any venue. "
    "Kinds of orders that ccxt does not declare are not seen. Try a drill, and keep the venue's own site at hand.",
}


@dataclass(frozen=True, slots=True)
class VenueOffer:
    exchange: str
    """ccxt id."""
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class KeyField:
    part: str
    """Of `Credentials`."""
    label: str
    needed: bool = True
    hidden: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class VenueNeeds:
    """What has to be given for an account at a venue; `refusal`: why none can be joined here."""

    exchange: str
    title: str
    fields: tuple[KeyField, ...] = ()
    has_test_network: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An account as it would be joined, without the mode and limits that are chosen later."""

    name: str
    exchange: str
    credentials: Credentials = field(repr=False)
    server: str = ""
    """Another server than the venue's own, `http://127.0.0.1:8080`; "" for the venue itself."""
    test_network: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """How it is joined."""

    mode: AccountMode = AccountMode.WATCH
    template: str = NO_TEMPLATE
    storage: str = KEYRING
    """KEYRING or FILE."""
    passphrase: str = field(default="", repr=False)
    """Of the encrypted file."""


@dataclass(frozen=True, slots=True)
class TrialStep:
    name: str
    words: str = ""
    done: bool | None = None
    """None while it is under way; False where it failed."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a template would say of this account today."""

    template: str
    counts: Mapping[str, int]
    """Limits by severity's word, `unknown`, `near` and `inside`."""
    breached: tuple[str, ...]
    """Sentences, the gravest first."""

    @property
    def words(self) -> str:
        told = [f"{self.counts[word]} {word}" for word in _WORDS if self.counts.get(word)]
        return ", ".join(told) if told else "no figure to judge yet"


_WORDS = ("critical", "high", "medium", "low", "near", "unknown", "inside")


@dataclass(frozen=True, slots=True)
class Findings:
    exchange: str
    coins: int
    positions: int
    resting_orders: int
    equity: float | None
    """In the base currency; None where it is unknown."""
    gross: float | None
    clock_offset_ms: float | None
    clock_bound_ms: float
    rights: KeyRights
    coverage: Coverage
    books: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    notes: tuple[str, ...]
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where keys can be kept on this machine."""

    keyring: str = ""
    """What the system calls its keyring, "" where there is none that can be used."""
    file: str = ""
    """The path of the encrypted file."""
    file_exists: bool = False
    file_open: bool = False
    """It opens without being asked for its passphrase again."""
