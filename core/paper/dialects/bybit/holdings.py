"""Bybit's JSON for the wallet of an account and for its positions; the streams use the same rows."""

from __future__ import annotations

from collections.abc import Iterable

from core.paper.dialects.bybit.codes import LEG_NUMBERS, PARAMS, WireError
from core.paper.dialects.bybit.context import Call, Key
from core.paper.dialects.bybit.listing import Category, wire_symbol
from core.paper.dialects.bybit.protection import STOP, TAKE, guards_of
from core.paper.dialects.words import coin, ms, price_text, quantity_text
from core.paper.engine.account import Account
from core.paper.engine.holdings import Margin, Position
from core.paper.engine.liquidation_price import liquidation_price
from core.paper.engine.margin import position_initial, position_maintenance
from core.paper.wire import Json

POSITIONS, POSITIONS_MAX = 20, 200
ACCOUNT_TYPE = "UNIFIED"


def wallet_balance(call: Call) -> Json:
    if call.text("accountType") != ACCOUNT_TYPE:
        raise WireError(PARAMS, "accountType only support UNIFIED.")
    wanted = {name for name in call.params.get("coin", "").split(",") if name}
    coins = [name for name in coins_of(call.account) if not wanted or name in wanted]
    return {"list": [wallet_row(call.account, coins)]}


def coins_of(account: Account) -> list[str]:
    return sorted(name for name, amount in account.wallets.items() if amount)


def wallet_row(account: Account, coins: Iterable[str]) -> dict[str, Json]:
    """The account as a whole, dollars, and the coins asked for."""
    worth_of = account.market.worth_of
    margins = {name: account.margin(name) for name in coins_of(account)}
    dollars = {name: worth_of(name) for name in margins}

    def total(part: str) -> float:
        return sum(float(getattr(margin, part)) * dollars[name] for name, margin in margins.items())

    equity, initial = total("equity"), total("position_initial") + total("order_initial")
    maintenance = total("maintenance")
    return {
        "accountType": ACCOUNT_TYPE,
        "accountIMRate": f"{initial / equity if equity else 0.0:.6f}",
        "accountMMRate": f"{maintenance / equity if equity else 0.0:.6f}",
        "accountLTV": "0",
        "totalEquity": coin(equity),
        "totalWalletBalance": coin(total("wallet")),
        "totalMarginBalance": coin(equity),
        "totalAvailableBalance": coin(total("available")),
        "totalPerpUPL": coin(total("unrealised")),
        "totalInitialMargin": coin(initial),
        "totalMaintenanceMargin": coin(maintenance),
        "coin": [_coin_row(account, name, margins.get(name) or account.margin(name)) for name in coins],
    }


def _coin_row(account: Account, name: str, margin: Margin) -> dict[str, Json]:
    contracts = [row for row in account.resting if account.market.instrument(row).settle == name]
    bound = sum(account.order_margin(row) for row in contracts if not account.market.instrument(row).is_spot)
    realised = sum(
        position.realised
        for position in account.positions.values()
        if account.market.instrument(position.symbol).settle == name
    )
    return {
        "coin": name,
        "equity": coin(margin.equity),
        "usdValue": coin(margin.equity * account.market.worth_of(name)),
        "walletBalance": coin(margin.wallet),
        "availableToWithdraw": "",
        "availableToBorrow": "",
        "borrowAmount": "0",
        "accruedInterest": "0",
        "totalOrderIM": coin(bound),
        "totalPositionIM": coin(margin.position_initial),
        "totalPositionMM": coin(margin.maintenance),
        "unrealisedPnl": coin(margin.unrealised),
        "cumRealisedPnl": coin(realised),
        "bonus": "0",
        "locked": coin(margin.order_initial - bound),
        "spotHedgingQty": "0",
        "collateralSwitch": True,
        "marginCollateral": True,
    }


def position_list(call: Call) -> Json:
    """With a symbol its legs, held or not; without one what is held."""
    category = call.category()
    if category is Category.SPOT:
        raise WireError(PARAMS, "Illegal category")
    if category is Category.LINEAR:
        call.need_one_of("symbol", "settleCoin", "baseCoin")
    account, everything = call.account, bool(call.params.get("symbol"))
    symbols = [instrument.symbol for instrument in call.chosen()]
    legs = [account.position_of(symbol, leg) for symbol in symbols for leg in account.legs_of(symbol)]
    rows = [row for row in legs if everything or row.quantity]
    places = account.market.index

    def key(row: Position) -> Key:
        return places[row.symbol], LEG_NUMBERS[row.leg]

    page, cursor = call.page(rows, key, POSITIONS, POSITIONS_MAX)
    told = [position_row(account, row) | {"avgPrice": entry_text(account, row)} for row in page]
    return {"list": told, "nextPageCursor": cursor, "category": category.value}


def entry_text(account: Account, position: Position) -> str:
    instrument = account.market.instrument(position.symbol)
    return f"{position.entry_price:.{instrument.price_decimals + 6}f}" if position.quantity else "0"


def position_row(account: Account, position: Position) -> dict[str, Json]:
    """What the listing and the stream both tell; they call the entry price differently."""
    instrument = account.market.instrument(position.symbol)
    isolated = account.is_isolated(position.symbol)
    price, held = liquidation_price(account, position), position.quantity
    value = instrument.notional(held, position.entry_price) if held else 0.0
    changed = str(ms(position.updated_s))
    return {
        "positionIdx": LEG_NUMBERS[position.leg],
        "riskId": 1,
        "riskLimitValue": f"{instrument.tiers[0].cap:.8g}",
        "symbol": wire_symbol(instrument),
        "side": "Buy" if held > 0 else "Sell" if held < 0 else "",
        "size": quantity_text(instrument, abs(held)),
        "positionValue": coin(value),
        "tradeMode": int(isolated),
        "positionStatus": "Normal",
        "autoAddMargin": 0,
        "adlRankIndicator": 2 if held else 0,
        "leverage": str(account.leverage_of(position.symbol)),
        "positionBalance": coin(position.pot),
        "markPrice": price_text(instrument, account.market.mark_of(position.symbol)),
        "liqPrice": price_text(instrument, price) if price else "",
        "bustPrice": "",
        "positionMM": coin(position_maintenance(account, position)),
        "positionIM": coin(position_initial(account, position)),
        "tpslMode": "Full",
        **_guarded(account, position),
        "unrealisedPnl": coin(account.unrealised_of(position) if held else 0.0),
        "curRealisedPnl": coin(position.realised),
        "cumRealisedPnl": coin(position.realised),
        "seq": account.revision,
        "isReduceOnly": False,
        "mmrSysUpdateTime": "",
        "mmrSysUpdatedTime": "",
        "leverageSysUpdatedTime": "",
        "sessionAvgPrice": "",
        "createdTime": changed,
        "updatedTime": changed,
    }


def _guarded(account: Account, position: Position) -> dict[str, Json]:
    guards = guards_of(account, position.symbol, position.leg)
    instrument = account.market.instrument(position.symbol)

    def price_of(word: str) -> str:
        return price_text(instrument, guards[word].trigger_price) if word in guards else "0"

    return {"takeProfit": price_of(TAKE), "stopLoss": price_of(STOP), "trailingStop": "0"}
