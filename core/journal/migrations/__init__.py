"""The journal's schema, step by step: the n-th revision leads from schema version n-1 to n, by alembic's operations.

They are modules of the package, named here, so that a program packed into one file has them too. A revision that was
released is never edited: what has to change comes as a further one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from core.journal.migrations import v0001_first_release, v0002_in_force, v0003_leases, v0004_history

if TYPE_CHECKING:  # a sixth of a second to load, and needed only where a schema has to be made or changed
    from alembic.operations import Operations


class Revision(Protocol):
    def upgrade(self, op: Operations) -> None:
        """Within a transaction of the caller's."""


REVISIONS: tuple[Revision, ...] = (v0001_first_release, v0002_in_force, v0003_leases, v0004_history)
SCHEMA_VERSION = len(REVISIONS)
"""Of a journal that this release writes."""
