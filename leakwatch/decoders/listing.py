"""The one list of decoders: adding one is a file and a line here."""

from __future__ import annotations

from leakwatch.decoders import (
    aes,
    ascii85,
    base32,
    base58,
    base62,
    base64,
    base85,
    bplist,
    brotli,
    cbor,
    csv,
    deflate,
    des,
    embedded,
    entity,
    form,
    gbk,
    gbk_document,
    graphql,
    grpc,
    gzip,
    hex,
    hex_escape,
    hooked,
    ical,
    java,
    json,
    jwt,
    lz4,
    lzstring,
    msgpack,
    multipart,
    ndjson,
    percent,
    plist,
    plus,
    protobuf,
    quoted_printable,
    rc4,
    snappy,
    socketio,
    sse,
    thrift,
    unicode_escape,
    utf16,
    vcard,
    xml,
    xor,
    zip,
    zlib,
    zstd,
)
from leakwatch.decoders.piece import Decoder

DECODERS: tuple[Decoder, ...] = (
    # containers of text
    json, ndjson, graphql, form, multipart, xml, plist, csv, vcard, ical, jwt, sse, socketio,
    # binary containers
    protobuf, grpc, msgpack, cbor, thrift, bplist, java, zip,
    # text layers
    percent, plus, unicode_escape, hex_escape, entity, quoted_printable, utf16, gbk, gbk_document,
    # encodings
    base64, base32, base58, base62, base85, ascii85, hex,
    # compression
    gzip, zlib, deflate, brotli, zstd, lz4, snappy, lzstring, embedded,
    # ciphers under known keys, or seen by a hook
    aes, des, rc4, xor, hooked,
)  # fmt: skip
"""Every decoder, in no order that matters: `RANK` says who opens what."""
