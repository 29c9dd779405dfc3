"""Tables as numpy columns: grown geometrically, rows opened and freed in place, no Python object per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NAN = float("nan")
NEVER = float("-inf")
_DTYPES: dict[str, npt.DTypeLike] = {"f": np.float64, "i": np.int64, "b": np.bool_}


class Columns:
    """A table; its columns are the attributes named in `SPEC`, as name -> (letter of the type, empty value)."""

    SPEC: ClassVar[dict[str, tuple[str, float]]] = {}
    alive: Bools

    def __init__(self, capacity: int = 64) -> None:
        self._clear(capacity)

    def _clear(self, capacity: int) -> None:
        self.size = 0
        """Rows ever opened: beyond it no column means anything."""
        self._free: list[int] = []
        self._live: Ints | None = None
        self._capacity = max(1, capacity)
        self.alive = np.zeros(self._capacity, dtype=np.bool_)
        for name, (letter, empty) in self.SPEC.items():
            setattr(self, name, np.full(self._capacity, empty, dtype=_DTYPES[letter]))

    def open(self) -> int:
        """A row with every column at its empty value."""
        if self._free:
            row = self._free.pop()
            for name, (_, empty) in self.SPEC.items():
                getattr(self, name)[row] = empty
        else:
            if self.size == self._capacity:
                self._grow()
            row = self.size
            self.size += 1
        self.alive[row] = True
        self._live = None
        return row

    def copy(self, *names: str) -> Self:
        """These columns of the rows ever opened, as they are now; for reading beside a table that goes on changing."""
        twin = object.__new__(type(self))
        twin.size, twin._capacity, twin._free, twin._live = self.size, self.size, [], None
        for name in ("alive", *names):
            setattr(twin, name, getattr(self, name)[: self.size].copy())
        return twin

    def adopt(self, count: int, columns: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take `count` open rows at once into an empty table; columns not named are at their empty value."""
        self._clear(count)
        self.size = count
        self.alive[:count] = True
        for name, column in columns.items():
            getattr(self, name)[:count] = column

    def free(self, row: int) -> None:
        self.alive[row] = False
        self._free.append(row)
        self._live = None

    def live(self) -> Ints:
        """Indices of the open rows; the same array until one is opened or freed."""
        if self._live is None:
            self._live = np.flatnonzero(self.alive[: self.size])
        return self._live

    def _grow(self) -> None:
        self._capacity *= 2
        self.alive = np.resize(self.alive, self._capacity)
        self.alive[self.size :] = False
        for name, (_, empty) in self.SPEC.items():
            grown = np.resize(getattr(self, name), self._capacity)
            grown[self.size :] = empty
            setattr(self, name, grown)


class RowSet:
    """A set of rows that is few against all of them, at hand as an array."""

    def __init__(self) -> None:
        self._rows: set[int] = set()
        self._array: Ints | None = None

    def __contains__(self, row: int) -> bool:
        return row in self._rows

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: int, inside: bool) -> None:
        if inside == (row in self._rows):
            return
        (self._rows.add if inside else self._rows.discard)(row)
        self._array = None

    def replace(self, rows: Ints) -> None:
        self._rows, self._array = set(rows.tolist()), None

    def array(self) -> Ints:
        """In no order; the same array until the set changes."""
        if self._array is None:
            self._array = np.fromiter(self._rows, dtype=np.int64, count=len(self._rows))
        return self._array
