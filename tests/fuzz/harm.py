"""Ways to harm files: blindly, byte by byte, and knowing what they are made of; the same seed, the same harm."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")
NUMBERS = ("0", "-1", "1", "65536", "2147483648", "-2147483649", "99999999999999999999", "1e308", "NaN", "0.5", "", "甲")
SIGNS = (
    "\x00", "\x01", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u00ad", "\u200b", "\u200e", "\u200f", "\u202e", "\u2028", "\u2029",
    "\u2066", "\ufeff", "\ufffd", "\ufffe", "\U000e0041", "\u0300" * 40, "𠮷", "⼀", "１", "\r", "\t" * 50, "　" * 50, "\n" * 50,
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "shift_jis")


def some(rng: Random, whole: int) -> tuple[int, int]:
    """A stretch, mostly a short one."""
    start = rng.randrange(whole + 1)
    return start, min(whole, start + int(rng.choice((1, 4, 32, 256, 4096)) * rng.random()) + 1)


def scar(rng: Random, raw: bytes) -> bytes:
    """Flip, delete, swap, double, blank or cut off bytes."""
    out = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        a, b = some(rng, len(out))
        match rng.randrange(8):
            case 0 | 1 if out:
                out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
            case 2:
                del out[a:b]
            case 3:
                c, d = some(rng, len(out))
                one, other = sorted(((a, b), (c, d)))
                if one[1] <= other[0]:
                    out = out[: one[0]] + out[slice(*other)] + out[one[1] : other[0]] + out[slice(*one)] + out[other[1] :]
            case 4:
                out[a:a] = out[a:b] * rng.choice((1, 1, 20))
            case 5:
                out[a:b] = bytes([rng.choice((0, 0xFF, 0x20, 0x3C))]) * (b - a)
            case 6:
                out[a:b] = rng.randbytes(b - a)
            case 7 if rng.random() < 0.4:
                del out[rng.randrange(len(out) + 1) :]
    return bytes(out)


def shuffled(rng: Random, parts: Sequence[T], extra: Sequence[T], most: int = 6) -> list[T]:
    """Drop, double, swap and insert parts."""
    out = list(parts)
    for _ in range(rng.randint(1, most)):
        i, j = (rng.randrange(len(out)) if out else 0 for _ in range(2))
        match rng.randrange(4):
            case 0 if out:
                del out[i]
            case 1 if out:
                out.insert(i, out[j])
            case 2 if out:
                out[i], out[j] = out[j], out[i]
            case _:
                out.insert(i, rng.choice(extra))
    return out


_TAGS = re.compile(rb"<[^>]*>|[^<]+")
_XML = (
    b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;&x;">]>', b"&x;", b"&#0;", b"&#xD800;", b"<![CDATA[]]>",
    b"</w:p>", b"<w:p>", b"<w:tbl>", b"<w:tr>", b"</w:tc>", b'<w:gridSpan w:val="99999999"/>', b'<w:vMerge w:val="restart"/>', b"<?x?>",
    b"<!--", b'<w:numPr><w:ilvl w:val="99"/><w:numId w:val="-5"/></w:numPr>', b"<w:sdt>", b"<mc:AlternateContent>", b"<w:txbxContent>",
    b"\xff\xfe",
)  # fmt: skip


def xml(rng: Random, raw: bytes) -> bytes:
    """Put elements in the wrong place, numbers out of bounds, depth without end."""
    match rng.randrange(4):
        case 0:
            return re.sub(rb'"-?\d+"', lambda m: f'"{rng.choice(NUMBERS)}"'.encode() if rng.random() < 0.02 else m[0], raw)
        case 1:
            tokens = _TAGS.findall(raw)
            i, deep = rng.randrange(len(tokens) or 1), rng.choice((50, 300, 5000, 50_000))
            name = rng.choice((b"w:p", b"w:tbl", b"w:sdt", b"w:ins"))
            return b"".join(tokens[:i]) + (b"<" + name + b">") * deep + (b"</" + name + b">") * deep + b"".join(tokens[i:])
        case 2:
            return scar(rng, raw)
    return b"".join(shuffled(rng, _TAGS.findall(raw), _XML))


def packed(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A .zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, raw in members:
            archive.writestr(zipfile.ZipInfo(name.replace("\x00", "\x01")), raw, method)
    return buffer.getvalue()


def zipped(rng: Random, raw: bytes, inside: Callable[[Random, bytes], bytes] = xml) -> bytes:
    """Harm an archive: as bytes, in its records, in its list of members, or inside one of them."""
    way = rng.randrange(6)
    if way == 0:
        return scar(rng, raw)
    if way == 1:
        return _records(rng, raw)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = [(i.filename, archive.read(i)) for i in archive.infolist()]
    n = rng.randrange(len(members))
    if way == 2:
        name, body = members[n]
        match rng.randrange(6):
            case 0:
                del members[n]
            case 1:
                members.append((name, members[0][1]))
            case 2:
                members[n] = (rng.choice(("../" * 9 + name, "/" + name, name.upper(), name + "\x00.xml", "", "甲\ud800"[:1])), body)
            case 3:
                members[n] = (name, b"")
            case 4:
                members[n] = (name, bytes(rng.choice((10, 30)) * 1_000_000))
            case _:
                members = [*members, *((f"word/{i}.xml", b"<a/>") for i in range(3000))]
        # A name given twice is meant.
        return packed(members, rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)))
    likely = [i for i, (name, _) in enumerate(members) if name in ("word/document.xml", "word/numbering.xml", "word/styles.xml")]
    n = rng.choice(likely) if likely and rng.random() < 0.7 else n
    members[n] = (members[n][0], inside(rng, members[n][1]))
    return packed(members)


def _records(rng: Random, raw: bytes) -> bytes:
    """Other sizes, sums, flags and methods in the records of an archive."""
    out = bytearray(raw)
    for sign, fields in (
        (b"PK\x03\x04", (6, 8, 14, 18, 22, 26, 28)),
        (b"PK\x01\x02", (8, 10, 16, 20, 24, 28, 30, 42)),
        (b"PK\x05\x06", (8, 12, 16)),
    ):
        at = [m.start() for m in re.finditer(re.escape(sign), raw)]
        for place in rng.sample(at, min(len(at), rng.randint(0, 2))):
            value = rng.choice((0, 1, 0x41, 9, 12, 14, 95, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF, rng.getrandbits(32)))
            field = place + rng.choice(fields)
            size = min(rng.choice((2, 4)), len(out) - field)
            out[field : field + size] = struct.pack("<I", value & 0xFFFFFFFF)[:size]
    return bytes(out)


_HTML = (
    b"&#xD800;", b"&#0;", b"&#99999999999;", b"&lt", b"<!--", b"<![CDATA[", b"<script>", b"<style>", b"</body>", b"<html>", b"<table>",
    b"</td>", b"<td colspan=99999999 rowspan=65535>", b"<td rowspan=-1 colspan=0>", b"<p", b"<div " + b"a=b " * 500 + b">", b"\x00",
    b"\xff\xfe", b'<meta charset="utf-7">', b'<meta charset="utf-16">', b"<ol start=-99999999999><li>", b"<ol type=I start=4000><li>",
    b"<iframe>", b"<br>" * 3000, b"<plaintext>", b"<svg><math>", b"<template>", b"<base href=javascript:x>", b"<textarea>",
    b"<p hidden>",
)  # fmt: skip


def html(rng: Random, raw: bytes) -> bytes:
    """Elements in the wrong place, depth, declared encodings that lie, spans without measure."""
    match rng.randrange(5):
        case 0:
            return scar(rng, raw)
        case 1:
            return raw.decode("gb18030", "replace").encode(rng.choice(ENCODINGS), "replace")
        case 2:
            tokens = _TAGS.findall(raw)
            i, deep = rng.randrange(len(tokens)), rng.choice((100, 300, 3000, 30_000))
            return b"".join(tokens[:i]) + rng.choice((b"<div>", b"<table><tr><td>", b"<b>", b"<ul><li>")) * deep + b"".join(tokens[i:])
    return b"".join(shuffled(rng, _TAGS.findall(raw), _HTML, rng.choice((3, 30))))


_PDF = re.compile(rb"stream\n.*?\nendstream|<<|>>|\[|\]|/[A-Za-z0-9]+|-?\d+(?: \d+ R)?|\S+|\s+", re.DOTALL)
_WORDS = (
    b"0 0 R", b"1 0 R", b"2 0 R", b"9999 0 R", b"<<", b">>", b"[", b"]", b"null", b"true", b"(", b"/Kids", b"/Parent", b"/Length",
    b"endobj", b"BT", b"ET", b"q " * 5000, b"Q", b"NaN", b"/Filter/FlateDecode", b"/Encrypt 1 0 R", b"/Rotate 45",
    b"/MediaBox[0 0 1e9 1e9]", b"/Count 99999999",
)  # fmt: skip


def pdf(rng: Random, raw: bytes) -> bytes:
    """Objects that lead in circles, lengths and places that lie, streams that are none."""
    match rng.randrange(4):
        case 0:
            return scar(rng, raw)
        case 1:
            return re.sub(rb"(?<![\d.])-?\d+(?![\d.])", lambda m: rng.choice(NUMBERS).encode() if rng.random() < 0.01 else m[0], raw)
        case 2:
            return re.sub(rb"\d+ 0 R", lambda m: b"%d 0 R" % rng.randrange(40) if rng.random() < 0.15 else m[0], raw)
    found = _PDF.findall(raw)
    if rng.random() < 0.3:
        squeezed = zlib.compress(rng.choice((bytes(3_000_000), b"q " * 200_000, b"(a) Tj " * 50_000)))
        body = b"/Filter/FlateDecode/Length %d>>stream\n" % len(squeezed) + squeezed + b"\nendstream"
        return re.sub(rb"/Length \d+>>stream\n.*?\nendstream", lambda _: body, raw, count=1, flags=re.DOTALL)
    return b"".join(shuffled(rng, found, _WORDS, 12))
