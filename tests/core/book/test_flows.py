"""Deposits, withdrawals and transfers never look like profit or loss; losses never look like them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.book.flows import FlowState
from core.domain import Trust
from tests.core.book.desk import BTC, Desk


def ready(wallet: float = 1_000.0) -> Desk:
    desk = Desk()
    desk.mark(100.0)
    for account in "abc":
        desk.read(account, wallet, {BTC: (2.0, 100.0)})
    desk.view()
    desk.wait(1.0)
    return desk


def confirm(desk: Desk, wallet: float, account: str = "a", quantity: float = 2.0) -> None:
    desk.wait(3.0)
    desk.read(account, wallet, {BTC: (quantity, 100.0)} if quantity else {})
    desk.view()


@settings(deadline=None, max_examples=60)
@given(
    amount=st.floats(-999.0, 100_000.0).filter(lambda x: abs(x) > 20.0),
    ledger_first=st.booleans(),
    ledger=st.booleans(),
    word=st.sampled_from(["", "DEPOSIT", "WITHDRAW"]),
    price=st.floats(80.0, 120.0),
)
def test_a_flow_leaves_drawdown_alone_at_every_moment(
    amount: float, ledger_first: bool, ledger: bool, word: str, price: float
) -> None:
    desk = ready()
    desk.mark(price)
    before = {scope: desk.drawdown(scope) for scope in ("portfolio", "venue:north", "account:a")}
    flow = desk.flow(amount)
    steps = [lambda: desk.wallet(1_000.0 + amount, reason=word)]
    if ledger:
        steps.insert(0 if ledger_first else 1, lambda: desk.book.apply(flow))
    for step in steps:
        step()
        for scope, fall in before.items():
            assert desk.drawdown(scope) == pytest.approx(fall, abs=1e-9)
        desk.wait(0.5)
    confirm(desk, 1_000.0 + amount)
    for scope, fall in before.items():
        assert desk.drawdown(scope) == pytest.approx(fall, abs=1e-9)
    assert desk.of("account:a", "trust") == Trust.TRUSTED
    assert [round(row.amount, 6) for row in desk.book.suspected_flows()] == ([] if ledger else [round(amount, 6)])


def test_a_withdrawal_is_pending_then_suspected_then_explained_and_never_counted_twice() -> None:
    desk = ready()
    desk.wallet(600.0)
    assert desk.of("account:a", "trust") == Trust.UNSETTLED
    assert desk.view().account_pending[0] == pytest.approx(-400.0)
    assert desk.book.take_flow_events() == ()
    confirm(desk, 600.0)
    (event,) = desk.book.take_flow_events()
    assert (event.account, event.amount, event.state) == ("a", pytest.approx(-400.0), FlowState.SUSPECTED)
    assert desk.of("account:a", "trust") == Trust.TRUSTED
    desk.book.apply(desk.flow(-400.0, flow_id="w"))
    desk.book.apply(desk.flow(-400.0, flow_id="w"))
    assert [event.state for event in desk.book.take_flow_events()] == [FlowState.EXPLAINED]
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-12)
    confirm(desk, 600.0)
    assert desk.of("account:a") == pytest.approx(1.0)
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-12)
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_without_a_later_reading_nothing_is_concluded() -> None:
    desk = ready()
    desk.wallet(600.0)
    desk.wait(8.0)
    assert desk.of("account:a", "trust") == Trust.UNSETTLED
    assert desk.book.suspected_flows() == ()


def test_a_transfer_between_own_accounts_moves_nobody() -> None:
    desk = ready()
    for amount, account in ((-900.0, "a"), (900.0, "b")):
        desk.wallet(1_000.0 + amount, account)
        for scope in ("portfolio", "venue:north", "account:a", "account:b"):
            assert desk.drawdown(scope) == pytest.approx(0.0, abs=1e-9)
        desk.wait(1.0)
    confirm(desk, 100.0, "a")
    confirm(desk, 1_900.0, "b")
    assert desk.of("portfolio") == pytest.approx(1.0)
    assert [flow.amount for flow in desk.book.suspected_flows()] == pytest.approx([-900.0, 900.0])


def test_a_crash_is_a_loss_and_no_flow() -> None:
    desk = ready()
    desk.mark(50.0)
    assert desk.drawdown("account:a") == pytest.approx(0.1)
    assert desk.of("account:a", "trust") == Trust.TRUSTED


@pytest.mark.parametrize("order", ["pfw", "fpw", "wfp", "wpf", "pwf"])
def test_a_realised_loss_is_a_loss_in_whatever_order_it_is_told(order: str) -> None:
    desk = ready()
    desk.mark(50.0)
    steps = {
        "p": lambda: desk.position(0.0, None),
        "f": lambda: desk.fill(-2.0, 50.0, fee=1.0),
        "w": lambda: desk.wallet(899.0, reason="ORDER"),
    }
    for letter in order:
        steps[letter]()
    assert desk.drawdown("account:a") == pytest.approx(0.101)
    assert desk.of("account:a", "trust") == Trust.TRUSTED
    confirm(desk, 899.0, quantity=0.0)
    assert desk.drawdown("account:a") == pytest.approx(0.101)
    assert desk.book.suspected_flows() == ()


def test_a_loss_whose_fills_were_missed_is_a_loss() -> None:
    desk = ready()
    desk.position(0.0, None)
    desk.wallet(940.0, reason="ORDER")
    desk.view()
    confirm(desk, 940.0, quantity=0.0)
    assert desk.drawdown("account:a") == pytest.approx(0.06)
    assert desk.book.suspected_flows() == ()


def test_a_withdrawal_beside_a_missed_fill_is_no_loss() -> None:
    desk = ready()
    desk.position(1.99)
    desk.wallet(500.0)
    desk.view()
    confirm(desk, 500.0, quantity=1.99)
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-9)


def test_a_balance_that_includes_pnl_at_the_venues_marks_raises_no_suspicion_in_a_fast_market() -> None:
    desk = Desk()
    desk.mark(100.0)
    desk.read(wallet=1_000.0, held={BTC: (20.0, 100.0)}, includes=True)
    desk.view()
    for step in range(40):
        desk.wait(5.0)
        price = 100.0 - 0.5 * step
        desk.mark(price)
        # The venue took its reading a moment earlier, at another price.
        noise = 0.3 * (-1) ** step
        desk.read(wallet=1_000.0 - 10.0 * step + 20.0 * noise, held={BTC: (20.0, 100.0)}, includes=True)
        assert desk.of("account:a", "trust") == Trust.TRUSTED
    assert desk.book.suspected_flows() == ()
    assert desk.of("account:a") == pytest.approx(0.61, abs=0.02)


def test_funding_is_profit_or_loss() -> None:
    desk = ready()
    desk.wallet(950.0, reason="FUNDING_FEE")
    assert desk.drawdown("account:a") == pytest.approx(0.05)
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_a_small_unexplained_change_is_let_go_as_profit_or_loss() -> None:
    desk = ready()
    desk.wallet(998.0)
    assert desk.drawdown("account:a") == pytest.approx(0.002)
    assert desk.of("account:a", "trust") == Trust.TRUSTED


def test_a_ledger_entry_of_another_wallet_is_no_suspicion() -> None:
    desk = ready()
    desk.book.apply(desk.flow(500.0))
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-9)
    confirm(desk, 1_000.0)
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-9)
    assert desk.book.suspected_flows() == ()
    desk.wallet(1_500.0)
    confirm(desk, 1_500.0)
    assert desk.drawdown("account:a") == pytest.approx(0.0, abs=1e-9)
    assert desk.book.suspected_flows() == ()


def test_an_account_emptied_and_funded_again_goes_on_with_its_drawdown() -> None:
    desk = ready()
    desk.mark(50.0)
    assert desk.drawdown("account:a") == pytest.approx(0.1)
    desk.position(0.0, None)
    desk.fill(-2.0, 50.0)
    desk.wallet(900.0, reason="ORDER")
    desk.view()
    desk.wallet(0.0, reason="WITHDRAW")
    assert desk.drawdown("account:a") == pytest.approx(0.1)
    confirm(desk, 0.0, quantity=0.0)
    desk.wallet(5_000.0, reason="DEPOSIT")
    confirm(desk, 5_000.0, quantity=0.0)
    assert desk.drawdown("account:a") == pytest.approx(0.1)
    desk.wallet(4_900.0, reason="FUNDING_FEE")
    assert desk.drawdown("account:a") == pytest.approx(1 - 0.9 * 0.98)


def test_a_ruined_account_that_is_funded_again_begins_anew() -> None:
    desk = ready()
    desk.mark(0.5)
    desk.position(20.0, 100.0)
    desk.fill(18.0, 100.0)
    assert desk.of("account:a", "equity") < 0.0
    assert desk.drawdown("account:a") > 1.0
    desk.wallet(9_000.0, reason="DEPOSIT")
    desk.wait(3.0)
    desk.read(wallet=9_000.0, held={BTC: (20.0, 100.0)})
    assert desk.of("account:a") == pytest.approx(1.0)
    assert desk.drawdown("account:a") == pytest.approx(0.0)


def test_an_account_that_is_read_late_is_no_profit_of_the_portfolio() -> None:
    desk = Desk()
    desk.read("a")
    desk.read("b")
    desk.view()
    again = Desk(clock=desk.clock)
    again.book.restore(desk.book.state())
    for account in "abc":
        again.read(account)
    assert again.of("portfolio", "equity") == 3_000.0
    assert again.drawdown("venue:north") == pytest.approx(0.0, abs=1e-12)
