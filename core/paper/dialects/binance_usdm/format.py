"""Binance's JSON for the engine's nouns, REST side."""

from __future__ import annotations

from core.paper.dialects.binance_usdm.codes import KINDS, STATUS_WORDS, TIF_WORDS
from core.paper.engine.account import Account
from core.paper.engine.model import Fill, LedgerKind, LedgerRow, Order, Position, PriceSource, Status, Trigger
from core.paper.instruments import PaperInstrument
from core.paper.market import Market
from core.paper.wire import Json

WORKING_TYPES = {PriceSource.MARK: "MARK_PRICE", PriceSource.LAST: "CONTRACT_PRICE"}
INCOME_TYPES = {LedgerKind.REALISED: "REALIZED_PNL", LedgerKind.FEE: "COMMISSION", LedgerKind.FLOW: "TRANSFER"}


def ms(at_s: float) -> int:
    return int(at_s * 1000)


def coin(amount: float) -> str:
    return f"{amount:.8f}"


def price_text(instrument: PaperInstrument, price: float | None) -> str:
    return f"{price or 0.0:.{instrument.price_decimals}f}"


def quantity_text(instrument: PaperInstrument, quantity: float) -> str:
    return f"{quantity:.{instrument.quantity_decimals}f}"


def order_json(instrument: PaperInstrument, order: Order) -> dict[str, Json]:
    word = KINDS[order.kind]
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUS_WORDS[order.status],
        "clientOrderId": order.client_id,
        "price": price_text(instrument, order.price),
        "avgPrice": f"{order.average_price:.{instrument.price_decimals + 3}f}",
        "origQty": quantity_text(instrument, order.quantity),
        "executedQty": quantity_text(instrument, order.filled),
        "cumQty": quantity_text(instrument, order.filled),
        "cumQuote": f"{order.filled_value:.5f}",
        "timeInForce": TIF_WORDS[order.tif],
        "type": word,
        "origType": word,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.name,
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "time": ms(order.accepted_s),
        "updateTime": ms(order.updated_s),
    }


def trigger_json(instrument: PaperInstrument, trigger: Trigger, child: Order | None = None) -> dict[str, Json]:
    status = STATUS_WORDS[trigger.status]
    if trigger.status is Status.TRIGGERED and child is not None and not child.status.is_open:
        status = "FINISHED"
    return {
        "algoId": trigger.trigger_id,
        "clientAlgoId": trigger.client_id,
        "algoType": "CONDITIONAL",
        "orderType": trigger.kind.name,
        "symbol": trigger.symbol,
        "side": trigger.side.name,
        "positionSide": "BOTH",
        "timeInForce": TIF_WORDS[trigger.tif],
        "quantity": quantity_text(instrument, trigger.quantity),
        "algoStatus": status,
        "actualOrderId": str(trigger.order_id or ""),
        "actualPrice": f"{child.average_price if child else 0.0:.5f}",
        "triggerPrice": price_text(instrument, trigger.trigger_price),
        "price": price_text(instrument, trigger.price),
        "icebergQuantity": None,
        "tpTriggerPrice": "0.000",
        "tpPrice": "0.000",
        "slTriggerPrice": "0.000",
        "slPrice": "0.000",
        "tpOrderType": "",
        "selfTradePreventionMode": "NONE",
        "workingType": WORKING_TYPES[trigger.source],
        "priceMatch": "NONE",
        "closePosition": trigger.close_position,
        "priceProtect": False,
        "reduceOnly": trigger.reduce_only,
        "createTime": ms(trigger.accepted_s),
        "updateTime": ms(trigger.updated_s),
        "triggerTime": ms(trigger.ended_s or 0.0) if trigger.status is Status.TRIGGERED else 0,
        "goodTillDate": 0,
    }


def fill_json(instrument: PaperInstrument, fill: Fill) -> dict[str, Json]:
    return {
        "symbol": fill.symbol,
        "id": fill.fill_id,
        "orderId": fill.order_id,
        "side": fill.side.name,
        "price": price_text(instrument, fill.price),
        "qty": quantity_text(instrument, fill.quantity),
        "realizedPnl": coin(fill.realised),
        "quoteQty": coin(fill.quantity * fill.price),
        "commission": coin(fill.fee),
        "commissionAsset": fill.coin,
        "time": ms(fill.at_s),
        "positionSide": "BOTH",
        "maker": fill.maker,
        "buyer": fill.side.name == "BUY",
    }


def income_json(row: LedgerRow) -> dict[str, Json]:
    return {
        "symbol": row.symbol,
        "incomeType": INCOME_TYPES[row.kind],
        "income": coin(row.amount),
        "asset": row.coin,
        "info": row.note or (str(row.fill_id) if row.fill_id else INCOME_TYPES[row.kind]),
        "time": ms(row.at_s),
        "tranId": row.row_id,
        "tradeId": str(row.fill_id or ""),
    }


def liquidation_price(market: Market, account: Account, position: Position) -> float:
    """Where the account would be down to its maintenance margin if only this instrument moved; 0 if nowhere."""
    instrument = market.instrument(position.symbol)
    margin = account.margin(instrument.settle)
    mark = market.mark_of(position.symbol)
    notional = abs(position.quantity) * mark
    others = margin.wallet + margin.unrealised - position.unrealised(mark)
    others -= margin.maintenance - instrument.maintenance(notional)
    tier = instrument.tier_of(notional)
    denominator = abs(position.quantity) * tier.maintenance_rate - position.quantity
    price = (others + tier.deduction - position.quantity * position.entry_price) / denominator
    return max(0.0, price)


def position_json(market: Market, account: Account, position: Position, version: int) -> dict[str, Json]:
    """A row of positionRisk; version 2 still names leverage and margin type."""
    instrument = market.instrument(position.symbol)
    mark = market.mark_of(position.symbol)
    notional = position.quantity * mark
    leverage = account.leverage_of(position.symbol)
    ordered = account.order_margin(position.symbol)
    entry = f"{position.entry_price:.{instrument.price_decimals + 6}f}"
    row: dict[str, Json] = {
        "symbol": position.symbol,
        "positionSide": "BOTH",
        "positionAmt": quantity_text(instrument, position.quantity),
        "entryPrice": entry,
        "breakEvenPrice": entry,
        "markPrice": coin(mark),
        "unRealizedProfit": coin(position.unrealised(mark)),
        "liquidationPrice": coin(liquidation_price(market, account, position)) if position.quantity else "0",
        "isolatedMargin": "0",
        "notional": coin(notional),
        "isolatedWallet": "0",
        "updateTime": ms(position.updated_s),
    }
    if version == 2:
        cap = max(tier.cap for tier in instrument.tiers if tier.max_leverage >= leverage)
        row |= {"leverage": str(leverage), "maxNotionalValue": f"{cap:.0f}"}
        row |= {"marginType": "cross", "isAutoAddMargin": "false"}
    else:
        row |= {
            "marginAsset": instrument.settle,
            "initialMargin": coin(abs(notional) / leverage + ordered),
            "maintMargin": coin(instrument.maintenance(abs(notional))),
            "positionInitialMargin": coin(abs(notional) / leverage),
            "openOrderInitialMargin": coin(ordered),
            "adl": 2 if position.quantity else 0,
            "bidNotional": "0",
            "askNotional": "0",
        }
    return row


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
        "crossWalletBalance": coin(margin.wallet),
        "crossUnPnl": coin(margin.unrealised),
        "availableBalance": coin(margin.available),
        "maxWithdrawAmount": coin(min(margin.available, max(0.0, margin.wallet))),
        "marginAvailable": True,
        "updateTime": ms(account.updated_s),
    }


def account_json(market: Market, account: Account, version: int) -> dict[str, Json]:
    """The account endpoint; version 2 lists every instrument, version 3 only what is held or ordered."""
    coins = sorted({*account.wallets, *(i.settle for i in market.instruments)})
    margins = [account.margin(name) for name in coins]
    totals = {
        "totalInitialMargin": sum(m.position_initial + m.order_initial for m in margins),
        "totalMaintMargin": sum(m.maintenance for m in margins),
        "totalWalletBalance": sum(m.wallet for m in margins),
        "totalUnrealizedProfit": sum(m.unrealised for m in margins),
        "totalMarginBalance": sum(m.equity for m in margins),
        "totalPositionInitialMargin": sum(m.position_initial for m in margins),
        "totalOpenOrderInitialMargin": sum(m.order_initial for m in margins),
        "totalCrossWalletBalance": sum(m.wallet for m in margins),
        "totalCrossUnPnl": sum(m.unrealised for m in margins),
        "availableBalance": sum(m.available for m in margins),
        "maxWithdrawAmount": sum(min(m.available, max(0.0, m.wallet)) for m in margins),
    }
    head: dict[str, Json] = {} if version == 3 else _account_flags(account)
    head |= {name: coin(value) for name, value in totals.items()}
    positions = listed_positions(market, account, version)
    return head | {
        "assets": [asset_json(account, name) for name in coins],
        "positions": [_account_position(market, account, position, version) for position in positions],
    }


def listed_positions(market: Market, account: Account, version: int) -> list[Position]:
    """Version 3 names what is held or has resting orders, version 2 everything."""
    held = account.positions
    if version == 2:
        return [held.get(symbol) or Position(symbol) for symbol in market.index]
    busy = {symbol for symbol, book in account.resting.items() if book.orders}
    return [held.get(s) or Position(s) for s in market.index if s in busy or (s in held and held[s].quantity)]


def _account_flags(account: Account) -> dict[str, Json]:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": account.can_withdraw,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def _account_position(market: Market, account: Account, position: Position, version: int) -> dict[str, Json]:
    instrument = market.instrument(position.symbol)
    mark = market.mark_of(position.symbol)
    notional = position.quantity * mark
    leverage = account.leverage_of(position.symbol)
    row: dict[str, Json] = {
        "symbol": position.symbol,
        "positionSide": "BOTH",
        "positionAmt": quantity_text(instrument, position.quantity),
        "unrealizedProfit": coin(position.unrealised(mark)),
        "isolatedMargin": "0",
        "notional": coin(notional),
        "isolatedWallet": "0",
        "initialMargin": coin(abs(notional) / leverage),
        "maintMargin": coin(instrument.maintenance(abs(notional))),
        "updateTime": ms(position.updated_s),
    }
    if version == 2:
        row |= {
            "leverage": str(leverage),
            "entryPrice": f"{position.entry_price:.{instrument.price_decimals + 6}f}",
            "isolated": False,
            "maxNotional": f"{instrument.tiers[-1].cap:.0f}",
            "positionInitialMargin": coin(abs(notional) / leverage),
            "openOrderInitialMargin": coin(account.order_margin(position.symbol)),
            "bidNotional": "0",
            "askNotional": "0",
        }
    return row
