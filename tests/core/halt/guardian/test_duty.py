"""Whose stop the guardian sees to, step by step against a model that keeps every word that was said."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from core.halt.guardian.duty import Duty

ACCOUNTS = ("alpha-1", "alpha-2", "alpha-3")
REPORTERS = ("desk", "command")
STOPS = ("h-1", "h-2")
TAKEOVER_S = 1.0


class DutyMachine(RuleBasedStateMachine):
    """The model: an account is taken at the first look after its time at which nobody who counts has reported it."""

    def __init__(self) -> None:
        super().__init__()
        self.duty = Duty()
        self.now_s = 0.0
        self.due_s: dict[str, float] = {}
        self.said: set[tuple[str, str, str]] = set()
        self.taken: set[tuple[str, str]] = set()

    @rule(halt=st.sampled_from(STOPS))
    def fire(self, halt: str) -> None:
        self.due_s[halt] = self.now_s + TAKEOVER_S
        self.said = {row for row in self.said if row[0] != halt}
        self.duty.begin(halt, ACCOUNTS, self.due_s[halt])

    @rule(halt=st.sampled_from(STOPS), who=st.sampled_from(REPORTERS), accounts=st.sets(st.sampled_from(ACCOUNTS)))
    def report(self, halt: str, who: str, accounts: set[str]) -> None:
        self.duty.report(halt, who, accounts)
        if halt in self.due_s:
            self.said |= {(halt, who, account) for account in accounts}

    @rule(who=st.sampled_from(REPORTERS))
    def fall_silent(self, who: str) -> None:
        self.duty.unheard(who)
        self.said = {row for row in self.said if row[1] != who}

    @rule(halt=st.sampled_from(STOPS))
    def stop_everything(self, halt: str) -> None:
        self.duty.take_all(halt)
        if halt in self.due_s:
            self.due_s[halt] = float("-inf")

    @rule(halt=st.sampled_from(STOPS))
    def reset(self, halt: str) -> None:
        self.duty.end(halt)
        self.due_s.pop(halt, None)
        self.said = {row for row in self.said if row[0] != halt}
        self.taken = {row for row in self.taken if row[0] != halt}

    @precondition(lambda self: self.due_s)
    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0]))
    def look(self, seconds: float) -> None:
        self.now_s += seconds
        told = self.duty.due(self.now_s)
        expected = {
            (halt, account)
            for halt, due_s in self.due_s.items()
            if self.now_s >= due_s
            for account in ACCOUNTS
            if not any((halt, who, account) in self.said for who in REPORTERS) and (halt, account) not in self.taken
        }
        assert set(told) == expected
        assert len(told) == len(expected)
        self.taken |= expected

    @invariant()
    def what_was_taken_stays_taken(self) -> None:
        for halt in STOPS:
            assert self.duty.taken(halt) == {account for stop, account in self.taken if stop == halt}


def test_exactly_what_nobody_who_can_be_heard_reported_in_time_is_taken_over_and_stays_so() -> None:
    run_state_machine_as_test(
        DutyMachine, settings=settings(max_examples=settings().max_examples, stateful_step_count=25)
    )


def test_accounts_that_come_with_a_changed_configuration_are_taken_too() -> None:
    duty = Duty()
    duty.begin("h-1", ["alpha-1"], due_s=1.0)
    duty.report("h-1", "desk", ["alpha-1"])
    assert duty.due(2.0) == ()
    duty.cover("h-1", ["alpha-1", "alpha-9"])
    assert duty.due(2.0) == (("h-1", "alpha-9"),)
    assert duty.taken("h-1") == {"alpha-9"}
