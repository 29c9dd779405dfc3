"""The configuration in words for a screen: where keys are kept, and what is kept for how long."""

from __future__ import annotations

from collections import Counter

from core.config import Config

KEPT_IN = {"keyring": "the system's keyring", "file": "the encrypted file", "env": "environment variables"}


def keys_of(config: Config) -> tuple[tuple[str, int], ...]:
    kinds = Counter(account.credentials.partition(":")[0] for account in config.accounts)
    return tuple((KEPT_IN.get(kind, kind), number) for kind, number in sorted(kinds.items()))


def kept_by(config: Config) -> tuple[tuple[str, str], ...]:
    """The address of a database may hold a password: its kind is told, and no more."""
    journal = config.journal
    kind = (journal.url or "sqlite").partition(":")[0].partition("+")[0]
    place = f"{kind}, as the configuration says" if journal.url else "a file in the usual place"
    history = "none" if not journal.history_mb else ", ".join(journal.history)
    accounts = "none" if not journal.history_mb else ", ".join(journal.history_accounts)
    return (
        ("Journal", f"every record, for ever; {place}"),
        ("History, but of accounts", history),
        ("History of accounts", accounts),
        ("Room for history", f"{journal.history_mb:g} MB"),
    )
