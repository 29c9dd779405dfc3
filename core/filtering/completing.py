"""What may stand where somebody is writing a filter."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import FilterError
from core.filtering.amounts import NUMBER, example, units_of
from core.filtering.fields import Field, FieldKind, Vocabulary, folded
from core.filtering.lexing import Piece, Token, pieces
from core.filtering.parsing import is_plain
from core.filtering.tree import ORDERING, Op, quoted

MOST = 40
_ENDS = frozenset((Piece.WORD, Piece.TEXT, Piece.SHUT))
"""What a comparison may end with, so that `and` or `or` may follow."""
_MEANINGS = {
    Op.EQUAL: "is",
    Op.OTHER: "is not",
    Op.LESS: "less than",
    Op.AT_MOST: "at most",
    Op.MORE: "more than",
    Op.AT_LEAST: "at least",
    Op.HAS: "has in it",
    Op.LACKS: "has not in it",
}


class Names(Protocol):
    """Who knows what names there are."""

    def names_of(self, field: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Option:
    word: str
    """What is written, a blank behind it where more may follow."""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    start: int
    """The first of the letters that an option stands for; the last is the one before the cursor."""
    found: tuple[Option, ...] = ()


def complete(text: str, cursor: int, vocabulary: Vocabulary, names: Names) -> Options:
    """What the word that ends at the cursor may become; every option begins with it, or has it in it."""
    before = text[:cursor]
    try:
        tokens = list(pieces(before))[:-1]
    except FilterError as torn:
        # Within a name in quotes.
        tokens, partial, start = list(pieces(before[: torn.at]))[:-1], before[torn.at + 1 :], torn.at
    else:
        touches = bool(tokens) and tokens[-1].end == len(before) and tokens[-1].piece in (Piece.WORD, Piece.TEXT)
        partial, start = (tokens[-1].text, tokens[-1].start) if touches else ("", len(before))
        tokens = tokens[:-1] if touches else tokens
    field, op, value = _last_comparison(tokens, vocabulary)
    if field is not None and op is not None and value is None:
        return Options(start, _fitting(_values(field, op, names, partial), partial))
    if value is not None:
        return Options(start, _fitting(_links(tokens), partial))
    return _at_term(before, tokens, partial, start, vocabulary)


def finished(text: str, vocabulary: Vocabulary) -> str:
    """The text without a comparison that is only begun at its end, and without what would have tied it to the rest."""
    try:
        tokens = list(pieces(text))
    except FilterError:
        return text
    if len(tokens) == 1 or is_plain(tokens):
        return text
    tokens = tokens[:-1]
    tail = list(itertools.takewhile(lambda token: not _starts_anew(token) and not token.says("not"), reversed(tokens)))
    if len(tail) > 1 and tail[0].says("a", "an", "o") and tail[1].piece in _ENDS and not tail[1].says("is"):
        return text[: tail[1].end]
    if tail and not _is_begun(text, tail[::-1], vocabulary):
        return text
    left = tokens[: len(tokens) - len(tail)]
    while left and (_starts_anew(left[-1]) or left[-1].says("not")):
        left = left[:-1]
    return text[: left[-1].end] if left else ""


def _is_begun(text: str, tail: list[Token], vocabulary: Vocabulary) -> bool:
    """Whether the words may become a field, or an operator still waits for what it compares with."""
    if any(token.piece is Piece.OP for token in tail):
        return tail[-1].piece is Piece.OP
    said = folded(text[tail[0].start : tail[-1].end])
    words = (way for field in vocabulary.fields for way in (folded(field.name), folded(field.title)))
    return tail[-1].piece is Piece.WORD and bool(said) and any(way.startswith(said) for way in words)


def _last_comparison(tokens: list[Token], vocabulary: Vocabulary) -> tuple[Field | None, Op | None, Token | None]:
    """Field, operator and value of the comparison that the tokens end with, as far as they are there."""
    place = next((at for at in range(len(tokens) - 1, -1, -1) if tokens[at].piece is Piece.OP), None)
    if place is None or any(_starts_anew(token) for token in tokens[place + 1 :]):
        return None, None, None
    run = list(itertools.takewhile(lambda token: not _starts_anew(token), reversed(tokens[:place])))[::-1]
    if run and run[0].says("not"):
        run = run[1:]
    field = vocabulary.find(" ".join(token.text for token in run))
    values = tokens[place + 1 :]
    return field, Op(tokens[place].text), values[0] if values else None


def _starts_anew(token: Token) -> bool:
    return token.piece is Piece.OPEN or token.says("and", "or")


def _values(field: Field, op: Op, names: Names, partial: str) -> Iterator[Option]:
    if field.kind is FieldKind.WORD:
        words = field.words[: field.ranked] if op in ORDERING else field.words
        yield from (Option(f"{word} ") for word in words)
    elif field.kind is FieldKind.TEXT:
        yield from (Option(f"{quoted(name)} ") for name in names.names_of(field.name))
    else:
        number = NUMBER.match(partial)
        for unit in units_of(field) if number else ():
            yield Option(f"{number.group() if number else ''}{unit} ", f"like {example(field)}")


def _links(tokens: list[Token]) -> Iterator[Option]:
    yield Option("and ", "both have to hold")
    yield Option("or ", "one of the two has to hold")
    opened = sum((token.piece is Piece.OPEN) - (token.piece is Piece.SHUT) for token in tokens)
    if opened > 0:
        yield Option(") ", "closes the parenthesis")


def _at_term(before: str, tokens: list[Token], partial: str, start: int, vocabulary: Vocabulary) -> Options:
    """Where a comparison begins: a field, or an operator behind a field that is whole."""
    if tokens and tokens[-1].piece is Piece.SHUT:
        return Options(start, _fitting(_links(tokens), partial))
    run = list(itertools.takewhile(lambda token: not _starts_anew(token), reversed(tokens)))[::-1]
    if run and run[0].says("not"):
        run = run[1:]
    if any(token.says("is") for token in run):
        last = run[-1]
        if last.says("unknown", "known"):
            return Options(start, _fitting(_links(tokens), partial))
        more = () if last.says("not") else (Option("not unknown "),)
        return Options(start, _fitting((Option("unknown "), *more), partial))
    whole = vocabulary.find(before[run[0].start : start]) if run else None
    options = [] if whole is None else list(_fitting(_operators(whole), partial))
    first = run[0].start if run else start
    # A title has several words: all of them are replaced by the name.
    said = before[first:] if run else partial
    fields = _fitting(_fields(vocabulary), said, vocabulary)
    if options:
        return Options(start, tuple(options))
    if not run:
        extra = (Option("not ", "turns what follows round"), Option("unknown(", "a figure that cannot be told"))
        fields = (*fields, *_fitting(extra, said))
    return Options(first, fields[:MOST])


def _fields(vocabulary: Vocabulary) -> Iterator[Option]:
    return (Option(f"{field.name} ", field.says) for field in vocabulary.fields)


def _operators(field: Field) -> Iterator[Option]:
    for op in Op:
        figure = field.kind is FieldKind.FIGURE
        if (op in (Op.HAS, Op.LACKS) and figure) or (op in ORDERING and not figure and not field.ranked):
            continue
        yield Option(f"{op} ", _MEANINGS[op])
    yield Option("is unknown ", "cannot be told")


def _fitting(options: Iterable[Option], said: str, titles: Vocabulary | None = None) -> tuple[Option, ...]:
    """Those that begin with what was said, then those that have it in them; one that was said already is none."""
    needle = folded(said) or said.strip().lower()
    first, later = [], []
    for option in options:
        if option.word.strip().lower() == said.strip().lower() and said:
            continue
        title = option.says if titles is not None else ""
        ways = (option.word.lower().strip('" '), folded(option.word), folded(title))
        if any(way.startswith(needle) for way in ways if way) or not needle:
            first.append(option)
        elif any(needle in way for way in ways):
            later.append(option)
        if len(first) >= MOST:
            break
    return tuple((*first, *later)[:MOST])
