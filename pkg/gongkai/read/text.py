"""Decode plain text and Markdown: BOM, UTF-16, UTF-8, then GB18030 or Big5 by how common their characters are."""

from __future__ import annotations

import codecs
from functools import cache

from ..resources import resource_text
from .extract import ReadError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "Word or ZIP"),
    (b"\xd0\xcf\x11\xe0", "old Word (.doc, .wps)"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"{\\rtf", "RTF"),
)
_SAMPLE = 20_000


class UndecodableError(ReadError):
    """Bytes that are no text in an encoding gongkai knows; `cure` says what helps."""


@cache
def _common() -> frozenset[str]:
    return frozenset(resource_text("common_characters.txt").strip())


def _likeness(text: str) -> float:
    """Share of common characters among the non-ASCII ones of a sample (0-1)."""
    wide = [c for c in text[:_SAMPLE] if ord(c) > 0x7F]
    known = _common()
    return sum(c in known or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in wide) / len(wide) if wide else 1.0


def _utf16_without_bom(raw: bytes) -> str | None:
    """Name the byte order of UTF-16 without a BOM, from where the zero bytes of its ASCII stand or how common its characters are."""
    if len(raw) % 2:
        return None
    best = max(("utf-16-le", "utf-16-be"), key=lambda e: _likeness(raw[:_SAMPLE].decode(e, "ignore")))
    text = raw[:_SAMPLE].decode(best, "ignore")
    return best if "\x00" not in text and _likeness(text) > 0.3 and any(ord(c) > 0x7F for c in text) else None


def decode(raw: bytes) -> str:
    """Decode bytes, changing nothing but the encoding; line ends stay as they are.

    Raises UndecodableError for empty and binary files and for unknown encodings.

    >>> decode("政府信息公开".encode("gb18030"))
    '政府信息公开'
    """
    text = _decoded(raw)
    if not text.strip().strip("\ufeff"):
        raise UndecodableError("the file is empty", "save the report again; there is nothing in this file")
    return text


def _decoded(raw: bytes) -> str:
    if not raw.strip():
        return ""
    for magic, name in _MAGIC:
        if raw.startswith(magic):
            raise UndecodableError(f"this is a {name} file, not text", "save it as text (.txt, UTF-8) first")
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _strictly(raw, encoding)
    if b"\x00" in raw[:_SAMPLE]:
        if order := _utf16_without_bom(raw):
            return _strictly(raw, order)
        raise UndecodableError("this is a binary file, not text", "give a text file, or save it as text (.txt, UTF-8)")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place, at_end = error.start, error.reason == "unexpected end of data"
    texts = []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            texts.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    if order := _utf16_without_bom(raw):
        texts.append(raw.decode(order, "ignore"))
    best = max(texts, key=_likeness, default=None)
    if best is None or _likeness(best) < 0.3:
        before = raw[:place].decode("utf-8")
        if not before.isascii() and _likeness(before) >= 0.3:
            raise _broken_utf8(place, at_end)
        raise UndecodableError("not readable as UTF-8, UTF-16, GB18030 or Big5", "open it in an editor and save it as UTF-8")
    return best


def _broken_utf8(place: int, at_end: bool) -> UndecodableError:
    if at_end:
        return UndecodableError("ends inside a character (UTF-8), so that it is cut short", "copy or download the file again")
    return UndecodableError(f"starts like utf-8 but breaks at byte {place}", "the file is damaged; save it again as UTF-8")


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"starts like {encoding} but breaks at byte {error.start}"
        raise UndecodableError(reason, "the file is damaged; save it again as UTF-8") from error
