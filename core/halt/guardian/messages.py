"""What a desk, the command line and the guardian say to each other: frozen, one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from core.errors import ChannelError

VERSION = 1
"""Of the words below; two sides of different versions refuse each other."""
LONGEST_LINE = 1 << 20
"""Bytes; a longer line is none."""
ACCOUNTS_AT_ONCE = 500
"""Names in one report: more come in several."""
KNOWN_AT_ONCE = 100
"""Accounts in one message of what is known; they have some dozens of symbols each."""

# -- to the guardian --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heartbeat:
    sequence: int
    trouble: str = ""
    """Why a latch of the sender's is not on disk, "" where all are."""
    kind: Literal["heartbeat"] = "heartbeat"


@dataclass(frozen=True, slots=True)
class Fire:
    latch: str
    """As it stands in its file."""
    kind: Literal["fire"] = "fire"


@dataclass(frozen=True, slots=True)
class Report:
    """The venues of these accounts have answered a cancel or a listing of this stop, or will be asked in their turn."""

    halt_id: str
    accounts: tuple[str, ...]
    kind: Literal["report"] = "report"


@dataclass(frozen=True, slots=True)
class Reset:
    """A latch was taken off, by name and with a reason; its record is on disk, or on its way there."""

    halt_id: str
    operator: str
    reason: str
    kind: Literal["reset"] = "reset"


@dataclass(frozen=True, slots=True)
class Issued:
    """Orders with these client ids are about to be sent under this latch; answered by `Taken`."""

    number: int
    halt_id: str
    client_order_ids: tuple[str, ...]
    kind: Literal["issued"] = "issued"


@dataclass(frozen=True, slots=True)
class KnownAccount:
    account: str
    symbols: tuple[str, ...]
    """Where orders are known or likely to rest."""
    exposure: float | None
    """What is at risk while they rest, base currency; None unknown."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a desk knows of accounts, so that the guardian can cancel before it has listed, the most at risk first."""

    rows: tuple[KnownAccount, ...]
    kind: Literal["known"] = "known"


@dataclass(frozen=True, slots=True)
class Noted:
    """A desk has told its operator of everything up to this alarm."""

    alarm: int
    kind: Literal["noted"] = "noted"


@dataclass(frozen=True, slots=True)
class Query:
    """Say how you stand, every account that you stop included."""

    kind: Literal["query"] = "query"


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The sender ends on purpose."""

    kind: Literal["goodbye"] = "goodbye"


# -- from the guardian ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Taken:
    number: int
    """Of the message that was carried out."""
    kind: Literal["taken"] = "taken"


@dataclass(frozen=True, slots=True)
class RowState:
    """One account that the guardian stops itself."""

    account: str
    state: str
    words: str
    resting: int | None
    reason: str
    listing_began_at_s: float | None
    """Wall time at which the listing began that is this proof."""


@dataclass(frozen=True, slots=True)
class StopState:
    """One stop, as the guardian stands to it."""

    halt_id: str
    scope: str
    fired_by: str
    accounts: int
    taken: int
    """Accounts that it stops itself; of the others somebody else reported that he does."""
    verified: int
    """Of the accounts taken."""
    on_disk: bool
    latch_error: str
    rows: tuple[RowState, ...]
    """Of accounts taken, those not proven first; there may be more than are told."""


@dataclass(frozen=True, slots=True)
class AlarmState:
    number: int
    at_s: float
    words: str


@dataclass(frozen=True, slots=True)
class State:
    pid: int
    accounts: int
    ready: int
    unready: tuple[str, ...]
    borrowed: int
    desks: int
    stops: tuple[StopState, ...]
    alarms: tuple[AlarmState, ...]
    problems: tuple[str, ...] = ()
    """Sentences about the guardian itself."""
    whole: bool = False
    """Whether it answers a `Query`."""
    kind: Literal["state"] = "state"


Message = Annotated[
    Heartbeat | Fire | Report | Reset | Issued | Known | Noted | Query | Goodbye | Taken | State,
    Field(discriminator="kind"),
]

_MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)


def encode(message: Message) -> bytes:
    return _MESSAGES.dump_json(message) + b"\n"


def decode(line: bytes) -> Message:
    """Raises ChannelError for whatever is no message."""
    try:
        return _MESSAGES.validate_json(line, strict=True)
    except ValidationError as error:
        raise ChannelError(f"what came is no message of version {VERSION} ({error.error_count()} problems)") from None
