"""What the command line showed of a preview, until its code is typed back: one small file for each stop.

The second command makes a preview of its own; what it finds larger than was shown here it leaves alone. Blocking file
work, no part of any stop.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.domain import Side
from core.errors import FlattenError
from core.halt.flatten.model import FlattenPlan, FlattenStyle, FlattenTerms
from core.halt.saved import HALT_ID
from core.venues.closing import HeldKey

VALID_S = 60.0


@dataclass(frozen=True, slots=True)
class Slip:
    terms: FlattenTerms
    seen: dict[tuple[str, HeldKey], float]
    """Magnitude of each position that was shown, by account and key."""


class Slips:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, plan: FlattenPlan) -> None:
        """In the place of an older one. Raises FlattenError."""
        rows = [[row.account, row.symbol, row.side.value, abs(row.quantity)] for row in plan.rows]
        terms = [plan.terms.style.value, plan.terms.share, plan.terms.bound]
        body = {"code": plan.code, "made_at_s": plan.made_at_s, "terms": terms, "rows": rows}
        path = self._path(plan.halt_id)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_suffix(".part")
            part.write_text(json.dumps(body), encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise FlattenError(f"the preview cannot be kept in {self._folder}: {error.strerror}") from None

    def take(self, halt_id: str, code: str, now_s: float) -> Slip:
        """What belongs to this code, once. Raises FlattenError where there is none, or it is too old."""
        path = self._path(halt_id)
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            known, made_at_s = str(body["code"]), float(body["made_at_s"])
            style, share, bound = body["terms"]
            terms = FlattenTerms(FlattenStyle(style), float(share), float(bound))
            seen = {
                (str(account), (str(symbol), Side(side))): float(size) for account, symbol, side, size in body["rows"]
            }
        except (OSError, ValueError, KeyError, TypeError):
            raise FlattenError(f"there is no preview of {halt_id}: run `scram flatten {halt_id} --dry-run`") from None
        if not secrets.compare_digest(known, code.strip().upper()):
            raise FlattenError(f"{code} is not the code of the newest preview of {halt_id}")
        path.unlink(missing_ok=True)
        age_s = now_s - made_at_s
        if not 0.0 <= age_s <= VALID_S:
            raise FlattenError(
                f"the preview is {age_s:.0f} s old and its code holds for {VALID_S:.0f} s: preview again"
            )
        return Slip(terms, seen)

    def _path(self, halt_id: str) -> Path:
        if not HALT_ID.fullmatch(halt_id):
            raise FlattenError(f'"{halt_id}" is not the id of a stop; `scram status` names those that are latched')
        return self._folder / f"{halt_id}.json"
