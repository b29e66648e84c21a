"""The one list of decoders: adding one is a file and a line here."""

from __future__ import annotations

from leakwatch.decoders import (
    base64,
    brotli,
    deflate,
    form,
    gzip,
    hex,
    json,
    multipart,
    percent,
    protobuf,
    zlib,
    zstd,
)
from leakwatch.decoders.piece import Decoder

DECODERS: tuple[Decoder, ...] = (
    # containers
    json, form, multipart, protobuf,
    # text layers
    percent,
    # encodings
    base64, hex,
    # compression
    gzip, zlib, deflate, brotli, zstd,
)  # fmt: skip
"""Every decoder, in no order that matters: `RANK` says who opens what."""
