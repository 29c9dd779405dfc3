"""Binance's JSON for balances and positions of futures accounts, REST side.

The USD-M venue answers in two versions: the second lists every instrument and names leverage and margin type, the third
only what is held or ordered. The COIN-M venue has one, which is like the second with sizes in the coin.
"""

from __future__ import annotations

from core.paper.dialects.binance.codes import LEG_WORDS
from core.paper.dialects.binance.words import coin, ms, quantity_text
from core.paper.engine.account import Account
from core.paper.engine.holdings import Position
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.margin import position_initial, position_maintenance
from core.paper.instruments import PaperInstrument
from core.paper.wire import Json


def listed_positions(account: Account, *, everything: bool) -> list[Position]:
    """All legs of all instruments, or those that are held or have resting orders."""
    rows = [account.position_of(symbol, leg) for symbol in account.market.index for leg in account.legs_of(symbol)]
    if everything:
        return rows
    busy = {(o.symbol, o.leg) for o in account.open_orders()}
    return [row for row in rows if row.quantity or (row.symbol, row.leg) in busy]


def position_json(account: Account, position: Position, version: int) -> dict[str, Json]:
    """A row of positionRisk."""
    instrument = account.market.instrument(position.symbol)
    entry = _entry(instrument, position)
    row: dict[str, Json] = {
        **_common(account, instrument, position),
        "entryPrice": entry,
        "breakEvenPrice": entry,
        "markPrice": coin(account.market.mark_of(position.symbol)),
        "unRealizedProfit": coin(account.unrealised_of(position)),
        "liquidationPrice": coin(liquidation_price(account, position)) if position.quantity else "0",
    }
    if version == 3:
        bound = position_initial(account, position)
        ordered = account.order_margin(position.symbol)
        return row | {
            "marginAsset": instrument.settle,
            "initialMargin": coin(bound + ordered),
            "maintMargin": coin(position_maintenance(account, position)),
            "positionInitialMargin": coin(bound),
            "openOrderInitialMargin": coin(ordered),
            "adl": 2 if position.quantity else 0,
            "bidNotional": "0",
            "askNotional": "0",
        }
    isolated = account.is_isolated(position.symbol)
    return row | {
        "leverage": str(account.leverage_of(position.symbol)),
        **_most(account, instrument, "maxNotionalValue"),
        "marginType": "isolated" if isolated else "cross",
        "isAutoAddMargin": "false",
    }


def _common(account: Account, instrument: PaperInstrument, position: Position) -> dict[str, Json]:
    isolated = account.is_isolated(position.symbol) and position.quantity != 0
    notional = instrument.notional(position.quantity, account.market.mark_of(position.symbol))
    signed = notional if position.quantity >= 0 else -notional
    return {
        "symbol": position.symbol,
        "positionSide": LEG_WORDS[position.leg],
        "positionAmt": quantity_text(instrument, position.quantity),
        "isolatedMargin": coin(position.pot + account.unrealised_of(position)) if isolated else "0",
        "isolatedWallet": coin(position.pot) if isolated else "0",
        "notionalValue" if instrument.is_inverse else "notional": coin(signed),
        "updateTime": ms(position.updated_s),
    }


def _entry(instrument: PaperInstrument, position: Position) -> str:
    return f"{position.entry_price:.{instrument.price_decimals + 6}f}"


def _most(account: Account, instrument: PaperInstrument, name: str) -> dict[str, Json]:
    """The largest position that the leverage allows: a notional, or a quantity in the coin."""
    leverage = account.leverage_of(instrument.symbol)
    cap = max(tier.cap for tier in instrument.tiers if tier.max_leverage >= leverage)
    return {"maxQty": f"{cap:.8g}"} if instrument.is_inverse else {name: f"{cap:.0f}"}


def coins_of(account: Account) -> list[str]:
    return sorted({*account.wallets, *(i.settle for i in account.market.instruments)})


def asset_json(account: Account, name: str) -> dict[str, Json]:
    margin = account.margin(name)
    return {
        "asset": name,
        "walletBalance": coin(margin.wallet),
        "unrealizedProfit": coin(margin.unrealised),
        "marginBalance": coin(margin.equity),
        "maintMargin": coin(margin.maintenance),
        "initialMargin": coin(margin.position_initial + margin.order_initial),
        "positionInitialMargin": coin(margin.position_initial),
        "openOrderInitialMargin": coin(margin.order_initial),
        "crossWalletBalance": coin(margin.cross_wallet),
        "crossUnPnl": coin(margin.cross_unrealised),
        "availableBalance": coin(margin.available),
        "maxWithdrawAmount": coin(min(margin.available, max(0.0, margin.wallet))),
        "marginAvailable": True,
        "updateTime": ms(account.updated_s),
    }


def account_json(account: Account, version: int) -> dict[str, Json]:
    """The account endpoint: assets, positions, and the sums of the assets where they are all dollars (USD-M)."""
    coins = coins_of(account)
    margins = [account.margin(name) for name in coins]
    head = account_flags(account) if version == 2 else {}
    if all(not instrument.is_inverse for instrument in account.market.instruments):
        totals = {
            "totalInitialMargin": sum(m.position_initial + m.order_initial for m in margins),
            "totalMaintMargin": sum(m.maintenance for m in margins),
            "totalWalletBalance": sum(m.wallet for m in margins),
            "totalUnrealizedProfit": sum(m.unrealised for m in margins),
            "totalMarginBalance": sum(m.equity for m in margins),
            "totalPositionInitialMargin": sum(m.position_initial for m in margins),
            "totalOpenOrderInitialMargin": sum(m.order_initial for m in margins),
            "totalCrossWalletBalance": sum(m.cross_wallet for m in margins),
            "totalCrossUnPnl": sum(m.cross_unrealised for m in margins),
            "availableBalance": sum(m.available for m in margins),
            "maxWithdrawAmount": sum(min(m.available, max(0.0, m.wallet)) for m in margins),
        }
        head |= {name: coin(value) for name, value in totals.items()}
    positions = listed_positions(account, everything=version == 2)
    return head | {
        "assets": [asset_json(account, name) for name in coins],
        "positions": [_account_position(account, position, version) for position in positions],
    }


def account_flags(account: Account) -> dict[str, Json]:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": account.can_withdraw,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def _account_position(account: Account, position: Position, version: int) -> dict[str, Json]:
    instrument = account.market.instrument(position.symbol)
    bound = position_initial(account, position)
    row: dict[str, Json] = {
        **_common(account, instrument, position),
        "unrealizedProfit": coin(account.unrealised_of(position)),
        "initialMargin": coin(bound),
        "maintMargin": coin(position_maintenance(account, position)),
    }
    if version == 3:
        return row
    return row | {
        "leverage": str(account.leverage_of(position.symbol)),
        "entryPrice": _entry(instrument, position),
        "breakEvenPrice": _entry(instrument, position),
        "isolated": account.is_isolated(position.symbol),
        **_most(account, instrument, "maxNotional"),
        "positionInitialMargin": coin(bound),
        "openOrderInitialMargin": coin(account.order_margin(position.symbol)),
        "bidNotional": "0",
        "askNotional": "0",
    }
