"""The table of chain names: the design's words, unambiguous aliases."""

from __future__ import annotations

from leakwatch.decoders import CHAIN_NAMES, SILENT, canonical, silent

DESIGN = """json form multipart xml plist bplist graphql ndjson csv vcard protobuf grpc msgpack cbor websocket jwt zip
percent unicode-escape hex-escape entity quoted-printable utf-16le utf-16be gbk
base64 base32 base58 base62 base85 ascii85 hex gzip deflate zlib brotli zstd lz4 snappy lzstring
varint fixed64 uint64 double raw-bytes base16-int base36-int bcd gcj02 bd09 geohash e6 e7 dms
rot13 reverse xor aes rc4 md5 sha1 sha224 sha256 sha384 sha512 sha3_256 blake2b blake2s ripemd160 whirlpool sm3
crc32 adler32 fnv1a64 mmh3_32 mmh3_128 xxh64"""


def test_every_word_of_the_design_is_there():
    assert set(DESIGN.split()) <= set(CHAIN_NAMES)


def test_aliases_are_unambiguous():
    aliases = [alias for entry in CHAIN_NAMES.values() for alias in entry.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(CHAIN_NAMES)


def test_canonical():
    assert canonical("BR") == "brotli"
    assert canonical("Salted-SHA-256[0:16]") == "salted-sha256[0:16]"
    assert canonical("md5[8:24]") == "md5[8:24]"
    assert canonical("something else") == "something else"


def test_silent_layers_are_text_layers():
    assert all(CHAIN_NAMES[name].family == "text" for name in SILENT)
    assert silent(("json", "percent", "gzip")) == ("json", "gzip")
