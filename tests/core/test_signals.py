from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from core.signals import Signal


def test_receivers_are_called_in_the_order_in_which_they_came() -> None:
    signal: Signal[[int]] = Signal("numbers")
    seen: list[tuple[str, int]] = []
    signal.connect(lambda number: seen.append(("first", number)))
    signal.connect(lambda number: seen.append(("second", number)))
    signal.send(1)
    assert seen == [("first", 1), ("second", 1)]


def test_a_raising_receiver_silences_nobody_and_is_logged_and_counted(
    expected_logs: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    expected_logs("a receiver of numbers failed")
    signal: Signal[[int]] = Signal("numbers")
    seen: list[int] = []

    def broken(_: int) -> None:
        raise ValueError("the reason")

    signal.connect(broken)
    signal.connect(seen.append)
    with caplog.at_level(logging.ERROR):
        signal.send(1)
        signal.send(2)
    assert seen == [1, 2]
    assert signal.failures == 2
    assert "the reason" in caplog.text


def test_a_receiver_taken_away_hears_nothing_more_and_twice_does_no_harm() -> None:
    signal: Signal[[int]] = Signal("numbers")
    seen: list[int] = []
    disconnect = signal.connect(seen.append)
    signal.send(1)
    disconnect()
    disconnect()
    signal.send(2)
    assert seen == [1]


def test_receivers_may_come_and_go_while_the_signal_is_sent() -> None:
    signal: Signal[[]] = Signal("moment")
    seen: list[str] = []

    def once() -> None:
        seen.append("once")
        disconnect()
        signal.connect(lambda: seen.append("new"))

    disconnect = signal.connect(once)
    signal.connect(lambda: seen.append("always"))
    signal.send()
    assert seen == ["once", "always"]
    signal.send()
    assert seen == ["once", "always", "always", "new"]


def test_an_exit_is_not_swallowed() -> None:
    signal: Signal[[]] = Signal("moment")

    def leave() -> None:
        raise KeyboardInterrupt

    signal.connect(leave)
    with pytest.raises(KeyboardInterrupt):
        signal.send()
    assert signal.failures == 0
