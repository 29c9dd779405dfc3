"""Where the evidence of every stop is kept: beside the latches, one compressed file per run, few runs per stop."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

from core.errors import LatchError
from core.halt.saved import HALT_ID
from core.places import write_atomically

MOST_RUNS = 4
"""Further runs of one stop (a desk started anew, a firing again) take the place of the newest."""
SUFFIX = ".json.gz"


class EvidenceFolder:
    """Blocking file work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def beside(cls, latches: Path) -> EvidenceFolder:
        """Of the stops whose latches are in this folder."""
        return cls(latches / "evidence")

    def claim(self, halt_id: str) -> int:
        """The number of a new run, its file made. Raises LatchError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for run in range(1, MOST_RUNS + 1):
                try:
                    # Another process may be claiming one at this moment: only one of them makes the file.
                    os.close(os.open(self._path(halt_id, run), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                except FileExistsError:
                    continue
                return run
        except OSError as error:
            raise self._cannot("kept", error) from None
        return MOST_RUNS

    def write(self, halt_id: str, run: int, document: bytes) -> None:
        """Replace what is kept of a run, durably. Raises LatchError."""
        path = self._path(halt_id, run)
        # Level 1: requests repeat themselves so much that more work finds little more.
        packed = gzip.compress(document, compresslevel=1, mtime=0)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(path, packed)
        except OSError as error:
            raise self._cannot("kept", error) from None

    def read(self, halt_id: str) -> dict[int, bytes]:
        """Every run that is kept, by its number; what cannot be read is left out. Raises LatchError."""
        found = {}
        for run in range(1, MOST_RUNS + 1):
            try:
                packed = self._path(halt_id, run).read_bytes()
                if packed:
                    found[run] = gzip.decompress(packed)
            except FileNotFoundError:
                continue
            except (EOFError, zlib.error, gzip.BadGzipFile):
                continue  # cut short by a crash of the system
            except OSError as error:
                raise self._cannot("read", error) from None
        return found

    def _path(self, halt_id: str, run: int) -> Path:
        if not HALT_ID.fullmatch(halt_id):
            raise LatchError(f'"{halt_id}" is not the id of a stop; `scram status` names those that are latched')
        return self.folder / f"{halt_id}.{run}{SUFFIX}"

    def _cannot(self, what: str, error: OSError) -> LatchError:
        return LatchError(f"the evidence cannot be {what} in {self.folder}: {error.strerror}")
