"""What the page Help has to say: tasks, metrics, guidance of events, keys, words, licences; each found by its key."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol, runtime_checkable

from core.guidance import all_guidance, guided_name
from core.snapshot import MetricInfo, RiskMatrix
from widgets.choice import families, family_title
from widgets.explain import beat_words, sign_words, unit_words
from widgets.marks import metric_words

QT_NOTICE = (
    "Scram uses Qt and PySide6 under the GNU Lesser General Public License, version 3. Their libraries lie beside the "
    "program as files of their own and may be replaced by others that fit."
)
QT_SECTIONS = (
    ("", QT_NOTICE),
    ("Everything else", "`scram notices` prints the licences and notices of all that this installation is made of."),
)
Sections = tuple[tuple[str, str], ...]
"""Captions and texts; the first has no caption."""


class Keyed(Protocol):
    """A command that keys stand for, as far as the help tells of it (`widgets.commands.Command`)."""

    @property
    def words(self) -> str: ...

    @property
    def does(self) -> str: ...

    @property
    def when(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def shown_keys(self) -> str: ...


@runtime_checkable
class Explained(Protocol):
    """A widget of which F1 knows more than of the page around it."""

    def help_key(self) -> str:
        """Of the entry for what is current in it; "" for none."""
        ...


class HelpKind(enum.StrEnum):
    TASK = "How to"
    METRIC = "Metric"
    EVENT = "Event"
    KEY = "Key"
    WORD = "Word"
    LICENCE = "Licence"


@dataclass(frozen=True, slots=True)
class HelpEntry:
    key: str
    """Of a metric its name, so that whatever names one finds its entry; of all others `kind:name`."""
    kind: HelpKind
    name: str
    about: str
    """One line."""
    sections: Sections
    picture: str = ""
    """A file of resources/pictures."""
    page: str = ""
    """The page of which it is the entry."""

    @property
    def text(self) -> str:
        """Everything that a search looks through."""
        said = " ".join(f"{caption} {text}" for caption, text in self.sections)
        return f"{self.kind.value} {self.name} {self.about} {said}".lower()


def entries(metrics: tuple[MetricInfo, ...], commands: Sequence[Keyed] = ()) -> tuple[HelpEntry, ...]:
    """In the order of their kinds."""
    return (
        *_tasks(), *map(_metric, _by_family(metrics)), *_guidance(), *_keys(commands), *_words(), *_licences(),
    )  # fmt: skip


def metric_sections(info: MetricInfo, matrix: RiskMatrix | None = None) -> Sections:
    return (
        ("", info.formula or "No formula is given."),
        ("Unit", unit_words(info)),
        ("Sign", sign_words(info)),
        ("Computed", beat_words(info, matrix)),
        ("Source", info.source or "not named"),
        ("In limits it is called", info.name),
    )


def page_key(page: str) -> str:
    """Of the entry that tells of this page; "" where none does."""
    return next((entry.key for entry in _tasks() if entry.page == page), "")


def event_key(metric: str) -> str:
    """Of the guidance for events about this metric, or of this name; "" where there is none."""
    name = guided_name(metric)
    return f"event:{name}" if name in all_guidance() else ""


def _by_family(metrics: tuple[MetricInfo, ...]) -> list[MetricInfo]:
    order = {family: place for place, family in enumerate(families(metrics))}
    return sorted(metrics, key=lambda info: order[info.family])


def _metric(info: MetricInfo) -> HelpEntry:
    about = f"{family_title(info.family)}: {info.formula}" if info.formula else family_title(info.family)
    return HelpEntry(info.name, HelpKind.METRIC, info.title, about, metric_sections(info))


@cache
def _tasks() -> tuple[HelpEntry, ...]:
    found = []
    for name, row in _table("howto.toml").items():
        text = row["text"].strip()
        key = f"task:{name}"
        found.append(
            HelpEntry(
                key, HelpKind.TASK, name, text.partition("\n")[0], (("", text.replace("\n", "\n\n")),),
                row.get("picture", ""), row.get("page", ""),
            )
        )  # fmt: skip
    return tuple(found)


def _guidance() -> Iterator[HelpEntry]:
    for metric, said in all_guidance().items():
        check = "\n".join(f"{number}. {line}" for number, line in enumerate(said.check, 1))
        sections = (("", said.means), ("What to check", check), ("What mends it", said.mends))
        name = f"Event: {metric_words(metric)}"
        yield HelpEntry(
            f"event:{metric}", HelpKind.EVENT, name, said.means, tuple(part for part in sections if part[1])
        )


def _keys(commands: Sequence[Keyed]) -> Iterator[HelpEntry]:
    for command in commands:
        if command.shown_keys:
            where = (("Where", command.place),) if command.place else ()
            when = (("When", command.when),) if command.when else ()
            sections = (("", command.does), ("Keys", command.shown_keys), *where, *when)
            name = f"{command.shown_keys}: {command.words.rstrip('…')}"
            yield HelpEntry(f"key:{command.words}", HelpKind.KEY, name, command.does, sections)


def _words() -> Iterator[HelpEntry]:
    for word, row in _table("words.toml").items():
        yield HelpEntry(f"word:{word}", HelpKind.WORD, word, row["means"], (("", row["means"]),))


@cache
def _licences() -> tuple[HelpEntry, ...]:
    """Of everything that came along; in a checkout of the faces and of Qt alone, and where the others are told."""
    qt = HelpEntry("licence:Qt and PySide6", HelpKind.LICENCE, "Qt and PySide6", QT_NOTICE, QT_SECTIONS)
    found = [qt]
    for place in ("licences", "fonts"):
        folder = resources.files("resources").joinpath(place)
        files = sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else []
        found += [_licence(file) for file in files if file.name.lower().endswith(".txt")]
    return tuple({entry.key: entry for entry in found}.values())


def _licence(file: resources.abc.Traversable) -> HelpEntry:
    text = file.read_bytes().decode("utf-8", errors="replace")
    name = file.name.rsplit(".", 1)[0]
    about = next((line.strip() for line in text.splitlines() if line.strip()), name)
    return HelpEntry(f"licence:{name}", HelpKind.LICENCE, name, about, (("", text),))


def _table(name: str) -> dict[str, Any]:
    """A missing file costs its entries and nothing else."""
    try:
        return tomllib.loads(resources.files("resources").joinpath("help").joinpath(name).read_text(encoding="utf-8"))
    except (ModuleNotFoundError, OSError):
        return {}
