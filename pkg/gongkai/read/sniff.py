"""What a file is, by its first bytes; its ending only decides where they leave it open."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache

from ..resources import data
from .extract import ReadError

HEAD = 4096
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|table|div|p)\b", re.IGNORECASE)
_MIME = re.compile(rb"\A\s*(?:From:|MIME-Version:|Content-Type:\s*multipart/related)", re.IGNORECASE)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_OTHERS = ((b"Rar!", "a RAR archive"), (b"7z\xbc\xaf", "a 7z archive"), (b"\x1f\x8b", "a gzip file"))


@cache
def kinds() -> dict[str, str]:
    """Return the kind of reader for each ending: text, html, mht, word, office, pdf, archive, rows."""
    return {ending: kind for kind, endings in data("reading.yaml")["endings"].items() for ending in endings}


def kind_of(raw: bytes, ending: str) -> tuple[str, str]:
    """Return the kind of reader for a file's bytes and the ending that fits them; a wrong ending is common and does no harm.

    Raises ReadError for pictures and archives that no reader opens.

    >>> kind_of(b"%PDF-1.7 ...", ".doc"), kind_of("一、总体情况".encode(), ".txt")
    (('pdf', '.pdf'), ('text', '.txt'))
    """
    head = raw[:HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf", ".pdf"
    if head.startswith(_OLE):
        return "office", ending if ending in (".doc", ".wps") else ".doc"
    if head.startswith(b"{\\rtf"):
        return "office", ".rtf"
    if head.startswith(_ZIP):
        return _zipped(raw, ending)
    if head.startswith(_PICTURES):
        raise ReadError("this is a picture, not a text", "put it into a PDF and read that with --ocr")
    for magic, name in _OTHERS:
        if head.startswith(magic):
            raise ReadError(f"this is {name}", "unpack it and give the files, or pack them as .zip")
    if _MIME.match(head) and b"multipart/related" in raw[: 4 * HEAD].lower():
        return "mht", ".mht"
    known = kinds().get(ending, "text")
    plain = head.replace(b"\x00", b"")
    if known in ("html", "mht") or (ending not in (".md", ".markdown") and _PAGE.search(plain) and _marked_up(plain)):
        return "html", ".html"
    return "text", ending if known == "text" else ".txt"


def _marked_up(head: bytes) -> bool:
    return bool(re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<", head))


def _zipped(raw: bytes, ending: str) -> tuple[str, str]:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(raw)).namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ("archive", ".zip") if kinds().get(ending) == "archive" else ("word", ".docx")
    for folder, name in (("xl/", "an Excel workbook"), ("ppt/", "a PowerPoint presentation")):
        if "[Content_Types].xml" in names and any(n.startswith(folder) for n in names):
            raise ReadError(f"this is {name}, not a text", "save the report as .docx or .pdf")
    if "mimetype" in names and "content.xml" in names:
        return "office", ".odt"
    inside_office = "[Content_Types].xml" in names or any(n.startswith("word/") for n in names)
    return ("word", ".docx") if inside_office or kinds().get(ending) in ("word", "office") else ("archive", ".zip")
