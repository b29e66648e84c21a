"""Every name that a chain may hold, with its family and its accepted aliases: the one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChainName:
    """What one element of a chain is: the family it belongs to and the other names people give it."""

    family: str
    aliases: tuple[str, ...] = ()


_FAMILIES: dict[str, tuple[str, ...]] = {
    "container": (
        "json", "form=urlencoded,x-www-form-urlencoded,query", "multipart=form-data", "xml", "plist", "bplist",
        "graphql", "ndjson=jsonl,json-lines", "csv=tsv", "vcard=vcf", "ical=icalendar,ics", "protobuf=proto,pb",
        "grpc=grpc-web", "msgpack=messagepack", "cbor", "thrift=thrift-compact,thrift-binary",
        "java=java-serialized,java-serialised", "websocket=ws", "jwt=jws", "zip",
    ),
    "text": (
        "percent=url,urlencode,percent-encoding", "unicode-escape=u-escape", "hex-escape=x-escape",
        "entity=html,html-entity", "quoted-printable=qp", "utf-16le=utf16le,utf-16", "utf-16be=utf16be",
        "gbk=gb18030,gb2312",
    ),
    "encoding": (
        "base64=b64,base64url,base64-url,urlsafe-base64", "base32=b32", "base58=b58", "base62=b62", "base85=b85",
        "ascii85=a85", "hex=base16",
    ),
    "compression": (
        "gzip=gz,x-gzip", "deflate=raw-deflate", "zlib", "brotli=br", "zstd=zstandard", "lz4=lz4-block,lz4-frame",
        "snappy=snappy-raw,snappy-framed", "lzstring=lz-string",
    ),
    "number": (
        "varint=zigzag,sint64", "fixed64=int64", "uint64=uint", "double=float64", "fixed32", "float=float32",
        "raw-bytes=raw", "base16-int", "base36-int", "bcd",
    ),
    "location": ("gcj02=gcj-02", "bd09=bd-09", "geohash", "e6", "e7", "dms"),
    "obfuscation": ("rot13", "reverse=reversed", "byteswap=byte-swapped", "xor", "add", "aes", "des=3des", "rc4=arc4"),
    "digest": (
        "md4", "md5", "sha1=sha-1", "sha224", "sha256=sha-256", "sha384", "sha512=sha-512", "sha512_256=sha512/256",
        "sha3_224", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s", "ripemd160=rmd160", "whirlpool", "sm3",
        "crc32", "adler32", "fnv1a32", "fnv1a64", "mmh3_32=murmur3", "mmh3_128", "xxh32", "xxh64=xxhash",
    ),
}  # fmt: skip


def _table() -> dict[str, ChainName]:
    table = {}
    for family, entries in _FAMILIES.items():
        for entry in entries:
            name, _, aliases = entry.partition("=")
            table[name] = ChainName(family, tuple(aliases.split(",")) if aliases else ())
    return table


CHAIN_NAMES: dict[str, ChainName] = _table()
"""Every chain name of the design. Salted, keyed and truncated digests are derived: `salted-md5`, `md5[8:24]`."""

SILENT = frozenset({"percent", "unicode-escape", "hex-escape", "entity", "quoted-printable"})
"""Text layers that are cosmetic: undone by every reader, left out when chains are compared."""

_ALIASES = {alias: name for name, entry in CHAIN_NAMES.items() for alias in entry.aliases}


def canonical(name: str) -> str:
    """Return the table's own name for `name` (lower case, aliases resolved); an unknown one comes back in lower case.

    Prefixes and slices stay: `Salted-SHA-256[0:16]` becomes `salted-sha256[0:16]`.
    """
    lower = name.strip().lower()
    base, bracket, piece = lower.partition("[")
    for prefix in ("salted-", "hmac-"):
        if base.startswith(prefix):
            return prefix + canonical(base.removeprefix(prefix)) + bracket + piece
    return _ALIASES.get(base, base) + bracket + piece


def silent(chain: tuple[str, ...]) -> tuple[str, ...]:
    """Return `chain` without its silent text layers, for comparison."""
    return tuple(name for name in chain if name not in SILENT)
