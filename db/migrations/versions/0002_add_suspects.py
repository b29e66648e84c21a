"""Add the table of suspects: values that look like identifiers of nobody's profile."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One table; what earlier analyses found is not looked through again."""
    names = ("capture", "exchange", "time", "host", "direction", "location", "key", "kind", "value", "value_hmac")
    op.create_table(
        "suspect",
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("suspect", sa.Text, nullable=False),
        *[sa.Column(name, sa.Text, nullable=False) for name in (*names, "reason")],
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("run", "suspect", name="pk_suspect"),
        sa.ForeignKeyConstraint(["run"], ["analysis_run.run"], name="fk_suspect_run_analysis_run"),
        sa.ForeignKeyConstraint(["capture"], ["capture.capture"], name="fk_suspect_capture_capture"),
    )
    op.create_index("ix_suspect_value_hmac", "suspect", ["value_hmac"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("suspect")
