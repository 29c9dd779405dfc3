"""Takes every secret out of a text before anybody sees it: ccxt puts the full signed URL into its errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

LONGEST = 300
HIDDEN = "***"

_QUERY = re.compile(r"(\b(?:https?|wss?)://[^\s?\"'<>]*)\?[^\s\"'<>]*", re.IGNORECASE)
_LISTEN_PATH = re.compile(r"(/ws/|listenKey[=:\"' ]+)[A-Za-z0-9_-]{16,}", re.IGNORECASE)
_FIELD = re.compile(
    r"(?P<name>\b(?:signature|sign|api[-_]?key|access[-_]?key(?:id)?|secret|passphrase|password|private[-_]?key|listen[-_]?key"
    r"|token|authent|x-mbx-apikey)\b[\"']?\s*[=:]\s*[\"']?)(?P<value>[^\s&\"',;}]+)",
    re.IGNORECASE,
)


class Scrubber:
    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are credential values of this account; short ones cannot be told from ordinary text."""
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= 4:
                forms |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """One line, of at most `LONGEST` characters, without any of the secrets, query strings or signatures."""
        line = " ".join(text.split())
        for form in self._forms:
            line = line.replace(form, HIDDEN)
        line = _QUERY.sub(r"\1", line)
        line = _LISTEN_PATH.sub(rf"\1{HIDDEN}", line)
        line = _FIELD.sub(rf"\g<name>{HIDDEN}", line)
        # Joining white space may have put a secret together that had been broken over lines.
        for form in self._forms:
            line = line.replace(form, HIDDEN)
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
