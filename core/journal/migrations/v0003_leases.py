"""Schema version 3: who acts on which account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    op.create_table(
        "lease_holders",
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("until_s", sa.Float(), nullable=False),
        sa.Column("ttl_s", sa.Float(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("holder"),
    )
    op.create_table(
        "leases",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
