"""Finds a few letters among a hundred thousand names while somebody types: bytes in a matrix, searched all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

WIDTH = 48
"""Bytes of a name that are searched; what stands behind them is not found."""
SAME, BEGINS, WORD, WITHIN, SPREAD = 0.0, 10.0, 20.0, 40.0, 60.0
"""What a match costs: the whole name, its beginning, the beginning of a word in it, anywhere, letter by letter."""

Rows = npt.NDArray[np.intp]
Costs = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


class Haystack:
    """Of texts in the order in which they were added. A text matches where each word of the query does."""

    def __init__(self) -> None:
        self._parts: list[Bytes] = []
        self._letters: Bytes = np.zeros((0, WIDTH), dtype=np.uint8)
        self._starts: Flags = np.zeros((0, WIDTH), dtype=np.bool_)
        self._masks: npt.NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self._lengths: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._letters)

    def add(self, texts: Sequence[str]) -> None:
        """Slices of a few thousand keep each call short."""
        if not texts:
            return
        raw = [text.lower().encode()[:WIDTH] for text in texts]
        letters = np.array(raw, dtype=f"S{WIDTH}").view(np.uint8).reshape(len(raw), WIDTH)
        solid = ((letters >= 97) & (letters <= 122)) | ((letters >= 48) & (letters <= 57)) | (letters >= 128)
        starts = solid.copy()
        starts[:, 1:] &= ~solid[:, :-1]
        masks = np.bitwise_or.reduce(np.uint64(1) << (letters & 63).astype(np.uint64), axis=1)
        self._letters = np.concatenate([self._letters, letters])
        self._starts = np.concatenate([self._starts, starts])
        self._masks = np.concatenate([self._masks, masks])
        self._lengths = np.concatenate([self._lengths, np.array([len(text) for text in raw], dtype=np.int64)])

    def find(self, query: str, most: int) -> list[tuple[int, float]]:
        """The cheapest rows and their costs, cheapest first and then in the order of the texts."""
        rows: Rows = np.arange(len(self), dtype=np.intp)
        costs: Costs = np.zeros(len(self))
        for word in query.lower().split():
            token = word.encode()[:WIDTH]
            near = self._may_have(rows, token)
            rows, costs = rows[near], costs[near] + self._cost(rows[near], token)
            found = np.isfinite(costs)
            rows, costs = rows[found], costs[found]
        costs = costs + self._lengths[rows] * 0.01
        if len(rows) > most:
            kept = np.sort(np.argpartition(costs, most - 1)[:most])
            # Of equals at the edge the earlier ones: a partition takes any.
            edge = costs[kept].max()
            below, equal = np.flatnonzero(costs < edge), np.flatnonzero(costs == edge)
            kept = np.sort(np.concatenate([below, equal[: most - len(below)]]))
            rows, costs = rows[kept], costs[kept]
        order = np.argsort(costs, kind="stable")
        return [(int(rows[place]), float(costs[place])) for place in order]

    def _may_have(self, rows: Rows, token: bytes) -> Flags:
        """Has all letters of it, somewhere: most names are out of the way after one comparison."""
        wanted = np.bitwise_or.reduce(np.uint64(1) << (np.frombuffer(token, dtype=np.uint8) & 63).astype(np.uint64))
        found: Flags = (self._masks[rows] & wanted) == wanted
        return found

    def _cost(self, rows: Rows, token: bytes) -> Costs:
        """Infinite where it does not match."""
        width = int(self._lengths.max(initial=0))
        length, reach = len(token), width - len(token) + 1
        if reach < 1:
            return np.full(len(rows), np.inf)
        every = len(rows) == len(self)
        letters = (self._letters if every else self._letters[rows])[:, :width]
        starts = (self._starts if every else self._starts[rows])[:, :reach]
        hits = np.ones((len(rows), reach), dtype=np.bool_)
        for place, letter in enumerate(token):
            hits &= letters[:, place : place + reach] == letter
        costs = np.full(len(rows), np.inf)
        inside = hits.any(axis=1)
        costs[inside] = WITHIN + hits[inside].argmax(axis=1) * 0.1
        hits &= starts
        begins = hits.any(axis=1)
        first = hits[begins].argmax(axis=1)
        costs[begins] = np.where(first == 0, BEGINS, WORD) + first * 0.1
        costs[begins & (self._lengths[rows] == length)] = SAME
        if not inside.all():
            costs[~inside] = _spread(letters[~inside], token)
        return costs


def _spread(letters: Bytes, token: bytes) -> Costs:
    """Its letters in their order with others between them; the fewer of these the cheaper."""
    columns = np.arange(letters.shape[1])
    at = np.full(len(letters), -1, dtype=np.int64)
    begin = np.zeros(len(letters), dtype=np.int64)
    alive = np.ones(len(letters), dtype=np.bool_)
    for place, letter in enumerate(token):
        hits = (letters == letter) & (columns > at[:, None])
        alive &= hits.any(axis=1)
        at = np.where(alive, hits.argmax(axis=1), at)
        if not place:
            begin = at
    return np.where(alive, SPREAD + (at - begin + 1 - len(token)), np.inf)
