"""A filter asked of all rows at once. There are three answers: yes, no, and unknown, which is neither."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import reduce

import numpy as np

from core.filtering.fields import FieldKind, Vocabulary
from core.filtering.sight import Sight, like
from core.filtering.tree import NEGATIVE, ORDERING, Compare, Either, Every, Node, Not, Op, Part, Says, Unknown
from core.risk.model import Bools

Answer = tuple[Bools, Bools]
"""Rows that match for certain, and rows that do not for certain."""

_COMPARED: dict[Op, Callable[..., Bools]] = {
    Op.EQUAL: operator.eq,
    Op.OTHER: operator.ne,
    Op.LESS: operator.lt,
    Op.AT_MOST: operator.le,
    Op.MORE: operator.gt,
    Op.AT_LEAST: operator.ge,
}


class Evaluator:
    """Asks trees that were parsed against the same vocabulary."""

    def __init__(self, vocabulary: Vocabulary, sight: Sight) -> None:
        self._vocabulary = vocabulary
        self._sight = sight

    def matching(self, node: Node) -> Bools:
        """Shape (scopes,): rows that match for certain."""
        return self.answer(node)[0]

    def answer(self, node: Node) -> Answer:
        match node:
            case Part(text=text):
                return _certain(self._sight.parts(text))
            case Compare():
                return self._compare(node)
            case Says():
                return self._says(node)
            case Unknown(field=field):
                return _certain(self._unknown(field))
            case Not(of=of):
                yes, no = self.answer(of)
                return no, yes
            case Every(of=members):
                answers = [self.answer(member) for member in members]
                return _all(yes for yes, _ in answers), _any(no for _, no in answers)
            case Either(of=members):
                answers = [self.answer(member) for member in members]
                return _any(yes for yes, _ in answers), _all(no for _, no in answers)

    def _compare(self, node: Compare) -> Answer:
        values = self._sight.figures(node.field)
        wanted = node.amount.value(self._vocabulary.named(node.field).unit)
        known = ~np.isnan(values)
        yes = _COMPARED[node.op](values, wanted) & known
        return yes, known & ~yes

    def _says(self, node: Says) -> Answer:
        field = self._vocabulary.named(node.field)
        if node.op in ORDERING:
            codes = self._sight.codes(field.name)
            known = (codes >= 0) & (codes < field.ranked)
            yes = _COMPARED[node.op](codes, field.words.index(node.word)) & known
            return yes, known & ~yes
        positive = Op.EQUAL if node.op in (Op.EQUAL, Op.OTHER) else Op.HAS
        if field.kind is FieldKind.WORD:
            fits = like(np.array(field.words, dtype=np.str_), positive, node.word.lower())
            found = np.append(fits, False)[self._sight.codes(field.name)]  # -1 is the last: none
        else:
            found = self._sight.named(field.name, positive, node.word)
        return _certain(~found if node.op in NEGATIVE else found)

    def _unknown(self, name: str) -> Bools:
        field = self._vocabulary.named(name)
        if field.kind is FieldKind.FIGURE:
            values = self._sight.figures(name)
            # What was never read has no age.
            return ~np.isfinite(values) if name == "age" else np.isnan(values)
        if field.kind is FieldKind.TEXT:
            return ~self._sight.has(name)
        codes = self._sight.codes(name)
        unknown = field.words.index("unknown") if "unknown" in field.words else -1
        found: Bools = (codes < 0) | (codes == unknown)
        return found


def _certain(found: Bools) -> Answer:
    return found, ~found


def _all(masks: Iterable[Bools]) -> Bools:
    return reduce(operator.and_, masks)


def _any(masks: Iterable[Bools]) -> Bools:
    return reduce(operator.or_, masks)
