"""Who an intent is signed by."""

from core.intents import AcknowledgeEvent, ClosePage, signed


def test_an_intent_without_a_name_gets_that_of_who_sits_there() -> None:
    assert signed(AcknowledgeEvent("e-1", ""), "kim") == AcknowledgeEvent("e-1", "kim")


def test_an_intent_that_somebody_signed_stays_theirs() -> None:
    assert signed(AcknowledgeEvent("e-1", "lee"), "kim") == AcknowledgeEvent("e-1", "lee")


def test_an_intent_that_only_looks_needs_no_name() -> None:
    assert signed(ClosePage(), "kim") == ClosePage()
