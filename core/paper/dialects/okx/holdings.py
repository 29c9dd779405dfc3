"""OKX's JSON for balances and positions: single-currency margin, in which each settle coin backs what hangs on it."""

from __future__ import annotations

from core.domain import Leg
from core.paper.dialects.okx.codes import LEG_WORDS
from core.paper.dialects.okx.instruments import inst_type
from core.paper.dialects.okx.words import amount, stamp
from core.paper.engine.account import Account
from core.paper.engine.holdings import Position
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.margin import position_initial, position_maintenance
from core.paper.wire import Json

FIRST_POSITION_ID = 500_000_000_000
COIN_UNUSED: tuple[str, ...] = (
    "borrowFroz",
    "crossLiab",
    "fixedBal",
    "interest",
    "isoLiab",
    "liab",
    "maxLoan",
    "rewardBal",
)
COIN_UNUSED += ("spotIsoBal", "stgyEq", "twap", "uplLiab", "autoLendAmt", "autoLendMtAmt", "smtSyncEq")
COIN_UNKNOWN = ("accAvgPx", "clSpotInUseAmt", "maxSpotInUseAmt", "openAvgPx", "spotBal", "spotInUseAmt", "spotUpl")
POSITION_UNKNOWN: tuple[str, ...] = (
    "baseBorrowed",
    "baseInterest",
    "bizRefId",
    "bizRefType",
    "clSpotInUseAmt",
    "deltaBS",
    "deltaPA",
)
POSITION_UNKNOWN += ("gammaBS", "gammaPA", "interest", "liab", "liabCcy", "maxSpotInUseAmt", "optVal", "posCcy")
POSITION_UNKNOWN += ("pendingCloseOrdLiabVal", "quoteBorrowed", "quoteInterest", "spotInUseAmt", "spotInUseCcy")
POSITION_UNKNOWN += ("thetaBS", "thetaPA", "usdPx", "vegaBS", "vegaPA")


def coin_json(account: Account, name: str) -> dict[str, Json]:
    margin = account.margin(name)
    worth = account.market.worth_of(name)
    dollars = amount(margin.equity * worth)
    ratio = margin.cross_equity / margin.cross_maintenance if margin.cross_maintenance else None
    return {
        **dict.fromkeys(COIN_UNUSED, "0"),
        **dict.fromkeys(COIN_UNKNOWN, ""),
        "availBal": amount(margin.available),
        "availEq": amount(margin.available),
        "cashBal": amount(margin.wallet),
        "ccy": name,
        "coinUsdPrice": amount(worth),
        "disEq": dollars,
        "eq": amount(margin.equity),
        "eqUsd": dollars,
        "frozenBal": amount(max(0.0, margin.equity - margin.available)),
        "imr": amount(margin.position_initial + margin.order_initial),
        "isoEq": amount(margin.pots + margin.pots_unrealised),
        "isoUpl": amount(margin.pots_unrealised),
        "mgnRatio": "" if ratio is None else amount(ratio),
        "mmr": amount(margin.cross_maintenance),
        "notionalLever": "",
        "ordFrozen": amount(margin.order_initial),
        "uTime": stamp(account.updated_s),
        "upl": amount(margin.unrealised),
    }


def balance_json(account: Account, coins: list[str]) -> dict[str, Json]:
    """The account as a whole, with the rows of `coins`."""
    return {
        "adjEq": "",
        "availEq": "",
        "borrowFroz": "",
        "details": [coin_json(account, name) for name in coins],
        "imr": "",
        "isoEq": "0",
        "mgnRatio": "",
        "mmr": "",
        "notionalUsd": "",
        "ordFroz": "",
        "totalEq": amount(account.equity()),
        "uTime": stamp(account.updated_s),
        "upl": "",
    }


def coins_of(account: Account) -> list[str]:
    """Those that are in the account: others are not told."""
    settled = {account.market.instrument(p.symbol).settle for p in account.open_positions()}
    return sorted({name for name, held in account.wallets.items() if held} | settled)


def position_id(account: Account, position: Position) -> str:
    legs = list(Leg)
    return str(FIRST_POSITION_ID + account.market.index[position.symbol] * len(legs) + legs.index(position.leg))


def size_text(position: Position) -> str:
    """Negative for a short in net mode; in long/short mode the leg says it."""
    return amount(position.quantity if position.leg is Leg.NET else abs(position.quantity))


def position_json(account: Account, position: Position, at_s: float) -> dict[str, Json]:
    market, instrument = account.market, account.market.instrument(position.symbol)
    mark, gained = market.mark_of(position.symbol), account.unrealised_of(position)
    return {
        **dict.fromkeys(POSITION_UNKNOWN, ""),
        **_margin(account, position, gained),
        "adl": "2" if position.quantity else "0",
        "availPos": amount(abs(position.quantity)),
        "avgPx": entry_text(position),
        "bePx": entry_text(position),
        "cTime": stamp(position.updated_s),
        "ccy": instrument.settle,
        "closeOrderAlgo": [],
        "fee": "0",
        "fundingFee": "0",
        "idxPx": amount(float(market.mid[market.index[position.symbol]])),
        "instId": position.symbol,
        "instType": inst_type(instrument),
        "last": amount(market.last_of(position.symbol)),
        "liqPenalty": "0",
        "markPx": amount(mark),
        "notionalUsd": amount(instrument.value(position.quantity, mark)),
        "pTime": stamp(at_s),
        "pnl": amount(position.realised),
        "pos": size_text(position),
        "posId": position_id(account, position),
        "posSide": LEG_WORDS[position.leg],
        "realizedPnl": amount(position.realised),
        "tradeId": "",
        "uTime": stamp(position.updated_s),
        "upl": amount(gained),
        "uplLastPx": amount(gained),
    }


def entry_text(position: Position) -> str:
    return amount(position.entry_price) if position.quantity else ""


def _margin(account: Account, position: Position, gained: float) -> dict[str, Json]:
    """What backs a position and what it needs."""
    isolated = account.is_isolated(position.symbol)
    bound, kept = position_initial(account, position), position_maintenance(account, position)
    settle = account.market.instrument(position.symbol).settle
    backing = position.pot + gained if isolated else account.margin(settle).cross_equity
    liquidated = liquidation_price(account, position)
    ratio = amount(gained / bound) if bound else ""
    return {
        "imr": "" if isolated else amount(bound),
        "lever": str(account.leverage_of(position.symbol)),
        "liqPx": amount(liquidated) if liquidated else "",
        "margin": amount(position.pot) if isolated else "",
        "mgnMode": "isolated" if isolated else "cross",
        "mgnRatio": amount(backing / kept) if kept else "",
        "mmr": amount(kept),
        "uplRatio": ratio,
        "uplRatioLastPx": ratio,
    }
