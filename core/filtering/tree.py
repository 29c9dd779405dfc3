"""A filter as a tree, and as text again: what is printed parses to the same tree."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from core.filtering.amounts import Amount


class Op(enum.StrEnum):
    EQUAL = "="
    OTHER = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    HAS = "~"
    LACKS = "!~"


ORDERING = frozenset((Op.LESS, Op.AT_MOST, Op.MORE, Op.AT_LEAST))
NEGATIVE = frozenset((Op.OTHER, Op.LACKS))
KEYWORDS = frozenset(("and", "or", "not", "is"))
_BARE = re.compile(r"[\w*?./:+\-@%]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Part of what a scope is called, its kind included."""

    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A figure with a number."""

    field: str
    op: Op
    amount: Amount


@dataclass(frozen=True, slots=True)
class Says:
    """A word or a name with another; `*` and `?` in it stand for any letters."""

    field: str
    op: Op
    word: str


@dataclass(frozen=True, slots=True)
class Unknown:
    field: str


@dataclass(frozen=True, slots=True)
class Not:
    of: Node


@dataclass(frozen=True, slots=True)
class Every:
    of: tuple[Node, ...]
    """Two or more."""


@dataclass(frozen=True, slots=True)
class Either:
    of: tuple[Node, ...]
    """Two or more."""


Node = Part | Compare | Says | Unknown | Not | Every | Either


def quoted(word: str) -> str:
    """As it has to be written where a word is expected."""
    if _BARE.fullmatch(word) and word.lower() not in KEYWORDS:
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def printed(node: Node | None) -> str:
    """ "" for no filter."""
    match node:
        case None:
            return ""
        case Part(text=text):
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case Compare(field=field, op=op, amount=amount):
            return f"{field} {op} {amount}"
        case Says(field=field, op=op, word=word):
            return f"{field} {op} {quoted(word)}"
        case Unknown(field=field):
            return f"unknown({field})"
        case Not(of=of):
            return f"not {_inside(of, Every | Either)}"
        case Every(of=members):
            return " and ".join(_inside(member, Every | Either) for member in members)
        case Either(of=members):
            return " or ".join(_inside(member, Either) for member in members)


def _inside(node: Node, loose: type | object) -> str:
    """In parentheses where it would fall apart otherwise."""
    text = printed(node)
    return f"({text})" if isinstance(node, loose) else text  # type: ignore[arg-type]
