from __future__ import annotations

import threading

from core.crash.groups import LONGEST_TEXT, MOST_GROUPS, OTHERS, FaultGroups


def _raised(kind: type[Exception], words: str) -> Exception:
    try:
        raise kind(words)
    except Exception as error:
        return error


def test_the_same_place_is_one_fault_however_its_words_differ() -> None:
    groups = FaultGroups()
    news = [groups.add("main thread", _raised(ValueError, f"number {turn}"), "", float(turn)) for turn in range(500)]
    assert news == [True] + [False] * 499
    (group,) = groups.groups
    assert (group.count, group.first_at_s, group.last_at_s) == (500, 0.0, 499.0)
    assert group.what == "ValueError"
    assert group.where.startswith("_raised:")
    assert "number 0" in group.text
    assert "number 499" not in group.text


def test_another_kind_and_another_place_are_faults_of_their_own() -> None:
    groups = FaultGroups()
    groups.add("main thread", _raised(ValueError, "a"), "", 0.0)
    groups.add("main thread", _raised(KeyError, "a"), "", 0.0)
    try:
        raise ValueError("elsewhere")
    except ValueError as error:
        groups.add("event loop", error, "", 0.0)
    assert [group.what for group in groups.groups] == ["ValueError", "KeyError", "ValueError"]
    assert groups.count == 3


def test_words_without_an_error_are_told_apart_by_all_but_their_numbers() -> None:
    groups = FaultGroups()
    for turn in range(9):
        groups.add("Qt", None, f"QTimer {turn} at 0x7f{turn} cannot be started", 0.0)
    groups.add("Qt", None, "QPainter is not active", 0.0)
    groups.add("Qt", None, "  \n", 0.0)
    assert [group.count for group in groups.groups] == [9, 1, 1]


def test_a_flood_of_different_faults_is_bounded_and_counted_to_the_last() -> None:
    groups = FaultGroups()
    for turn in range(10 * MOST_GROUPS):
        groups.add("Qt", None, "fault " + "x" * turn, 0.0)
    assert len(groups.groups) == MOST_GROUPS + 1
    assert groups.groups[-1].what == OTHERS
    assert groups.count == 10 * MOST_GROUPS


def test_a_text_that_is_very_long_keeps_both_ends() -> None:
    groups = FaultGroups()
    groups.add("Qt", None, "begin" + "x" * 1_000_000 + "end", 0.0)
    text = groups.groups[0].text
    assert text.startswith("begin")
    assert text.endswith("end")
    assert len(text) < LONGEST_TEXT + 100


def test_faults_of_many_threads_are_all_counted() -> None:
    groups = FaultGroups()
    error = _raised(ValueError, "a")

    def add() -> None:
        for _ in range(2_000):
            groups.add("thread", error, "", 0.0)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert groups.count == 8_000
