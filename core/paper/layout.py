"""`make_spec`: a desk of any size, laid out from a seed."""

from __future__ import annotations

import random
from dataclasses import replace

from core.domain import Leg
from core.errors import PaperError
from core.paper.instruments import DEFAULT_INSTRUMENTS
from core.paper.listings import BITCOIN_CONTRACT
from core.paper.listings import coin_margined as inverse_contracts
from core.paper.scenarios import Scenario, scenario_named
from core.paper.spec import VENUE_NAMES, AccountSpec, PaperSpec, PositionSpec, VenueSpec, secret_of

STRATEGIES = (
    {"name": "basis", "client_order_id": "bas-*"},
    {"name": "momentum", "client_order_id": "mom-*"},
    {"name": "market-making", "client_order_id": "mm-*"},
)
BOT_SETS = (("basis", "momentum"), ("basis", "market-maker"), ("basis", "momentum", "market-maker"))
LOWEST_LEVERAGE, HIGHEST_LEVERAGE = 2.0, 4.5
LONG_SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT")
SHORT_SYMBOLS = ("XRPUSDT", "LINKUSDT", "LTCUSDT", "TRXUSDT")
POT_LEVERAGE = 6
"""Of isolated positions: a pot of a sixth of the notional, which a crash uses up."""
LISTED = {instrument.symbol: instrument for instrument in DEFAULT_INSTRUMENTS}


def make_spec(
    accounts: int = 6,
    venues: int = 2,
    seed: int = 1,
    scenario: str | Scenario = "crash",
    *,
    hedged: int = 0,
    isolated: int = 0,
    coin_margined: int = 0,
    spot: int = 0,
    bybit: int = 0,
    okx: int = 0,
) -> PaperSpec:
    """`accounts` of them (`alpha-1`, ...) in turn over `venues`, each with a net long book and two or three bots.

    Account leverages (gross notional over equity) are spread from 2.0 to 4.5. A part of each book is short, so that a
    fall of 30 % takes between 40 and 75 % of an account's equity and not all of it.

    The first `hedged` of them are in hedge mode, the `isolated` next ones hold their positions under isolated margin
    (and may lose them in a crash). `coin_margined` accounts (`inverse-1`, ...), `spot` accounts (`wallet-1`, ...),
    `bybit` accounts (`unified-1`, ...) and `okx` accounts (`lots-1`, ...) come on top, each kind at a venue of its own
    (`coin`, `spot`, `bybit`, `okx`).
    """
    if accounts < 1 or not 1 <= venues <= len(VENUE_NAMES):
        raise PaperError(f"a site has at least one account and between 1 and {len(VENUE_NAMES)} venues")
    if min(hedged, isolated, coin_margined, spot, bybit, okx) < 0 or hedged + isolated > accounts:
        raise PaperError(f"of {accounts} accounts {hedged} cannot be hedged and {isolated} others isolated")
    members = [_account(number, accounts, seed) for number in range(accounts)]
    members[:hedged] = [_in_legs(account) for account in members[:hedged]]
    members[hedged : hedged + isolated] = [_in_pots(account) for account in members[hedged : hedged + isolated]]
    rows = [members[index::venues] for index in range(venues)]
    listed = [VenueSpec(VENUE_NAMES[index], tuple(row)) for index, row in enumerate(rows) if row]
    others = (
        ("coin", "binancecoinm", _inverse_account, coin_margined),
        ("spot", "binance", _wallet, spot),
        ("bybit", "bybit", _unified, bybit),
        ("okx", "okx", _in_lots, okx),
    )
    for name, exchange, make, count in others:
        if count:
            listed.append(VenueSpec(name, tuple(make(number, seed) for number in range(count)), exchange=exchange))
    return PaperSpec(
        venues=tuple(listed),
        seed=seed,
        scenario=scenario_named(scenario) if isinstance(scenario, str) else scenario,
    )


def _account(number: int, count: int, seed: int) -> AccountSpec:
    name = f"alpha-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    equity = float(chance.randrange(150, 601) * 1000)
    part = number / (count - 1) if count > 1 else 0.5
    gross = LOWEST_LEVERAGE + (HIGHEST_LEVERAGE - LOWEST_LEVERAGE) * part
    # The more an account is levered, the more of it is hedged: net 1.5 to 2.3 times equity.
    net = 1.5 + 0.8 * part
    usdc = round(equity * 0.1) if number % 2 == 0 else 0.0
    wallet = {"USDT": equity - usdc} | ({"USDC": float(usdc)} if usdc else {})
    positions = [
        *_book(chance, LONG_SYMBOLS, equity * (gross + net) / 2, "bas"),
        *_book(chance, SHORT_SYMBOLS, -equity * (gross - net) / 2, "bas"),
    ]
    return AccountSpec(
        name=name,
        api_key=f"paper-{name}",
        secret=secret_of(name, seed),
        wallet=wallet,
        positions=tuple(positions),
        bots=BOT_SETS[number % len(BOT_SETS)],
    )


def _book(chance: random.Random, symbols: tuple[str, ...], notional: float, prefix: str) -> list[PositionSpec]:
    chosen = chance.sample(symbols, 2)
    share = chance.uniform(0.45, 0.7)
    rows: list[PositionSpec] = []
    for symbol, part in zip(chosen, (share, 1 - share), strict=True):
        instrument = LISTED[symbol]
        quantity = instrument.floor_quantity(abs(notional) * part / instrument.start_price)
        rows.append(PositionSpec(symbol, quantity if notional > 0 else -quantity, prefix))
    return rows


def _in_legs(account: AccountSpec) -> AccountSpec:
    """The same book in hedge mode, with a tenth of each position held against it in the other leg."""
    rows: list[PositionSpec] = []
    for position in account.positions:
        instrument = LISTED[position.symbol]
        for quantity in (position.quantity, -position.quantity / 10):
            size = instrument.floor_quantity(abs(quantity))
            if size:
                leg = Leg.LONG if quantity > 0 else Leg.SHORT
                rows.append(replace(position, quantity=size if quantity > 0 else -size, leg=leg))
    return replace(account, hedged=True, positions=tuple(rows))


def _in_pots(account: AccountSpec) -> AccountSpec:
    symbols = tuple(position.symbol for position in account.positions)
    return replace(account, isolated=symbols, leverage=dict.fromkeys(symbols, POT_LEVERAGE))


def _inverse_account(number: int, seed: int) -> AccountSpec:
    """Coins at stake, worth some 200,000 dollars, and contracts on them: the first coin long, the second short."""
    name = f"inverse-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    wallet: dict[str, float] = {}
    positions: list[PositionSpec] = []
    contracts = {instrument.base: instrument for instrument in inverse_contracts(DEFAULT_INSTRUMENTS)}
    for base, sign in zip(chance.sample(("BTC", "ETH", "SOL", "BNB"), 2), (1, -1), strict=True):
        instrument, dollars = contracts[base], float(chance.randrange(60, 141) * 1000)
        wallet[base] = round(dollars / instrument.start_price, 4)
        quantity = instrument.floor_quantity(dollars * chance.uniform(0.5, 1.5) / instrument.contract_size)
        positions.append(PositionSpec(instrument.symbol, sign * quantity, "bas"))
    bots = BOT_SETS[number % len(BOT_SETS)]
    return AccountSpec(name, f"paper-{name}", secret_of(name, seed), wallet, tuple(positions), bots=bots)


def _wallet(number: int, seed: int) -> AccountSpec:
    """Some 100,000 dollars in three coins and as much in USDT, of which some may be traded."""
    name = f"wallet-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    wallet = {"USDT": float(chance.randrange(60, 141) * 1000), "USDC": float(chance.randrange(5, 21) * 1000)}
    for symbol in chance.sample(LONG_SYMBOLS + SHORT_SYMBOLS, 3):
        instrument = LISTED[symbol]
        wallet[instrument.base] = round(chance.uniform(20_000, 45_000) / instrument.start_price, 4)
    return AccountSpec(name, f"paper-{name}", secret_of(name, seed), wallet, bots=("spot-maker",))


def _unified(number: int, seed: int) -> AccountSpec:
    """Some 200,000 dollars in four coins of one wallet, with contracts in three settle coins, and spot pairs."""
    name = f"unified-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    bitcoin = LISTED["BTCUSDT"]
    wallet = {
        "USDT": float(chance.randrange(80, 141) * 1000),
        "USDC": float(chance.randrange(20, 41) * 1000),
        "BTC": round(chance.uniform(40_000, 60_000) / bitcoin.start_price, 4),
        "ETH": round(chance.uniform(10_000, 20_000) / LISTED["ETHUSDT"].start_price, 4),
    }
    long, short = chance.choice(LONG_SYMBOLS[1:]), chance.choice(SHORT_SYMBOLS)
    held = {symbol: chance.uniform(0.6, 1.2) * wallet["USDT"] / LISTED[symbol].start_price for symbol in (long, short)}
    positions = (
        PositionSpec(long, LISTED[long].floor_quantity(held[long]), "bas"),
        PositionSpec(short, -LISTED[short].floor_quantity(held[short] / 3), "bas"),
        PositionSpec("BTCPERP", bitcoin.floor_quantity(wallet["USDC"] / bitcoin.start_price), "bas"),
        PositionSpec("ETHUSD", float(chance.randrange(10, 30) * 100), "bas"),
    )
    bots = ("basis", "momentum", "spot-maker")
    return AccountSpec(name, f"paper-{name}", secret_of(name, seed), wallet, positions, bots=bots)


def _in_lots(number: int, seed: int) -> AccountSpec:
    """Some 150,000 dollars in two coins of one OKX account, with contracts in both of them, and pairs to trade."""
    name = f"lots-{number + 1}"
    chance = random.Random(f"{seed}:{name}")
    dollars, bitcoin = float(chance.randrange(80, 141) * 1000), chance.uniform(30_000, 50_000)
    wallet = {"USDT": dollars, "BTC": round(bitcoin / LISTED["BTCUSDT"].start_price, 4)}
    positions = [PositionSpec("BTC-USD-SWAP", float(round(bitcoin / BITCOIN_CONTRACT)), "bas")]
    # Of these a contract is one coin.
    for base, share in (("SOL", chance.uniform(0.6, 1.2)), (chance.choice(("LINK", "LTC")), -chance.uniform(0.2, 0.4))):
        coins = share * dollars / LISTED[f"{base}USDT"].start_price
        positions.append(PositionSpec(f"{base}-USDT-SWAP", round(coins, 2), "bas"))
    passphrase = secret_of(f"passphrase {name}", seed)[:16]
    bots = ("basis", "momentum", "spot-maker")
    return AccountSpec(
        name, f"paper-{name}", secret_of(name, seed), wallet, tuple(positions), bots=bots, password=passphrase
    )
