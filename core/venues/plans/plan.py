"""The shape of a stop plan: which books hold orders at a venue, the calls that list each, and the calls that empty it.

A plan is frozen Python and not a file to be read: nothing has to be found, parsed or trusted in the moment of a stop,
and the type checker reads every line of it. Calls are named as ccxt names them: `fapiPrivateGetOpenOrders` is one
request and nothing else; the few in `UNIFIED` are ccxt's own methods, where a signature is more than a request.

In parameters these stand for what is known when the call is made: `{market}` the venue's name of the instrument,
`{symbol}` ccxt's, `{settle}` its settle coin, `{id}` the order's id, `{user}` the wallet address, `{each}` what the
book was multiplied by. A string that is one of them alone takes the value as it is.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import ConfigError
from core.venues.plans.deadman import NOT_KNOWN, DeadMan

UNIFIED = frozenset(
    {
        "fetch_open_orders",
        "cancel_all_orders",
        "cancel_order",
        "cancel_orders_for_symbols",
        "cancel_all_orders_after",
    }
)
OWN = frozenset({"unschedule_cancel"})
"""What ccxt signs and has no method for: `core.venues.timers` has one."""
MARKET_TYPES = frozenset({"spot", "swap", "future", "option"})
CONTRACTS = frozenset({"swap", "future"})
IMPLICIT = re.compile(r"[a-z][A-Za-z0-9]*?(Get|Post|Put|Delete)[A-Z][A-Za-z0-9]*")
FIELDS = frozenset({"id", "symbol", "side", "amount", "clientOrderId", "price", "triggerPrice", "reduceOnly"})
"""What a row that ccxt cannot read is made of."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request; raises ConfigError where it is named as ccxt names nothing."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    """For a call that ccxt does not know though it can sign it: the path beneath `api`; the name is ours then."""
    api: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.path) != bool(self.api):
            raise ConfigError(f"the call {self.name!r} of a stop plan needs a path and its api, or neither")
        if self.name not in UNIFIED | OWN and not IMPLICIT.fullmatch(self.name):
            raise ConfigError(f"a stop plan names the call {self.name!r}, which is none of ccxt's kind of names")


class Form(enum.Enum):
    """How the rows of a listing stand in the reply."""

    LIST = enum.auto()
    KEYED = enum.auto()
    """An object of rows by their id."""
    GROUPED = enum.auto()
    """A list of groups, each with its rows under `orders` and their number under `total`."""


@dataclass(frozen=True, slots=True)
class Pages:
    """How the rest of a listing is had: by a cursor of the reply, the last row's id, a page's number or an offset."""

    param: str
    """The parameter that asks for the next page."""
    cursor: str = ""
    """Where the reply keeps the cursor."""
    last: str = ""
    """Key of the last row whose value asks for what comes after."""
    first: int | None = None
    """Number of the first page."""
    total: str = ""
    """Where the reply keeps the number of pages; without it the page that is not full is the last."""
    offset: bool = False
    size: int = 0
    """Rows of a full page; of a page of groups, groups."""

    def __post_init__(self) -> None:
        kinds = (bool(self.cursor), bool(self.last), self.first is not None, self.offset)
        if sum(kinds) != 1:
            raise ConfigError(f"the pages by {self.param!r} need one of cursor, last, first and offset, and only one")
        if (self.offset or (self.first is not None and not self.total)) and self.size <= 0:
            raise ConfigError(f"the pages by {self.param!r} do not say how many rows a full page has")


@dataclass(frozen=True, slots=True)
class Found:
    """A call that tells in which instruments orders rest, where they cannot be listed without naming one."""

    call: Call
    rows: str
    key: str = ""
    """Key of the venue's name in each row; "" where the rows are the names."""


@dataclass(frozen=True, slots=True)
class Listed:
    """How every order of a book is listed."""

    call: Call
    rows: str = ""
    """Where the rows stand in the reply, by names joined with dots; "" where they are the reply."""
    form: Form = Form.LIST
    pages: Pages | None = None
    most: int = 0
    """Rows at which a listing without pages is cut off; 0 where it is not."""
    found: Found | None = None
    each_symbol: bool = False
    """Whether it has to be asked for instrument by instrument, through all that the book may hold."""
    null_is_empty: bool = False
    """Whether the venue says `null` where it has no rows."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Ours to the venue's names, for rows that ccxt cannot read; a name after `=` is the value itself."""
    wrap: str = ""
    """Key under which ccxt's parser wants the row."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What ccxt itself adds to each row before parsing it."""

    def __post_init__(self) -> None:
        if unknown := set(self.fields) - FIELDS:
            raise ConfigError(f"the listing by {self.call.name} names unknown fields: {', '.join(sorted(unknown))}")
        if self.fields and not {"id", "symbol", "side"} <= set(self.fields):
            raise ConfigError(f"the listing by {self.call.name} has to say where id, symbol and side are")
        if self.each_symbol and self.found is not None:
            raise ConfigError(f"the listing by {self.call.name} goes through all instruments or some, not both")


@dataclass(frozen=True, slots=True)
class ByIds:
    """How given orders are cancelled: one by one, or so many at a time."""

    call: Call
    chunk: int = 1
    item: Any = None
    """What stands for one order in a list; None where each order is a call of its own."""
    under: str = ""
    """Parameter that takes the list; "" where the list is the whole body."""
    join: str = ""
    """Where given, the list is sent as one string: its items with commas between, in place of the `{}` in this."""
    one_symbol: bool = False
    """Whether a list may name orders of one instrument only."""
    waiting: bool = False
    """Whether it is for orders alone that wait for a trigger."""
    also: tuple[ByIds, ...] = ()
    """Further ways for the same orders, sent beside this one; any of them carrying it out is enough."""

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise ConfigError(f"{self.call.name} takes {self.chunk} orders at a time; it has to be 1 or more")
        if self.item is None and self.chunk != 1 and self.call.name not in UNIFIED:
            raise ConfigError(f"{self.call.name} takes {self.chunk} orders at a time, and no item says how")


@dataclass(frozen=True, slots=True)
class Holds:
    """Which orders rest in a book."""

    types: frozenset[str] = MARKET_TYPES
    """Of ccxt's market types."""
    settle: frozenset[str] = frozenset()
    """Settle coins; none named: any."""
    linear: bool | None = None
    trigger: bool = False
    """Whether it holds what waits for a trigger, and only that."""
    each_key: str = ""
    """Path in ccxt's market whose value is the one the book was multiplied by."""

    def __post_init__(self) -> None:
        if unknown := self.types - MARKET_TYPES:
            raise ConfigError(f"a book holds unknown market types: {', '.join(sorted(unknown))}")

    def may_hold(self, market: Mapping[str, Any], each: str = "") -> bool:
        if self.types != MARKET_TYPES and market.get("type") not in self.types:
            return False
        if self.settle and market.get("settle") not in self.settle:
            return False
        if self.each_key and str(at(market, self.each_key) or "") != each:
            return False
        return self.linear is None or market.get("linear") is self.linear


ANYTHING = Holds()


@dataclass(frozen=True, slots=True)
class Book:
    """One of the books in which a venue keeps resting orders, and all the calls that concern it."""

    name: str
    listed: Listed
    holds: Holds = ANYTHING
    empty: tuple[Call, ...] = ()
    """The calls that together cancel everything in it, without knowing what rests there; none: it has no such call."""
    empty_symbol: tuple[Call, ...] = ()
    """The calls that together cancel everything in one instrument."""
    cancel: ByIds | None = None
    confirmed: bool = True
    """False where a line rests on memory alone, and neither ccxt's source nor the venue's documentation tells."""
    when: Mapping[str, Any] = field(default_factory=dict)
    """What has to be so of the account for it to have this book, by the names of its plan's facts."""
    weight: float = 1.0
    """Request weight of one page of its listing."""
    over: str = ""
    """Path in ccxt's markets: the book exists once for every value found there, beside the one without."""
    each: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("a book of a stop plan has no name")
        if self.cancel is None and not self.empty and not self.empty_symbol:
            raise ConfigError(f"the book {self.name!r} can be listed and not emptied")

    def calls(self) -> tuple[Call, ...]:
        """Every call that it names."""
        found = () if self.listed.found is None else (self.listed.found.call,)
        ways = () if self.cancel is None else (self.cancel, *self.cancel.also)
        return (self.listed.call, *found, *self.empty, *self.empty_symbol, *(way.call for way in ways))

    def may_hold(self, market: Mapping[str, Any]) -> bool:
        return self.holds.may_hold(market, self.each)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about an account that decides where its orders are, asked for once, before it is needed."""

    name: str
    call: Call | None = None
    """None where only the configuration can tell."""
    path: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What the reply says there, as text, to what it means."""
    refusals: Mapping[str, Any] = field(default_factory=dict)
    """Texts in the venue's refusal to answer that mean something, too."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """ccxt's options to preset with it, so that ccxt never asks by itself; None stands for the fact."""
    given: str = ""
    """The option of ccxt's by which the configuration may say it."""
    default: Any = None
    """Without a call: what holds where the configuration says nothing; `None` is: whether this is the real venue."""


@dataclass(frozen=True, slots=True)
class Held:
    """One question by which ccxt's `fetch_positions` tells of some of an account's positions."""

    params: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, Any] = field(default_factory=dict)
    """What has to be so of the account, by the names of its plan's facts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one venue is stopped."""

    name: str
    exchanges: frozenset[str]
    """ccxt ids."""
    books: tuple[Book, ...]
    facts: tuple[Fact, ...] = ()
    ready: tuple[str, ...] = ()
    """ccxt's own methods to call beforehand: they fetch what every signature needs."""
    gaps: tuple[str, ...] = ()
    """Kinds of orders that an account may hold and no call known to us lists: the coverage is unconfirmed."""
    beside: tuple[str, ...] = ()
    """Products with orders of their own that are none of the account's order books, and that it leaves alone."""
    absent: frozenset[str] = frozenset()
    """ccxt's errors by which the venue says that the account has no such wallet: then no order rests in it."""
    held: tuple[Held, ...] = (Held(),)
    """The questions that together tell of every position: what protects one that nobody asked for would be swept."""
    generic: bool = False
    deadman: DeadMan = NOT_KNOWN
    """What cancels at the venue when we stop renewing it."""

    def __post_init__(self) -> None:
        if not self.books:
            raise ConfigError(f"the stop plan of {self.name} has no book")
        known = {fact.name for fact in self.facts}
        for book in self.books:
            if unknown := set(book.when) - known:
                raise ConfigError(f"the book {book.name!r} of {self.name} depends on {', '.join(sorted(unknown))}")
        for row in self.deadman.countdowns:
            if unknown := set(row.when) - known:
                raise ConfigError(f"the countdown {row.name!r} of {self.name} depends on {', '.join(sorted(unknown))}")
        pairs = [(book.name, repr(sorted(book.when.items()))) for book in self.books]
        if twice := {name for name, when in pairs if pairs.count((name, when)) > 1}:
            raise ConfigError(f"{self.name} has two books called {', '.join(sorted(twice))}")


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path, None where nothing does."""
    for key in path.split(".") if path else ():
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
