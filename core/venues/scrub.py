"""Takes every secret out of a text before anybody sees it: ccxt puts the full signed URL into its errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

LONGEST = 300
HIDDEN = "***"

_QUERY = re.compile(r"(\b(?:https?|wss?)://[^\s?\"'<>]*)\?[^\s\"'<>]*", re.IGNORECASE)
_LISTEN_PATH = re.compile(r"(/ws/|listenKey[=:\"' ]+)[A-Za-z0-9_-]{16,}", re.IGNORECASE)
# The id of an order, a UUID (36) and the client ids that venues take for orders are shorter; a signature in hexadecimal
# or in base64 is longer, and so is the address of a wallet.
_OPAQUE = re.compile(r"(?<!\w)(?:0x)?[0-9a-fA-F]{40,}(?!\w)|(?<![\w+/.-])[\w+/-]{43,}(?:\.[\w+/-]+)*={0,2}")
_FIELD = re.compile(
    r"(?P<name>\b(?:signature|sign|api[-_]?key|access[-_]?key(?:id)?|secret|passphrase|password|private[-_]?key|listen[-_]?key"
    r"|token|authent|authorization|x-mbx-apikey)\b[\"']?\s*[=:]\s*[\"']?(?:bearer |basic )?)(?P<value>[^\s&\"',;}]+)",
    re.IGNORECASE,
)


class Scrubber:
    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are credential values of this account; short ones cannot be told from ordinary text."""
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= 4:
                forms |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
        # A key of many lines comes back in one, and a long line comes back broken: blanks between do not count. Nor
        # does the case: venues write the address of a wallet as they like.
        bare = sorted({"".join(form.split()) for form in forms}, key=len, reverse=True)
        self._bare = tuple(form.lower() for form in bare)
        either = "|".join(" ?".join(map(re.escape, form)) for form in bare)
        self._secrets = re.compile(either, re.IGNORECASE) if bare else None

    def __call__(self, text: str) -> str:
        """One line, of at most `LONGEST` characters, without any of the secrets, query strings or signatures."""
        line = self.whole(text)
        return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"

    def whole(self, text: str) -> str:
        """The same of any length."""
        line = " ".join(text.split())
        line = self._without_secrets(line)
        line = _QUERY.sub(r"\1", line)
        line = _LISTEN_PATH.sub(rf"\1{HIDDEN}", line)
        line = _FIELD.sub(rf"\g<name>{HIDDEN}", line)
        line = _OPAQUE.sub(HIDDEN, line)
        # Taking something out may have put together what stood around it.
        return self._without_secrets(line)

    def _without_secrets(self, line: str) -> str:
        # Looked for without blanks first: the pattern takes a hundred times as long, and nearly always finds nothing.
        squeezed = line.replace(" ", "").lower()
        if self._secrets is None or not any(form in squeezed for form in self._bare):
            return line
        return self._secrets.sub(HIDDEN, line)
