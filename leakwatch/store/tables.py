"""The tables: recorded facts first, then what an analysis derives from them (documented in docs/database.md)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)


def _text(name: str, *args: Any, **options: Any) -> Column[str]:
    return Column(name, Text, *args, nullable=False, **options)


def _count(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


def _key(name: str, *args: Any) -> Column[str]:
    return Column(name, Text, *args, primary_key=True)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _of_capture() -> Column[str]:
    return _key("capture", ForeignKey("capture.capture"))


def _flow_columns() -> list[Column[Any]]:
    """The columns that a flow and a leak share: when and where on the wire."""
    return [
        _text("source"),
        _count("index"),
        _text("time"),
        Column("at", Double, nullable=False),
        _text("app"),
        _text("app_evidence"),
        _text("protocol"),
        _text("method"),
        _text("url"),
        _text("host"),
        _text("ip"),
        _count("port"),
    ]


# -- recorded ----------------------------------------------------------------------------------------------------------

meta = Table("meta", metadata, _key("name"), _text("value"))

capture = Table(
    "capture",
    metadata,
    _key("capture"),
    _text("device"),
    _text("os"),
    _text("root"),
    _text("app"),
    _text("app_version"),
    _text("app_sha256"),
    _text("signer"),
    _text("store"),
    _text("developer"),
    _text("type"),
    _text("examiner"),
    _text("case_no"),
    _text("note"),
    _text("mode"),
    _text("started"),
    Column("started_at", Double),
    _text("ended"),
    Column("ended_at", Double),
    _flag("baseline"),
    _flag("fresh_install"),
    _text("tool_versions"),
    _text("profile_digest"),
    _text("source_path"),
    Column("source_size", BigInteger),
    _text("source_sha256"),
    _text("folder"),
    _text("facts"),
    Index(None, "source_sha256", "profile_digest", "app"),
    Index(None, "app", "app_version"),
)

identifier = Table(
    "identifier",
    metadata,
    _of_capture(),
    _key("identifier"),
    _text("kind"),
    _text("value_hmac"),
    Index(None, "value_hmac"),
)

mark = Table(
    "mark",
    metadata,
    _of_capture(),
    _key("mark"),
    _text("time"),
    Column("at", Double, nullable=False),
    _text("axes"),
    _text("made_by"),
    _text("who"),
    Column("uncertainty", Double, nullable=False),
    _text("note"),
)

mark_correction = Table(
    "mark_correction",
    metadata,
    _of_capture(),
    _key("mark"),
    Column("at", Double, primary_key=True),
    _text("time"),
    _text("old"),
    _text("new"),
    _text("who"),
    _text("why"),
)

flow = Table(
    "flow",
    metadata,
    _of_capture(),
    _key("exchange"),
    *[column for column in _flow_columns() if column.name != "source"],
    _text("client"),
    _text("sni"),
    _flag("tls"),
    _count("status"),
    _count("sent"),
    _count("received"),
    Index(None, "capture", "host"),
)

ledger = Table(
    "ledger",
    metadata,
    _key("capture"),
    _key("run"),
    _key("entry"),
    _text("time"),
    Column("at", Double, nullable=False),
    _text("kind"),
    _text("host"),
    _text("exchange"),
    _text("direction"),
    _count("count"),
    _count("bytes"),
    _text("detail"),
    ForeignKeyConstraint(["run"], ["analysis_run.run"]),
    ForeignKeyConstraint(["capture"], ["capture.capture"]),
)

review = Table(
    "review",
    metadata,
    _key("leak"),
    Column("at", Double, primary_key=True),
    _text("time"),
    _text("verdict"),
    _text("who"),
    _text("note"),
)

# -- derived -----------------------------------------------------------------------------------------------------------

analysis_run = Table(
    "analysis_run",
    metadata,
    _key("run"),
    _text("capture", ForeignKey("capture.capture")),
    _text("tool_version"),
    _text("signature_digest"),
    _text("started"),
    _text("finished"),
    _count("journal_offset"),
    Index(None, "capture", "started"),
)

phase = Table(
    "phase",
    metadata,
    _of_capture(),
    Column("from_at", Double, primary_key=True),
    Column("to_at", Double),
    _text("phase"),
    _text("consent"),
    _text("app_state"),
    _text("function"),
    _text("switches"),
    _flag("boundary"),
)

attribution = Table(
    "attribution",
    metadata,
    _key("run", ForeignKey("analysis_run.run")),
    _key("exchange"),
    _text("party"),
    _text("sdk"),
    _text("sdk_name"),
    _text("company"),
    _text("parent"),
    _text("country"),
    _text("category"),
    _text("reason"),
    Index(None, "run", "sdk", "company"),
)

suspect = Table(
    "suspect",
    metadata,
    _key("run", ForeignKey("analysis_run.run")),
    _key("suspect"),
    _text("capture", ForeignKey("capture.capture")),
    _text("exchange"),
    _text("time"),
    Column("at", Double, nullable=False),
    _text("host"),
    _text("direction"),
    _text("location"),
    _text("key"),
    _text("kind"),
    _text("value"),
    _text("value_hmac"),
    _text("reason"),
    Index(None, "value_hmac"),
)

leak = Table(
    "leak",
    metadata,
    _key("run", ForeignKey("analysis_run.run")),
    _key("leak"),
    _text("capture", ForeignKey("capture.capture")),
    _text("exchange"),
    *_flow_columns(),
    _text("direction"),
    _text("location"),
    _text("identifier"),
    _text("kind"),
    _text("chain"),
    _text("form"),
    _count("offset"),
    _count("length"),
    _text("value"),
    _text("confidence"),
    Column("chance", Double, nullable=False),
    _text("reason"),
    Index(None, "leak"),
    Index(None, "run", "host", "identifier", "at"),
    Index(None, "run", "identifier", "host"),
    Index(None, "run", "at"),
    Index(None, "run", "exchange"),
)
