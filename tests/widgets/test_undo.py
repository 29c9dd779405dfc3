"""What was done and may be taken back."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.undo import MOST_STEPS, Step, UndoStack


class Value:
    def __init__(self) -> None:
        self.now = 0
        self.stack = UndoStack()

    def change(self, to: int) -> None:
        before, self.now = self.now, to
        self.stack.push(Step(f"to {to}", partial(self.change, before), partial(self.change, to)))


@given(st.lists(st.one_of(st.integers(1, 9), st.sampled_from(["undo", "redo"])), max_size=60))
def test_undo_and_redo_walk_along_what_was_done(acts: list[int | str]) -> None:
    value, past, future = Value(), [0], list[int]()
    for act in acts:
        if act == "undo":
            value.stack.undo()
            if len(past) > 1:
                future.append(past.pop())
        elif act == "redo":
            value.stack.redo()
            if future:
                past.append(future.pop())
        else:
            value.change(int(act))
            past.append(int(act))
            future.clear()
        assert value.now == past[-1]
        assert bool(value.stack.next_undo) == (len(past) > 1)
        assert bool(value.stack.next_redo) == bool(future)


def test_it_says_what_was_undone() -> None:
    value = Value()
    value.change(3)
    assert value.stack.next_undo == "to 3"
    assert value.stack.undo() == "to 3"
    assert value.stack.undo() == ""
    assert value.stack.redo() == "to 3"
    assert value.stack.redo() == ""


def test_only_the_latest_steps_are_kept() -> None:
    value = Value()
    for to in range(1, MOST_STEPS + 11):
        value.change(to)
    while value.stack.undo():
        pass
    assert value.now == 10


def test_a_step_that_fails_leaves_the_stack_at_work() -> None:
    stack = UndoStack()

    def fail() -> None:
        raise ValueError("no")

    stack.push(Step("what fails", fail, fail))
    with pytest.raises(ValueError, match="no"):
        stack.undo()
    value = Value()
    stack.push(Step("to 1", partial(value.change, 1), partial(value.change, 0)))
    assert stack.undo() == "to 1"
