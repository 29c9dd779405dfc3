"""One form for every document, byte for byte the same wherever it is made: sorted keys, no blanks, UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson


def canonical(document: Any) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def spliced(document: dict[str, Any], name: str, parts: Iterable[bytes]) -> bytes:
    """`document` with the empty list under `name` filled with what is canonical already.

    Piece by piece: the encoder lets no other thread run while it works, and a whole stop would take it half a second.
    """
    empty = f'"{name}":[]'.encode()
    before, found, after = canonical({**document, name: []}).partition(empty)
    # No text can hold it: quotes within one are escaped.
    assert found
    return b"".join((before, empty[:-1], b",".join(parts), b"]", after))
