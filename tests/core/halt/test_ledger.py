from __future__ import annotations

from core.clock import ManualClock
from core.domain import Side
from core.engine.halting import cannot
from core.errors import SecretError
from core.halt.ledger import OrderLedger
from core.halt.target import HaltTarget
from core.venues.messages import OrderUpdate, Source


def _order(clock: ManualClock, order_id: str, *, at_s: float | None) -> OrderUpdate:
    return OrderUpdate(
        account="alpha-1", symbol="BTC/USDT:USDT", order_id=order_id, client_order_id="bas-1", book="regular",
        side=Side.BUY, is_open=True, quantity=1.0, filled=0.0, price=100.0, trigger_price=None, reduce_only=False,
        at_s=at_s, source=Source.READING, received_s=clock.monotonic(),
    )  # fmt: skip


def _ledger(clock: ManualClock) -> OrderLedger:
    target = HaltTarget("alpha-1", "north", "binanceusdm", cannot(SecretError("no key")), strategy_of=lambda _: "basis")
    return OrderLedger(target, clock)


def test_an_order_accepted_after_the_act_is_late_and_its_delay_ends_with_the_cancels_reply() -> None:
    clock = ManualClock()
    ledger = _ledger(clock)
    clock.advance(5.0)
    order = _order(clock, "7", at_s=clock.now())
    ledger.seen(order, listed_before=True)
    clock.advance(0.25)
    ledger.cancel_acknowledged(order, clock.monotonic())
    clock.advance(1.0)
    ledger.listed(set(), clock.monotonic())
    (late,) = ledger.late.values()
    assert late.strategy == "basis"
    assert late.delay_ms is not None
    assert abs(late.delay_ms - 250.0) < 1.0
    assert ledger.cancelled == 1


def test_an_order_of_before_the_act_is_not_late() -> None:
    clock = ManualClock()
    ledger = _ledger(clock)
    ledger.seen(_order(clock, "7", at_s=clock.now() - 60.0), listed_before=True)
    assert not ledger.late


def test_what_was_taken_is_handed_out_once_to_be_kept() -> None:
    clock = ManualClock()
    ledger = _ledger(clock)
    order = _order(clock, "7", at_s=None)
    ledger.seen(order, listed_before=False)
    ledger.listed(set(), clock.monotonic())
    assert ledger.unsaved() == [order]
    assert ledger.unsaved() == []


def test_an_order_listed_again_after_it_seemed_gone_is_not_counted_as_cancelled() -> None:
    clock = ManualClock()
    ledger = _ledger(clock)
    order = _order(clock, "7", at_s=None)
    ledger.seen(order, listed_before=False)
    ledger.listed(set(), clock.monotonic())
    ledger.seen(order, listed_before=True)
    assert ledger.cancelled == 0
