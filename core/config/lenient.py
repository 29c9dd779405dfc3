"""The accounts for the emergency stop: every one that can be read, whatever else is wrong with the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.config import checks, source
from core.config.checks import Place, nearest
from core.config.egress import EgressConfig
from core.config.explain import problems_of, show, title
from core.config.model import AccountConfig, FeedConfig, GuardianConfig, StopConfig
from core.config.roster import read_roster
from core.config.salvage import NEEDED_KEYS, Row, rows_of
from core.config.strategies import StrategyConfig
from core.errors import ConfigError

_HANDFUL = 8

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class BadAccount:
    """An account of the file that the stop cannot act on."""

    name: str
    """`accounts[3]` (counted from 0) where it has none."""
    exchange: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountsReading:
    accounts: tuple[AccountConfig, ...]
    strategies: tuple[StrategyConfig, ...]
    bad: tuple[BadAccount, ...]
    stop: StopConfig
    guardian: GuardianConfig
    problems: tuple[str, ...]
    """Everything that was noticed, the bad accounts included, a sentence each."""
    rosters: tuple[Path, ...] = ()
    """Further files that accounts were looked for in."""
    egress: tuple[EgressConfig, ...] = ()
    feed: FeedConfig = field(default_factory=FeedConfig)


def load_accounts(path: Path) -> AccountsReading:
    """Raises ConfigError only where not one account can be read."""
    raw = source.read_bytes(path)
    reading = read_accounts(raw, str(path), path.parent)
    if not reading.accounts:
        nothing = "the file is empty" if not raw.strip() else "there is no [[accounts]] table"
        why = reading.problems[:_HANDFUL] or (f"{path}: {nothing}",)
        raise ConfigError("\n".join(("no account can be read, so nothing can be stopped from here", *why)))
    return reading


def read_accounts(raw: bytes, name: str, folder: Path | None = None) -> AccountsReading:
    """The same for the bytes of a file, and without raising; `name` begins every problem.

    `folder` is where an `accounts_file` is looked for.
    """
    notes: list[str] = []
    try:
        text, lossy = source.decode(raw), False
    except ConfigError as error:
        notes.append(str(error))
        text, lossy = source.decode_somehow(raw), True
    if "\0" in text:
        notes.append("the file holds zero bytes, as if half written")
        text = text.replace("\0", "")
    rows = rows_of(text.removesuffix("\r"))  # a cut between \r and \n leaves half a line end
    reader = _Reader(lossy, [*notes, *rows.notes])
    for index, row in enumerate(rows.accounts):
        reader.take_account(index, row)
    for named in dict.fromkeys(rows.accounts_files):
        reader.take_roster(named, (folder or Path()) / named)
    for index, row in enumerate(rows.strategies):
        reader.take_strategy(index, row)
    for index, row in enumerate(rows.egress):
        reader.take_egress(index, row)
    feed = reader.table(FeedConfig, "feed", rows.tables["feed"])
    return AccountsReading(
        reader.accounts_with_a_way_out(),
        tuple(reader.strategies.values()),
        tuple(reader.bad),
        reader.table(StopConfig, "stop", rows.tables["stop"]),
        reader.table(GuardianConfig, "guardian", rows.tables["guardian"]),
        tuple(f"{name}: {problem}" for problem in reader.problems),
        tuple((folder or Path()) / named for named in dict.fromkeys(rows.accounts_files)),
        tuple(reader.egress.values()),
        feed,
    )


class _Reader:
    def __init__(self, lossy: bool, problems: list[str]) -> None:
        self.accounts: dict[str, AccountConfig] = {}
        self.strategies: dict[str, StrategyConfig] = {}
        self.egress: dict[str, EgressConfig] = {}
        self.bad: list[BadAccount] = []
        self.problems = problems
        self._lossy = lossy

    def take_account(self, index: int, row: Row) -> None:
        value: dict[str, Any] = dict(row.value) if isinstance(row.value, Mapping) else {}
        label = _label("accounts", index, row)
        self.problems += [f"{label}: {note}" for note in row.notes]
        if row.broken:
            return self._reject(index, value, label, f"its part of the file is broken: {row.broken}")
        if not isinstance(row.value, Mapping):
            return self._reject(index, value, label, "a table is needed")
        if self._lossy and "\ufffd" in str(value.get("ccxt")):
            return self._reject(index, value, label, "its ccxt table holds characters that cannot be read")
        account, faults, notes = _read_account(index, value)
        self.problems += [f"{label}: {note}" for note in notes]
        if account is None:
            return self._reject(index, value, label, "; ".join(faults))
        return self._keep(index, account, label)

    def take_roster(self, named: str, path: Path) -> None:
        """The rows of an `accounts_file`: one bad row disarms no other, and a file that cannot be read is unknown."""
        try:
            rows = read_roster(source.read_bytes(path), lenient=True)
        except ConfigError as error:
            reason = str(error).removeprefix(f"{path}: ")
            self.bad.append(BadAccount(named, "", reason))
            self.problems.append(f"{named}: {reason}")
            return
        for row in rows:
            label = f"{named} {row.label}"
            account, faults, notes = row.account, list(row.problems), list[str]()
            if account is None and not (row.value.keys() & {"name", "exchange"}) < {"name", "exchange"}:
                account, faults, notes = _read_account(row.line, dict(row.value))
            self.problems += [f"{label}: {note}" for note in notes]
            if account is None:
                self._reject(row.line, {"name": label, **row.value}, label, "; ".join(faults))
            else:
                self._keep(row.line, account, label)

    def _keep(self, index: int, account: AccountConfig, label: str) -> None:
        first = self.accounts.get(account.name)
        if first is None:
            self.accounts[account.name] = account
        elif (first.exchange, first.credentials, first.ccxt) == (account.exchange, account.credentials, account.ccxt):
            self.problems.append(f"{label}: it says the same as an account above and is left out")
        elif account.credentials == "keyring":
            # The keyring's entry has the account's name, so under any other name it would not be found.
            reason = "an account above has the same name, and the keyring cannot tell them apart"
            self._reject(index, account.model_dump(include={"name", "exchange"}), label, reason)
        else:
            number = next(n for n in range(2, len(self.accounts) + 3) if f"{account.name}.{n}" not in self.accounts)
            name = f"{account.name}.{number}"
            self.accounts[name] = account.model_copy(update={"name": name})
            self.problems.append(f"{label}: an account above has the same name; this one is called {show(name)}")

    def _reject(self, index: int, value: Mapping[str, Any], label: str, reason: str) -> None:
        name, exchange = value.get("name"), value.get("exchange")
        called = name if isinstance(name, str) and name else f"accounts[{index}]"
        self.bad.append(BadAccount(called, exchange if isinstance(exchange, str) else "", reason))
        self.problems.append(f"{label}: {reason}")

    def take_strategy(self, index: int, row: Row) -> None:
        strategy = self._row(StrategyConfig, "strategies", index, row, ("name", "match"))
        if strategy is not None and self.strategies.setdefault(strategy.name, strategy) is not strategy:
            label = _label("strategies", index, row)
            self.problems.append(f"{label}: a strategy above has the same name; this one is left out")

    def take_egress(self, index: int, row: Row) -> None:
        egress = self._row(EgressConfig, "egress", index, row, ("name", "address", "proxy"))
        if egress is not None and self.egress.setdefault(egress.name, egress) is not egress:
            label = _label("egress", index, row)
            self.problems.append(f"{label}: an egress above has the same name; this one is left out")

    def accounts_with_a_way_out(self) -> tuple[AccountConfig, ...]:
        """All of them; one whose egress cannot be read leaves as the system chooses, rather than not at all."""
        found: list[AccountConfig] = []
        for account in self.accounts.values():
            if account.egress is not None and account.egress not in self.egress:
                what = f"egress is {show(account.egress)}, which cannot be read or is not there"
                self.problems.append(f"{account.name}: {what}; its requests leave as the system chooses")
                account = account.model_copy(update={"egress": None})
            found.append(account)
        return tuple(found)

    def _row(self, model: type[M], kind: str, index: int, row: Row, needed: tuple[str, ...]) -> M | None:
        label = _label(kind, index, row)
        self.problems += [f"{label}: {note}" for note in row.notes]
        if row.broken:
            self.problems.append(f"{label}: its part of the file is broken: {row.broken}")
            return None
        table, problems = _without_bad_keys(model, row.value, (kind, index), needed)
        self.problems += [f"{label}: {what}" for what in problems]
        return table

    def table(self, model: type[M], name: str, value: dict[str, Any]) -> M:
        read, problems = _without_bad_keys(model, value, (name,), ())
        self.problems += [f"[{name}]: {what}; the default is used" for what in problems]
        return read or model()


def _label(kind: str, index: int, row: Row) -> str:
    called = title(row.value)
    from_line = f" (from line {row.line})" if row.line is not None else ""
    return f"{kind}[{index}]" + (f" {show(called)}" if called else "") + from_line


def _read_account(index: int, row: dict[str, Any]) -> tuple[AccountConfig | None, list[str], list[str]]:
    """The account or its faults, and the notes on what was passed over."""
    value, guessed, notes = _with_known_keys(row)
    ccxt = value.get("ccxt")
    if isinstance(ccxt, Mapping):
        # A secret in the file must not travel on; a proxy's password is wrong too, but nothing is reached without it.
        notes += _secret_notes(ccxt)
        value["ccxt"] = {}
    while True:
        try:
            account = AccountConfig.model_validate(value)
        except ValidationError as error:
            found = problems_of(error, {"accounts": {index: value}}, lambda _: "", ("accounts", index))
        else:
            kept = checks.without_secrets(ccxt) if isinstance(ccxt, Mapping) else account.ccxt
            return account.model_copy(update={"ccxt": kept}), [], notes
        spare = {key for key in value if key not in NEEDED_KEYS or key in guessed}
        faults = [what for place, what in found if place[2] not in spare]
        if faults:
            return None, faults, notes
        for place, what in found:
            value.pop(str(place[2]), None)
            notes.append(f"{what} (left out)")


def _secret_notes(ccxt: Mapping[str, Any]) -> list[str]:
    try:
        checks.check_no_secrets(ccxt)
    except ValueError as error:
        return [f"ccxt: {error}"]
    return []


def _with_known_keys(row: dict[str, Any]) -> tuple[dict[str, Any], set[str], list[str]]:
    """The row with a mistyped `ccxt` or `credentials` under its right name: without it the account would be another."""
    value = dict(row)
    guessed: set[str] = set()
    notes: list[str] = []
    for key in row.keys() - AccountConfig.model_fields.keys():
        right = nearest(key, NEEDED_KEYS)
        if right and right not in value:
            value[right] = value.pop(key)
            guessed.add(right)
            notes.append(f'"{key}" is taken as "{right}"')
    return value, guessed, notes


def _without_bad_keys(model: type[M], row: object, at: Place, needed: tuple[str, ...]) -> tuple[M | None, list[str]]:
    """The table without the keys that are wrong, or None where a needed one is."""
    if not isinstance(row, Mapping):
        return None, ["a table is needed"]
    value = dict(row)
    problems: list[str] = []
    raw: dict[Any, Any] = {at[0]: value} if len(at) == 1 else {at[0]: {at[1]: value}}
    while True:
        try:
            return model.model_validate(value), problems
        except ValidationError as error:
            found = problems_of(error, raw, lambda _: "", at)
        problems += [what for _, what in found]
        wrong = {str(place[len(at)]) for place, _ in found if len(place) > len(at)}
        if not wrong or wrong & set(needed) or not wrong & value.keys():
            return None, problems
        for key in wrong:
            value.pop(key, None)
