"""A filter's text in pieces, each with its place."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import FilterError

_OPERATORS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">="}
_PIECE = re.compile(
    r"""(?P<gap>\s+)|(?P<op>==|!=|<>|<=|>=|!~|[=<>~≠≤≥])|(?P<open>\()|(?P<shut>\))
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<torn>["'])|
    |(?P<word>(?:[^\s()=<>~≠≤≥!"']|!(?![=~]))(?:[^\s()=<>~≠≤≥!]|!(?![=~]))*)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Piece(enum.Enum):
    WORD = enum.auto()
    TEXT = enum.auto()
    """In quotes, which are gone."""
    OP = enum.auto()
    OPEN = enum.auto()
    SHUT = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Token:
    piece: Piece
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return self.piece is Piece.WORD and self.text.lower() in words


def pieces(text: str) -> Iterator[Token]:
    """All of them, and END. Raises FilterError at a quote that is not closed."""
    for found in _PIECE.finditer(text):
        start, end, said = found.start(), found.end(), found.group()
        match found.lastgroup:
            case "op":
                yield Token(Piece.OP, _OPERATORS.get(said, said), start, end)
            case "open":
                yield Token(Piece.OPEN, said, start, end)
            case "shut":
                yield Token(Piece.SHUT, said, start, end)
            case "text":
                yield Token(Piece.TEXT, _ESCAPED.sub(r"\1", said[1:-1]), start, end)
            case "torn":
                raise FilterError("the quote that opens here is not closed; write another one where it ends", start)
            case "word":
                yield Token(Piece.WORD, said, start, end)
    yield Token(Piece.END, "", len(text), len(text))
