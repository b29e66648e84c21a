"""Create the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def _real(*names: str, nullable: bool = False) -> list[sa.Column]:
    return [sa.Column(name, sa.Double, nullable=nullable) for name in names]


def _flag(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Boolean, nullable=False) for name in names]


def _primary(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _foreign(table: str, name: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{parent}.{name}"], name=f"fk_{table}_{name}_{parent}")


def _index(table: str, *names: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names))


def upgrade() -> None:
    """Recorded tables first, then the derived ones."""
    op.create_table("meta", *_text("name", "value"), _primary("meta", "name"))
    _capture()
    _recorded_of_capture()
    _runs()
    _found()


def _capture() -> None:
    op.create_table(
        "capture",
        *_text("capture", "device", "os", "root", "app", "app_version", "app_sha256", "signer", "store", "developer"),
        *_text("type", "examiner", "case_no", "note", "mode", "started"),
        *_real("started_at", nullable=True),
        *_text("ended"),
        *_real("ended_at", nullable=True),
        *_flag("baseline", "fresh_install"),
        *_text("tool_versions", "profile_digest", "source_path"),
        sa.Column("source_size", sa.BigInteger),
        *_text("source_sha256", "folder", "facts"),
        _primary("capture", "capture"),
    )
    _index("capture", "source_sha256", "profile_digest", "app")
    _index("capture", "app", "app_version")


def _recorded_of_capture() -> None:
    op.create_table(
        "identifier",
        *_text("capture", "identifier", "kind", "value_hmac"),
        _primary("identifier", "capture", "identifier"),
        _foreign("identifier", "capture", "capture"),
    )
    _index("identifier", "value_hmac")
    op.create_table(
        "mark",
        *_text("capture", "mark", "time"),
        *_real("at"),
        *_text("axes", "made_by", "who"),
        *_real("uncertainty"),
        *_text("note"),
        _primary("mark", "capture", "mark"),
        _foreign("mark", "capture", "capture"),
    )
    op.create_table(
        "mark_correction",
        *_text("capture", "mark"),
        *_real("at"),
        *_text("time", "old", "new", "who", "why"),
        _primary("mark_correction", "capture", "mark", "at"),
        _foreign("mark_correction", "capture", "capture"),
    )
    op.create_table(
        "flow",
        *_text("capture", "exchange"),
        *_whole("index"),
        *_text("time"),
        *_real("at"),
        *_text("app", "app_evidence", "protocol", "method", "url", "host", "ip"),
        *_whole("port"),
        *_text("client", "sni"),
        *_flag("tls"),
        *_whole("status", "sent", "received"),
        _primary("flow", "capture", "exchange"),
        _foreign("flow", "capture", "capture"),
    )
    _index("flow", "capture", "host")
    op.create_table(
        "review",
        *_text("leak"),
        *_real("at"),
        *_text("time", "verdict", "who", "note"),
        _primary("review", "leak", "at"),
    )


def _runs() -> None:
    op.create_table(
        "analysis_run",
        *_text("run", "capture", "tool_version", "signature_digest", "started", "finished"),
        *_whole("journal_offset"),
        _primary("analysis_run", "run"),
        _foreign("analysis_run", "capture", "capture"),
    )
    _index("analysis_run", "capture", "started")
    op.create_table(
        "ledger",
        *_text("capture", "run", "entry", "time"),
        *_real("at"),
        *_text("kind", "host", "exchange", "direction"),
        *_whole("count", "bytes"),
        *_text("detail"),
        _primary("ledger", "capture", "run", "entry"),
        _foreign("ledger", "run", "analysis_run"),
        _foreign("ledger", "capture", "capture"),
    )
    op.create_table(
        "phase",
        *_text("capture"),
        *_real("from_at"),
        *_real("to_at", nullable=True),
        *_text("phase", "consent", "app_state", "function", "switches"),
        *_flag("boundary"),
        _primary("phase", "capture", "from_at"),
        _foreign("phase", "capture", "capture"),
    )


def _found() -> None:
    op.create_table(
        "attribution",
        *_text("run", "exchange", "party", "sdk", "sdk_name", "company", "parent", "country", "category", "reason"),
        _primary("attribution", "run", "exchange"),
        _foreign("attribution", "run", "analysis_run"),
    )
    _index("attribution", "run", "sdk", "company")
    op.create_table(
        "leak",
        *_text("run", "leak", "capture", "exchange", "source"),
        *_whole("index"),
        *_text("time"),
        *_real("at"),
        *_text("app", "app_evidence", "protocol", "method", "url", "host", "ip"),
        *_whole("port"),
        *_text("direction", "location", "identifier", "kind", "chain", "form"),
        *_whole("offset", "length"),
        *_text("value", "confidence"),
        *_real("chance"),
        *_text("reason"),
        _primary("leak", "run", "leak"),
        _foreign("leak", "run", "analysis_run"),
        _foreign("leak", "capture", "capture"),
    )
    for names in (("leak",), ("run", "host", "identifier", "at"), ("run", "identifier", "host"), ("run", "at")):
        _index("leak", *names)
    _index("leak", "run", "exchange")


def downgrade() -> None:
    """Drop everything; the journals in the captures' folders are not touched."""
    for table in ("leak", "attribution", "phase", "ledger", "analysis_run", "review", "flow"):
        op.drop_table(table)
    for table in ("mark_correction", "mark", "identifier", "capture", "meta"):
        op.drop_table(table)
