"""The PIN of a locked desk: kept as a hash that is slow to try out, and refused for longer after every wrong one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable

from core.errors import SettingError

LEAST, MOST = 4, 32
"""Characters of a PIN."""
_NAME = "scrypt"
_COST, _BLOCK, _LANES = 2**15, 8, 1
"""32 MiB and about 80 ms per try: a PIN is short, and whoever has the file should not try them all."""
_MEMORY = 128 * 1024 * 1024
FREE_TRIES = 3
"""Wrong PINs that cost no wait."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0


def check_new(pin: str) -> None:
    """Raises SettingError, which says what is allowed."""
    if not LEAST <= len(pin) <= MOST:
        raise SettingError(f"a PIN has {LEAST} to {MOST} characters, digits or any others; this has {len(pin)}")


def hash_pin(pin: str, randomness: Callable[[int], bytes] = os.urandom) -> str:
    """One line of text that `fits` holds a PIN against."""
    salt = randomness(16)
    return "$".join((_NAME, str(_COST), str(_BLOCK), str(_LANES), _text(salt), _text(_derive(pin, salt))))


def fits(pin: str, kept: str) -> bool:
    """Whether it is the PIN that `kept` was made of; of a line that is no such hash no PIN is. Takes about 80 ms."""
    try:
        name, cost, block, lanes, salt, digest = kept.split("$")
        if name != _NAME or (int(cost), int(block), int(lanes)) != (_COST, _BLOCK, _LANES):
            return False
        return hmac.compare_digest(_derive(pin, _bytes(salt)), _bytes(digest))
    except (ValueError, binascii.Error):
        return False


def wait_after(wrong: int) -> float:
    """Seconds until the next try, after so many wrong ones in a row."""
    if wrong < FREE_TRIES:
        return 0.0
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(wrong - FREE_TRIES, 16)))


def _derive(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
