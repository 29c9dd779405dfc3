"""A view of the scope table with a name: filter, columns, order, flat or tree; kept as JSON in the desk's settings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from core.errors import SettingError
from widgets.choice import ColumnChoice

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SavedView:
    name: str
    filter: str = ""
    columns: str = ""
    """As `ColumnChoice` writes itself; "" for the essentials."""
    sorted_by: str = ""
    """A metric's name, or one of the other columns' (`state`, `limit used`, `age`); "" for the natural order."""
    descending: bool = True
    tree: bool = False
    built_in: bool = False

    @property
    def choice(self) -> ColumnChoice:
        return ColumnChoice.parse(self.columns)

    def called(self, name: str) -> SavedView:
        return replace(self, name=name, built_in=False)

    def shows(self, other: SavedView) -> bool:
        """Whether it shows the same, whatever it is called."""
        return replace(self, name="", built_in=False) == replace(other, name="", built_in=False)


BUILT_IN = (
    SavedView("All scopes", built_in=True),
    SavedView("Tree", tree=True, built_in=True),
    SavedView("Closest to a limit", "limit_used >= 50%", sorted_by="limit used", built_in=True),
    SavedView("Beyond a limit", "state >= low", sorted_by="state", built_in=True),
    SavedView("Unknown", "state = unknown or trust = unknown", sorted_by="age", tree=True, built_in=True),
    SavedView("Old data", "trust < trusted", "preset Operations", sorted_by="age", built_in=True),
    SavedView("Draining", "kind = account and daily_loss > 1%", "preset Drawdown", sorted_by="daily_loss",
              built_in=True),
    SavedView("Down venues", "link != up and kind = account", "preset Operations", sorted_by="age", tree=True,
              built_in=True),
    SavedView("Accounts that may act", "mode = act", sorted_by="limit used", built_in=True),
    SavedView("Strategies", "kind = strategy", sorted_by="gross_exposure", built_in=True),
)  # fmt: skip


def checked_name(name: str, others: Iterable[str]) -> str:
    """The name as it is kept. Raises SettingError where it is none, or somebody else's."""
    kept = " ".join(name.split())
    if not kept:
        raise SettingError("A view needs a name")
    if len(kept) > LONGEST_NAME:
        raise SettingError(f"A name of {len(kept)} letters is too long; {LONGEST_NAME} are allowed")
    if any(view.name.lower() == kept.lower() for view in BUILT_IN):
        raise SettingError(f'"{kept}" is a view that comes with the desk; choose another name')
    if kept.lower() in {other.lower() for other in others}:
        raise SettingError(f'There is a view called "{kept}" already; choose another name, or delete that one first')
    return kept


def written(views: Iterable[SavedView]) -> str:
    rows = [
        {
            "name": view.name, "filter": view.filter, "columns": view.columns, "sorted_by": view.sorted_by,
            "descending": view.descending, "tree": view.tree,
        }
        for view in views if not view.built_in
    ]  # fmt: skip
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def read_views(text: str) -> tuple[SavedView, ...]:
    """Raises SettingError where it is no list of views."""
    try:
        rows = json.loads(text) if text.strip() else []
        return tuple(_view(row) for row in rows)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SettingError("this is no list of views as the desk writes it") from None


def _view(row: dict[str, Any]) -> SavedView:
    texts = {key: row.get(key, "") for key in ("name", "filter", "columns", "sorted_by")}
    if not texts["name"] or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError("names and filters are texts")
    return SavedView(**texts, descending=bool(row.get("descending", True)), tree=bool(row.get("tree", False)))


@dataclass(frozen=True, slots=True)
class Views:
    """How the settings keep them."""

    @property
    def allowed(self) -> str:
        return "a list of views as the desk writes it"

    def read(self, text: str) -> tuple[SavedView, ...]:
        return read_views(text)

    def write(self, value: tuple[SavedView, ...]) -> str:
        return written(value)
