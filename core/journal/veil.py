"""Takes secrets out of what is shown of the journal: it holds none of ours, but others may have written into it.

A desk of ten thousand accounts knows tens of thousands of secrets: they are looked up, not searched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from core.journal.canonical import plain
from core.log import MASK, Redactor

_SHORTEST = 6
"""Masking a user id of two digits would make every number unreadable."""
_WORD = re.compile(r"[^\s\"'`,;:=&<>(){}\[\]\\?|]{6,}")
_PART = re.compile(r"\w{6,}")


class Veil:
    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._known = frozenset(known)
        self._odd = tuple(
            sorted((one for one in known if not (_WORD.fullmatch(one) or _PART.fullmatch(one))), key=len, reverse=True)
        )
        """What is more than one word, as a passphrase may be."""
        self._looks = Redactor()

    def text(self, text: str) -> str:
        """Without what is known to be a secret, and without what looks like one by its name."""
        for secret in self._odd:
            if secret in text:
                text = text.replace(secret, MASK)
        if self._known:
            text = _WORD.sub(self._word, text)
        return self._looks.mask(text)

    def body(self, value: Any) -> Any:
        """The same of every text in plain data, and of whatever stands under a secret's name."""
        return self._inside(plain(value))

    def _inside(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self._inside(item) for name, item in value.items()}
        return [self._inside(item) for item in value] if isinstance(value, list) else value

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        return MASK if word in self._known else _PART.sub(self._part, word)

    def _part(self, match: re.Match[str]) -> str:
        return MASK if match[0] in self._known else match[0]
