"""Which shocks there are, and how far each coin moves in one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources

import numpy as np

from core.book.columns import Bools, Floats
from core.errors import ConfigError
from core.risk.settings import RiskSettings, Shock

BUILT_IN = ("btc_down_20", "alts_down_40", "venue_gone", "usdt_depeg", "crash_2021_05_19", "crash_2024_08_05")
UNKNOWN_BETA = 1.0
"""Of a coin that nobody could measure, where the shock names no move for `*`."""
_KEYS = {"name", "title", "moves", "by_beta", "depeg", "venue_gone"}
_LOTS = re.compile(r"^(1000+|1M|k)(?=[A-Z])")
_WRAPPED = {"XBT": "BTC", "WBTC": "BTC", "CBBTC": "BTC", "TBTC": "BTC", "WETH": "ETH", "STETH": "ETH", "WBETH": "ETH"}


def shocks_of(settings: RiskSettings) -> tuple[Shock, ...]:
    """The built-in shocks and the user's, who may replace a built-in one by its name."""
    named = {shock.name: shock for shock in (*built_in_shocks(), *settings.shocks)}
    return tuple(named.values())


def built_in_shocks() -> tuple[Shock, ...]:
    folder = resources.files("resources").joinpath("shocks")
    return tuple(read_shock(folder.joinpath(f"{name}.toml").read_text("utf-8"), f"{name}.toml") for name in BUILT_IN)


def read_shock(text: str, place: str) -> Shock:
    """One shock from TOML; raises ConfigError, which begins with `place`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place}: {error}") from None
    unknown = sorted(table.keys() - _KEYS)
    if unknown:
        raise ConfigError(f"{place}: {unknown[0]} means nothing; allowed are {', '.join(sorted(_KEYS))}")
    for key in ("name", "title", "by_beta", "venue_gone"):
        if not isinstance(table.get(key, ""), str):
            raise ConfigError(f"{place}: {key} is {table[key]!r}; a text is allowed")
    try:
        return Shock(
            name=table.get("name", ""),
            title=table.get("title", "") or table.get("name", ""),
            moves=_moves(table, "moves"),
            by_beta=table.get("by_beta", ""),
            depeg=_moves(table, "depeg"),
            venue_gone=table.get("venue_gone", ""),
        )
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from None


def _moves(table: Mapping[str, object], key: str) -> Mapping[str, float]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{key} is {found!r}; a table of coins and their moves is allowed")
    for coin, move in found.items():
        if isinstance(move, bool) or not isinstance(move, int | float):
            raise ConfigError(f"{key}: {coin} is {move!r}; a number is allowed")
    return {coin: float(move) for coin, move in found.items()}


def moves_of(shock: Shock, coins: Sequence[str], stablecoins: Bools, betas: Floats) -> Floats:
    """Relative move of every coin, shape (coins,), never below -1.

    Money moves by `depeg` only. Any other coin: what the shock names for it (`1000PEPE` is PEPE, WBTC is BTC), else its
    beta times the benchmark's move, else what is named for `*`, else nothing. An unknown beta (NaN) counts as what is
    named for `*`, or as 1.
    """
    rest = shock.moves.get("*", 0.0)
    if shock.by_beta:
        base = shock.moves[shock.by_beta]
        unknown = shock.moves.get("*", UNKNOWN_BETA * base)
        moved = np.where(np.isnan(betas), unknown, betas * base)
    else:
        moved = np.full(len(coins), rest)
    plain = {plain_name(coin): move for coin, move in shock.moves.items() if coin != "*"} | dict(shock.moves)
    for at, coin in enumerate(coins):
        if stablecoins[at]:
            moved[at] = shock.depeg.get(coin, 0.0)
        elif coin != "*" and coin in plain:
            moved[at] = plain[coin]
        elif plain_name(coin) in plain:
            moved[at] = plain[plain_name(coin)]
    out: Floats = np.maximum(moved, -1.0)
    return out


def plain_name(coin: str) -> str:
    """The coin behind a lot of a thousand or a million (`1000PEPE`, `kPEPE`, `1MBABYDOGE`) or a wrapping (`WBTC`)."""
    plain = _LOTS.sub("", coin)
    return _WRAPPED.get(plain, plain)
