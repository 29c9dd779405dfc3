"""The filter of the scope table: its text, what is wrong with it, and which scopes it lets through now."""

from __future__ import annotations

from core.errors import FilterError
from core.filtering.completing import Options, complete, finished
from core.filtering.evaluating import Evaluator
from core.filtering.fields import Vocabulary
from core.filtering.parsing import parse
from core.filtering.sight import Sight
from core.filtering.tree import Node, Part, printed
from core.risk.model import Bools, Floats
from core.snapshot import MetricInfo, Snapshot


class Sieve:
    """A filter that cannot be understood lets everything through: nothing may hide because of a slip of the pen."""

    def __init__(self) -> None:
        self.text = ""
        self.error: FilterError | None = None
        self._node: Node | None = None
        self._metrics: tuple[MetricInfo, ...] = ()
        self._vocabulary = Vocabulary()
        self._sight = Sight()
        self._mask: Bools | None = None
        """The newest answer; None where nothing is held back, or nobody has asked since the last snapshot."""

    def show(self, snapshot: Snapshot) -> None:
        self._sight.show(snapshot)
        self._mask = None
        if snapshot.matrix.metrics != self._metrics:
            self._metrics = snapshot.matrix.metrics
            self._vocabulary = Vocabulary(self._metrics)
            self._read()

    def look_for(self, text: str) -> bool:
        """Returns whether the filter is another one now."""
        before = self._node
        self.text = text
        self._read()
        return self._node != before

    def _read(self) -> None:
        self._mask = None
        try:
            self._node, self.error = parse(self.text, self._vocabulary), None
        except FilterError as error:
            self._node, self.error = None, error

    @property
    def active(self) -> bool:
        return self._node is not None

    @property
    def is_live(self) -> bool:
        """Whether the next snapshot may let others through."""
        return self._node is not None and not isinstance(self._node, Part)

    @property
    def words(self) -> str:
        """The filter as it was understood."""
        return printed(self._node)

    @property
    def mask(self) -> Bools | None:
        """Shape (scopes,); None where everything is let through."""
        if self._mask is None and self._node is not None:
            self._mask = Evaluator(self._vocabulary, self._sight).matching(self._node)
        return self._mask

    @property
    def by_name(self) -> Floats:
        """Per scope its place by name."""
        return self._sight.by_name

    def finished(self, text: str) -> str:
        """The text without what is only begun at its end."""
        return finished(text, self._vocabulary)

    def complete(self, text: str, cursor: int) -> Options:
        return complete(text, cursor, self._vocabulary, self._sight)
