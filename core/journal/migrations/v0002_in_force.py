"""What was in force when a record was made, by which run, and what it is about; and what it can be looked up by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    # Records that are there keep the form of their hash, 1, which covers none of these: there they hold nothing.
    for name in ("subject", "run", "config_version"):
        op.add_column("records", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("records", sa.Column("limits_version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("records", sa.Column("form", sa.Integer(), nullable=False, server_default="1"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("records", "seq", type_=sa.BigInteger())
    # PostgreSQL looks beginnings of words up only where the order of the index is that of the bytes.
    op.drop_index("ix_records_kind", "records")
    op.create_index("ix_records_kind", "records", ["kind", "seq"], postgresql_ops={"kind": "text_pattern_ops"})
    op.create_index("ix_records_scope", "records", ["scope", "seq"])
    op.create_index("ix_records_subject", "records", ["subject", "seq"])
    op.create_index("ix_records_at_s", "records", ["at_s"])
