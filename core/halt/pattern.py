"""What the client ids of one bot have in common, as far as one id tells."""

from __future__ import annotations

import re

NO_ID = "(no client id)"
_NUMBERED = re.compile(r"\d|[0-9a-fA-F]{8}")


def client_pattern(client_order_id: str) -> str:
    """The words in front of the first number, as a pattern: `bas-*` of `bas-1717-3`, so that a bot is recognised by it.

    An id that begins with a number tells nothing but its length.
    """
    if not client_order_id:
        return NO_ID
    number = _NUMBERED.search(client_order_id)
    if number is None:
        return client_order_id
    return client_order_id[: number.start()] + "*" if number.start() else f"({len(client_order_id)} characters)"
