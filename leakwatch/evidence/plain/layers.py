"""Layers undone in plain Python: escapes, encodings in digits, simple disguises, numbers in containers.

Printed as they stand by `prove --commands`: each function is whole in itself and imports the standard library alone.
"""

from __future__ import annotations


def inflate(d: bytes, window: str, size: str) -> bytes:
    """Deflate (RFC 1951), zlib (RFC 1950) or gzip (RFC 1952), as the window says: the first `size` bytes."""
    import zlib

    stream, out = zlib.decompressobj(int(window)), b""
    while d and len(out) < int(size):
        try:
            out += stream.decompress(d[:4096], int(size) - len(out))
        except zlib.error:
            break  # what is damaged holds no more
        d = stream.unconsumed_tail + d[4096:]
        if stream.eof:
            d, stream = stream.unused_data + d, zlib.decompressobj(int(window))
    return out


def base64_text(d: bytes, theirs: str, ours: str) -> bytes:
    """Base64 (RFC 4648) whose symbols `theirs` stand for `ours`; line breaks and padding may be missing."""
    import base64
    import re

    text = re.sub(rb"\\[rn]|\s|=", b"", d.replace(b" ", b"+") if "+" in theirs else d)
    text = text[: len(text) - (len(text) % 4 == 1)].translate(bytes.maketrans(theirs.encode(), ours.encode()))
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def base32_text(d: bytes, alphabet: str) -> bytes:
    """Base32 (RFC 4648 §6, or §7 for `hex`), unpadded too."""
    import base64
    import re

    text = re.sub(rb"\s|=", b"", d).upper()
    text += b"=" * (-len(text) % 8)
    return base64.b32hexdecode(text) if alphabet == "hex" else base64.b32decode(text)


def base85_text(d: bytes, alphabet: str) -> bytes:
    """Base85 as RFC 1924 and git write it, Adobe's ascii85, or ZeroMQ's z85."""
    import base64

    if alphabet == "ascii85":
        return base64.a85decode(d, adobe=d.lstrip().startswith(b"<~"))
    if alphabet == "z85":
        theirs = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
        ours = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
        d = d.translate(bytes.maketrans(theirs, ours))
    return base64.b85decode(d.strip())


def digits(d: bytes, alphabet: str, size: str) -> bytes:
    """A number in the digits of `alphabet` (base58, base62), as so many bytes."""
    number = 0
    for digit in d.decode().strip():
        number = number * len(alphabet) + alphabet.index(digit)
    return number.to_bytes(int(size), "big")


def hex_text(d: bytes) -> bytes:
    """Hexadecimal digits, with or without separators."""
    import re

    return bytes.fromhex(re.sub(rb"0[xX]|\\x|[^0-9a-fA-F]", b"", d).decode())


def percent(d: bytes) -> bytes:
    """Percent escapes (RFC 3986 §2.1)."""
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(d)


def percent_plus(d: bytes) -> bytes:
    """A form's value: percent escapes, and plus signs for blanks."""
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(d.replace(b"+", b" "))


def entities(d: bytes) -> bytes:
    """Character references of XML and HTML."""
    import html

    text = d.decode("utf-8", "surrogateescape")
    return html.unescape(text).encode("utf-8", "surrogatepass" if text.isascii() else "surrogateescape")


def quoted_printable(d: bytes) -> bytes:
    """Quoted-printable (RFC 2045 §6.7)."""
    import quopri

    return quopri.decodestring(d)


def escapes(d: bytes, pairs: str) -> bytes:
    r"""Escapes of characters: \\uXXXX, \\u{X}, %uXXXX; two surrogates are `joined`, or left `single`."""
    import re

    def undo(run: re.Match[bytes]) -> bytes:
        text = "".join(chr(int(digits, 16)) for digits in re.findall(rb"u\{?([0-9a-fA-F]{1,6})", run[0]))
        if pairs == "joined":
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return text.encode("utf-8", "surrogatepass")

    one = rb"\\{1,4}u[0-9a-fA-F]{4}|%u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}"
    return re.sub(rb"(?:" + one + rb")+", undo, d)


def byte_escapes(d: bytes) -> bytes:
    r"""Escapes of single bytes: \\xXX, and octal \\XXX."""
    import re

    return re.sub(
        rb"\\{1,4}x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})",
        lambda m: bytes([int(m[1], 16) if m[1] else int(m[2], 8)]),
        d,
    )


def json_string(d: bytes) -> bytes:
    """What a JSON string (RFC 8259 §7) says between its quotes; a backslash before what needs none says nothing."""
    import json
    import re

    escape = rb'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\(.?)'
    d = re.sub(escape, lambda m: m[0] if m[1] else m[2], d, flags=re.DOTALL)
    text = str(json.loads('"' + d.decode("utf-8", "surrogateescape") + '"', strict=False))
    return text.encode("utf-8", "surrogatepass" if d.isascii() else "surrogateescape")


def text_of(d: bytes, coding: str) -> bytes:
    """Text of another character set, as UTF-8."""
    return d.decode(coding, "replace").encode("utf-8", "surrogatepass").strip(b"\0")


def content_line(d: bytes) -> bytes:
    r"""A value of vCard or iCalendar (RFC 6350 §3.2, §3.4): lines unfolded, backslashes undone."""
    import re

    return re.sub(rb"\\(.)", rb"\1", re.sub(rb"\r?\n[ \t]", b"", d))


def doubled_quotes(d: bytes) -> bytes:
    """A quoted cell of CSV (RFC 4180 §2)."""
    return d.replace(b'""', b'"')


def zip_entry(d: bytes, name: str) -> bytes:
    """A file of a ZIP archive."""
    import io
    import zipfile

    return zipfile.ZipFile(io.BytesIO(d)).read(name)


def leaf(d: bytes, number: str) -> bytes:
    """The so many-th value of a property list."""
    import plistlib

    found = []
    waiting = [plistlib.loads(d)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one
        else:
            found.append(
                one if isinstance(one, bytes) else one.encode() if isinstance(one, str) else repr(one).encode()
            )
    return found[int(number)]


def varint(d: bytes, sign: str) -> bytes:
    """A base-128 varint (Protocol Buffers), unsigned, two's complement or zigzag, as decimal digits."""
    value = sum((byte & 127) << 7 * place for place, byte in enumerate(d))
    if "signed" in sign and value >> 63:
        value -= 1 << 64
    return str((value >> 1) ^ -(value & 1) if "zigzag" in sign else value).encode()


def integer(d: bytes, order: str, sign: str, skip: str) -> bytes:
    """An integer of fixed width, as decimal digits; `skip` bytes tell its width."""
    return str(int.from_bytes(d[int(skip) :], "big" if order == "big" else "little", signed=sign == "signed")).encode()


def floating(d: bytes, order: str, skip: str) -> bytes:
    """An IEEE 754 number of four or eight bytes, as decimal digits."""
    import struct

    if len(d) - int(skip) == 8:
        return repr(struct.unpack(order + "d", d[int(skip) :])[0]).encode()
    return f"{struct.unpack(order + 'f', d[int(skip) :])[0]:.9g}".encode()


def xor(d: bytes, key: str) -> bytes:
    """Every byte XOR the next of a repeated key."""
    stream = bytes.fromhex(key)
    return bytes(byte ^ stream[place % len(stream)] for place, byte in enumerate(d))


def subtract(d: bytes, constant: str) -> bytes:
    """Every byte minus a constant."""
    return bytes((byte - int(constant)) % 256 for byte in d)


def rot13(d: bytes) -> bytes:
    """Letters moved by thirteen."""
    import codecs

    return codecs.encode(d.decode("latin-1"), "rot13").encode("latin-1")


def backwards(d: bytes) -> bytes:
    """The last byte first."""
    return d[::-1]


def backwards_text(d: bytes) -> bytes:
    """The last character first."""
    return d.decode()[::-1].encode()


def pairs_swapped(d: bytes, skip: str = "0", size: str = "") -> bytes:
    """The bytes of each pair in the other order, from the byte `skip` on; an odd one at the end stays."""
    d = d[int(skip) :]
    return b"".join(d[i : i + 2][::-1] for i in range(0, len(d), 2))[: int(size) if size else None]


def rc4(d: bytes, key: str) -> bytes:
    """RC4 under a key given in hex."""
    secret, box, j, out = bytes.fromhex(key), list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + secret[i % len(secret)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in d:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)
