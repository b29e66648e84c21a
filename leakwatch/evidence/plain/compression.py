"""Compressions that no shell brings, undone in plain Python; printed as they stand by `prove --commands`."""

from __future__ import annotations


def snappy(d: bytes) -> bytes:
    """Snappy's block format (google/snappy, format_description), or its frames (framing_format)."""

    def block(d: bytes) -> bytes:
        at = 0
        while d[at] & 128:
            at += 1
        at, out = at + 1, bytearray()
        while at < len(d):
            kind, size = d[at] & 3, d[at] >> 2
            at += 1
            if kind == 0:
                more = max(0, size - 59)
                size = int.from_bytes(d[at : at + more], "little") if more else size
                out += d[at + more : at + more + size + 1]
                at += more + size + 1
                continue
            wide = (0, 1, 2, 4)[kind]
            back = int.from_bytes(d[at : at + wide], "little") + ((size >> 3) << 8 if kind == 1 else 0)
            size = (size & 7) + 4 if kind == 1 else size + 1
            at += wide
            for _ in range(size):
                out.append(out[-back])
        return bytes(out)

    if not d.startswith(b"\xff\x06\x00\x00sNaPpY"):
        return block(d)
    at, plain = 10, b""
    while at + 4 <= len(d):
        kind, size = d[at], int.from_bytes(d[at + 1 : at + 4], "little")
        piece = d[at + 8 : at + 4 + size]
        plain += block(piece) if kind == 0 else piece if kind == 1 else b""
        at += 4 + size
    return plain


def lz4(d: bytes, skip: str) -> bytes:
    """LZ4's frames, or a block (lz4_Frame_format, lz4_Block_format) behind `skip` bytes that tell its length."""

    def block(d: bytes, out: bytearray) -> None:
        at = 0

        def length(size: int) -> int:
            nonlocal at
            more = 255 if size == 15 else 0
            while more == 255:
                more, at = d[at], at + 1
                size += more
            return size

        while at < len(d):
            token, at = d[at], at + 1
            size = length(token >> 4)
            out += d[at : at + size]
            at += size
            if at >= len(d):
                return
            back, at = int.from_bytes(d[at : at + 2], "little"), at + 2
            for _ in range(length(token & 15) + 4):
                out.append(out[-back])

    out = bytearray()
    if not d.startswith(b"\x04\x22\x4d\x18"):
        block(d[int(skip) :], out)
        return bytes(out)
    flags = d[4]
    at = 7 + (8 if flags & 8 else 0) + (4 if flags & 1 else 0)
    while size := int.from_bytes(d[at : at + 4], "little"):
        stored, size = size >> 31, size & 0x7FFFFFFF
        piece = d[at + 4 : at + 4 + size]
        if stored:
            out += piece
        else:
            block(piece, out)
        at += 4 + size + (4 if flags & 16 else 0)
    return bytes(out)


def lzstring(d: bytes, form: str) -> bytes:
    """LZ-based compression of JavaScript (pieroxy/lz-string): its base64, URI, UTF-16 and byte forms."""
    symbols = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+" + ("/" if form == "base64" else "-")
    if form == "bytes":
        numbers, wide = list(d), 8
    elif form == "utf-16":
        numbers, wide = [ord(char) - 32 for char in d.decode().removesuffix(" ")], 15
    else:
        numbers, wide = [symbols.index(char) for char in d.decode().rstrip("=$")], 6
    bits = "".join(f"{number:0{wide}b}" for number in numbers) + "0" * 64
    at = 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return int(bits[at - count : at][::-1], 2)

    words = ["", "", "", chr(take(8 if take(2) == 0 else 16))]
    out, room, size = words[3], 4, 3
    last = out
    while at < len(bits):
        code = take(size)
        if code == 2:
            return out.encode("utf-8", "surrogatepass")
        if code < 2:
            words.append(chr(take(8 if code == 0 else 16)))
            code, room = len(words) - 1, room - 1
            if room == 0:
                room, size = 1 << size, size + 1
        entry = words[code] if code < len(words) else last + last[0]
        out += entry
        words.append(last + entry[0])
        last, room = entry, room - 1
        if room == 0:
            room, size = 1 << size, size + 1
    raise ValueError("this stream has no end")
