"""From text to a tree; every error names the place, the word, and what is allowed there."""

from __future__ import annotations

import re

from core.errors import FilterError
from core.filtering.amounts import example, is_number, is_unit, read_amount
from core.filtering.fields import Field, FieldKind, Vocabulary
from core.filtering.lexing import Piece, Token, pieces
from core.filtering.tree import ORDERING, Compare, Either, Every, Node, Not, Op, Part, Says, Unknown

DEEPEST = 40
"""Parentheses and `not` within each other."""
_WILD = re.compile(r"[*?]")


def parse(text: str, vocabulary: Vocabulary) -> Node | None:
    """The tree of a filter; None of one that says nothing. Raises FilterError.

    Text without any operator is part of a name, as it stands.
    """
    tokens = list(pieces(text))
    if len(tokens) == 1:
        return None
    if is_plain(tokens):
        return Part(text.strip())
    reader = _Reader(text, tokens, vocabulary)
    node = reader.either()
    last = reader.token
    if last.piece is Piece.SHUT:
        raise FilterError('this ")" closes nothing; leave it out, or write a "(" before it', last.start)
    if last.piece is not Piece.END:
        raise FilterError(f'"{last.text}" follows a whole comparison; write "and" or "or" before it', last.start)
    return node


def is_plain(tokens: list[Token]) -> bool:
    """Whether nothing in it is an operator."""
    words = tokens[:-1]
    if any(token.piece is not Piece.WORD or token.says("and", "or", "not") for token in words):
        return False
    return not any(_asks_unknown(tokens, place) for place in range(len(words)))


def _asks_unknown(tokens: list[Token], place: int) -> int:
    """How many words `is unknown` takes from here on; 0 where it does not stand here."""
    if not tokens[place].says("is"):
        return 0
    if tokens[place + 1].says("unknown", "known"):
        return 2
    return 3 if tokens[place + 1].says("not") and tokens[place + 2].says("unknown", "known") else 0


class _Reader:
    def __init__(self, text: str, tokens: list[Token], vocabulary: Vocabulary) -> None:
        self._text = text
        self._tokens = tokens
        self._vocabulary = vocabulary
        self._place = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        found = self.token
        self._place += 1
        return found

    def either(self) -> Node:
        members = [self._every()]
        while self.token.says("or"):
            self._next()
            members.append(self._every())
        return members[0] if len(members) == 1 else Either(tuple(members))

    def _every(self) -> Node:
        members = [self._denied()]
        while self.token.says("and"):
            self._next()
            members.append(self._denied())
        return members[0] if len(members) == 1 else Every(tuple(members))

    def _denied(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"this lies deeper than {DEEPEST} parentheses; write it with fewer", self.token.start)
        try:
            if self.token.says("not"):
                self._next()
                return Not(self._denied())
            return self._grouped() if self.token.piece is Piece.OPEN else self._term()
        finally:
            self._depth -= 1

    def _grouped(self) -> Node:
        opened = self._next()
        node = self.either()
        if self.token.piece is not Piece.SHUT:
            if self.token.piece is Piece.END:
                raise FilterError('this "(" is not closed; write a ")" where it ends', opened.start)
            raise FilterError(
                f'"{self.token.text}" follows a whole comparison; write "and", "or" or ")" before it', self.token.start
            )
        self._next()
        return node

    # One comparison

    def _term(self) -> Node:
        first = self.token
        if first.says("unknown", "known") and self._tokens[self._place + 1].piece is Piece.OPEN:
            return self._asked()
        said = self._words()
        if self.token.piece is Piece.OP:
            return self._compared(self._field(said, first.start), first.start)
        taken = _asks_unknown(self._tokens, self._place)
        if taken:
            self._place += taken
            node = Unknown(self._field(said, first.start).name)
            denied = (taken == 3) is self._tokens[self._place - 1].says("unknown")
            return Not(node) if denied else node
        return self._part(said, first)

    def _words(self) -> str:
        """What stands before an operator, or alone: a name in quotes, or words one after the other."""
        first = self.token
        if first.piece is Piece.TEXT:
            return self._next().text
        last = None
        while self.token.piece is Piece.WORD and not self.token.says("and", "or"):
            if _asks_unknown(self._tokens, self._place):
                break
            last = self._next()
        if last is None:
            self._missing(first)
        return self._text[first.start : last.end] if last is not None else ""

    def _missing(self, found: Token) -> None:
        wanted = "a comparison like drawdown > 5% or venue = okx"
        if found.piece is Piece.END:
            raise FilterError(f"the filter ends where {wanted} is wanted", found.start)
        raise FilterError(f'"{found.text}" stands where {wanted} is wanted', found.start)

    def _part(self, said: str, first: Token) -> Node:
        field = self._vocabulary.find(said) if first.piece is Piece.WORD else None
        if field is not None:
            raise FilterError(f'"{said}" is compared with nothing; write for example {sample(field)}', first.start)
        return Part(said)

    def _asked(self) -> Node:
        """`unknown(metric)`."""
        word = self._next()
        opened = self._next()
        said_at = self.token.start
        said = self._words()
        node = Unknown(self._field(said, said_at).name)
        if self.token.piece is not Piece.SHUT:
            raise FilterError(f'this "(" is not closed; write {word.text.lower()}({said})', opened.start)
        self._next()
        return node if word.says("unknown") else Not(node)

    def _field(self, said: str, at: int) -> Field:
        field = self._vocabulary.find(said)
        if field is not None:
            return field
        near = self._vocabulary.near(said)
        meant = f"did you mean {' or '.join(near)}? Allowed" if near else "allowed"
        raise FilterError(
            f'"{said}" is no field; {meant} are name, kind, venue, account, strategy, group, state, trust, age, '
            "limit used, mode, link, and every metric by its name or title",
            at,
        )

    def _compared(self, field: Field, at: int) -> Node:
        op_token = self._next()
        op = Op(op_token.text)
        value = self.token
        if value.piece not in (Piece.WORD, Piece.TEXT) or value.says("and", "or"):
            raise FilterError(f"{field.name} {op} is compared with nothing; write {sample(field, op)}", value.start)
        if field.kind is FieldKind.FIGURE:
            return self._figure(field, op, op_token)
        self._next()
        if op in ORDERING and not field.ranked:
            raise FilterError(f"{field.name} has no order; compare it by =, !=, ~ or !~", op_token.start)
        word = value.text
        if field.kind is FieldKind.WORD:
            word = _checked(field, op, value)
        return Says(field.name, op, word)

    def _figure(self, field: Field, op: Op, op_token: Token) -> Node:
        if op in (Op.HAS, Op.LACKS):
            raise FilterError(f"{field.name} is a figure; compare it by =, !=, <, <=, > or >=", op_token.start)
        first = self._next()
        text = first.text
        # The unit may stand apart from its number: `5 %`.
        if is_number(text) and self.token.piece is Piece.WORD and is_unit(self.token.text):
            text = f"{text} {self._next().text}"
        try:
            return Compare(field.name, op, read_amount(text, field))
        except ValueError as error:
            raise FilterError(str(error), first.start) from None


def _checked(field: Field, op: Op, value: Token) -> str:
    """One of the field's words, or, where only likeness is asked for, something that one of them is like."""
    word = value.text.lower()
    allowed = field.words[: field.ranked] if op in ORDERING else field.words
    if word in allowed:
        return word
    if op not in ORDERING and (op in (Op.HAS, Op.LACKS) or _WILD.search(word)):
        return word
    raise FilterError(f'"{value.text}" is no {field.name}; allowed are {", ".join(allowed)}', value.start)


def sample(field: Field, op: Op | None = None) -> str:
    """How a comparison of this field is written."""
    if field.kind is FieldKind.FIGURE:
        return f"{field.name} {op or '>'} {example(field).split(',')[0].split(' or ')[0]}"
    word = field.words[min(2, len(field.words) - 1)] if field.words else "okx"
    return f"{field.name} {op or '='} {word}"
