"""Takes every secret out of a request and its reply: by value, by name, and whatever looks like a signature.

Nobody can list the names that 25 venues sign under. So of a request's headers none is kept, and their values are
hidden wherever else they turn up; and a run of letters and digits too long for an order's id is hidden whatever its
name is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from core.venues.scrub import HIDDEN, Scrubber

LEAST = 8
"""Header values shorter than this are versions and windows, and cannot be told from ordinary text."""
NAMES = frozenset(
    {
        "sign", "sig", "uid", "user", "token", "jwt", "pin", "otp", "email", "phone", "ip", "signer", "agent", "wallet",
        "owner", "vault", "authent", "auth", "cookie", "nick", "nickname", "subaccount",
    }
)  # fmt: skip
PARTS = re.compile(
    r"signature|apisign|accesssign|secret|passphrase|password|authoriz|address|credential|mnemonic|bearer"
    r"|(?<![qu])uid$|userid|memberid|accesstoken|key(?:id)?$"
)
HEADERS_KEPT = re.compile(
    r"content-type|retry-after|date|.*used-weight.*|.*rate-?limit.*|x-bapi-limit.*", re.IGNORECASE
)
"""Of a reply's headers these and no others are kept."""

_PAIR = re.compile(
    r"(?P<head>[\"']?\b(?P<name>[A-Za-z][\w.-]{0,40})[\"']?\s*[:=]\s*)"
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,;&{}\[\]\"']+)"
)
_PIECES = re.compile(r"[\s,;]+|=(?=.)")


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is hidden, whatever it is."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare in NAMES or PARTS.search(bare) is not None


@dataclass(frozen=True, slots=True)
class Told:
    """What may be told of a request."""

    host: str
    path: str
    query: str
    body: str
    hidden: tuple[str, ...]
    """Values that were hidden here, and have to be wherever they turn up."""


class Redactor:
    """Of one account."""

    def __init__(self, scrub: Scrubber) -> None:
        self._scrub = scrub

    def request(self, url: str, headers: Mapping[str, Any] | None, body: Any) -> Told:
        hidden = list(_values_of(headers or {}))
        parts = urlsplit(url)
        query = _pairs_told(parse_qsl(parts.query, keep_blank_values=True), hidden)
        told = _body_told(body, hidden)
        path = "/".join(self._scrub.whole(piece) if len(piece) > 3 else piece for piece in parts.path.split("/"))
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        return Told(host, _values_out(path, hidden), self.text(query, hidden), self.text(told, hidden), tuple(hidden))

    def text(self, text: str, hidden: Iterable[str] = ()) -> str:
        """Of any length, in one line."""
        if not text:
            return ""
        return self._scrub.whole(_values_out(_PAIR.sub(_pair_told, text), hidden))

    def error(self, text: str, hidden: Iterable[str] = ()) -> str:
        """As short as every error's text is."""
        return self._scrub(self.text(self._scrub(text), hidden))

    def headers(self, headers: Iterable[tuple[str, str]], hidden: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((name.lower(), self.text(value, hidden)) for name, value in headers)


def kept_headers(headers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Of a reply's headers those that may be kept."""
    return tuple((str(name), str(value)) for name, value in headers.items() if HEADERS_KEPT.fullmatch(str(name)))


def _values_out(text: str, hidden: Iterable[str]) -> str:
    for value in hidden:
        text = text.replace(value, HIDDEN)
    return text


def _values_of(headers: Mapping[str, Any]) -> Iterable[str]:
    """Every value of a request's headers and every piece of it, the longest first."""
    found: set[str] = set()
    for name, value in headers.items():
        if str(name).lower() != "content-type":
            text = str(value)
            found |= {text, *_PIECES.split(text)}
    return sorted((value for value in found if len(value) >= LEAST), key=len, reverse=True)


def _hide(value: Any, hidden: list[str]) -> str:
    """Hidden here, and remembered: a venue may well repeat it."""
    if isinstance(value, Mapping):
        for inner in value.values():
            _hide(inner, hidden)
    elif isinstance(value, list):
        for inner in value:
            _hide(inner, hidden)
    elif isinstance(value, str) and len(value) >= LEAST:
        hidden.append(value)
    return HIDDEN


def _pairs_told(pairs: Iterable[tuple[str, str]], hidden: list[str]) -> str:
    return "&".join(f"{name}={_hide(value, hidden) if is_secret_name(name) else value}" for name, value in pairs)


def _body_told(body: Any, hidden: list[str]) -> str:
    if not body:
        return ""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if not isinstance(body, str):
        return f"({type(body).__name__})"
    try:
        told = json.loads(body)
    except ValueError:
        pairs = parse_qsl(body, keep_blank_values=True)
        return _pairs_told(pairs, hidden) if pairs else body
    return json.dumps(_masked(told, hidden), separators=(",", ":"), ensure_ascii=False)


def _masked(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _hide(inner, hidden) if is_secret_name(str(name)) else _masked(inner, hidden)
            for name, inner in value.items()
        }
    return [_masked(inner, hidden) for inner in value] if isinstance(value, list) else value


def _pair_told(found: re.Match[str]) -> str:
    if not is_secret_name(found["name"]):
        return found[0]
    quoted = found["value"][:1]
    return found["head"] + (f"{quoted}{HIDDEN}{quoted}" if quoted in "\"'" else HIDDEN)
