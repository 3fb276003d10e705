"""Open a .docx without trusting it: what it inflates to is counted, and only the parts that are read are handed on."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from posixpath import join, normpath, split
from typing import Any

from .extract import ReadError
from .limits import Limits

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNLOCK = "open it with its password, take the password off and save it again"
SAVE_AGAIN = "open it in Word or LibreOffice and save it again as .docx"

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PIECE = 1 << 20
# How the text of a .doc begins, at the beginning of a sector of the file; a bit in it says that the text is encrypted.
_OLD_WORD, _SECTOR = re.compile(rb"\xec\xa5[\xc0-\xd9\x01\x0c\x12][\x00\x01]"), 512
_ENCRYPTED = 1
# The parser itself goes no deeper.
_DEEPEST = 256
_OTHERS = {"xl/": "an Excel workbook", "ppt/": "a PowerPoint presentation", "mimetype": "an OpenDocument or EPUB file"}
# The namespaces of ISO/IEC 29500 Strict and those of the Transitional form that all programs write.
_STRICT, _TRANSITIONAL = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)"), rb"http://schemas.openxmlformats.org/\1/2006/\2"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_READ = ("styles", "numbering")

_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{}</Types>"""
_TYPE = '<Override PartName="/{0}.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{1}+xml"/>'
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATED = f'<Relationship Id="{{0}}" Type="{_OFFICE}/{{1}}" Target="{{0}}.xml"/>'


@dataclass(frozen=True, slots=True)
class Parts:
    """The XML of a Word file: the document, and its styles and numbering where it has them."""

    document: Any
    styles: Any = None
    numbering: Any = None


def open_package(raw: bytes, limits: Limits) -> Parts:
    """Open a .docx and return its parts as elements of python-docx.

    Raises ReadError for what is no Word file, is protected or larger than `limits` allow, and whatever zipfile, lxml and python-docx
    raise for damaged files.
    """
    if is_protected(raw):
        raise ReadError("is protected by a password", UNLOCK)
    if raw.startswith(OLE):
        raise ReadError("is an old Word file (.doc), not a .docx", "give it the ending .doc")
    if not raw.startswith(_ZIP):
        raise ReadError("is no Word file (.docx)", f"check what the file is and give it its own ending, or {SAVE_AGAIN}")
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        _measure(archive, limits)
        members = {_name(member.filename): member for member in archive.infolist()}
        main = _target(archive, members, "", "officeDocument") or "word/document.xml"
        if main not in members or main.startswith(tuple(_OTHERS)):
            raise _no_word(members)
        found = {kind: _target(archive, members, main, kind) for kind in _READ}
        names = {"document": main} | {kind: name for kind, name in found.items() if name in members}
        xml = {kind: _STRICT.sub(_TRANSITIONAL, archive.read(members[name])) for kind, name in names.items()}
    parts = _parsed(xml)
    for part in (parts.document, parts.styles, parts.numbering):
        if part is not None:
            _check(part, limits)
    return parts


def is_protected(raw: bytes) -> bool:
    """Say whether bytes are a .doc with a password, or the shell that a password puts around a .docx."""
    if not raw.startswith(OLE):
        return False
    begin = next((m.start() for m in _OLD_WORD.finditer(raw) if m.start() % _SECTOR == 0), len(raw))
    return "EncryptedPackage".encode("utf-16-le") in raw or bool(raw[begin + 11 : begin + 12] and raw[begin + 11] & 1)


def _measure(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Inflate every member once, piece by piece and keeping nothing, since the sizes that a ZIP declares may be false."""
    members = archive.infolist()
    if len(members) > limits.members:
        raise ReadError(
            f"holds {len(members)} members, more than {limits.members}", f"raise the limit (--limit members=NUMBER), or {SAVE_AGAIN}"
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise ReadError("is protected by a password", UNLOCK)
    left = limits.inflated << 20
    for member in members:
        # A picture that is damaged or packed in an unknown way takes no text away.
        with suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError), archive.open(member) as stream:
            while piece := stream.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise ReadError(
                        f"inflates to more than {limits.inflated} MB", "raise the limit if you trust the file: --limit inflated=NUMBER"
                    )


def _name(path: str) -> str:
    """Return the name of a member; some programs write it with backslashes, and its case does not count."""
    return normpath(path.replace("\\", "/").lstrip("/")).lower()


def _no_word(names: Iterable[str]) -> ReadError:
    if any(name.startswith("word/") for name in names):
        return ReadError("is a damaged Word file: its text (word/document.xml) is missing", SAVE_AGAIN)
    for start, what in _OTHERS.items():
        if any(name.startswith(start) for name in names):
            return ReadError(f"is {what}, no Word file (.docx)", "save the report as .docx")
    return ReadError("is a ZIP archive, no Word file (.docx)", "give it the ending .zip if reports are packed in it")


def _target(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], source: str, kind: str) -> str | None:
    """Return the member that a part (`""`: the package) is related to in this way."""
    from docx.oxml.parser import parse_xml

    folder, name = split(source)
    relations = members.get(join(folder, "_rels", f"{name}.rels"))
    if relations is None:
        return None
    for relation in parse_xml(archive.read(relations)).iterchildren(_RELATION):
        if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External":
            return _name(join("/", folder, relation.get("Target", "")))
    return None


def _parsed(parts: Mapping[str, bytes]) -> Parts:
    """Parse the parts with python-docx.

    It gets a package of these parts alone: in the whole one it follows every relationship, loads every picture, and fails where one
    leads nowhere or the file is a template or holds macros.
    """
    import docx

    with BytesIO() as file:
        with zipfile.ZipFile(file, "w") as package:
            types = [_TYPE.format(kind, "document.main" if kind == "document" else kind) for kind in parts]
            package.writestr("[Content_Types].xml", _TYPES.format("".join(types)))
            package.writestr("_rels/.rels", _RELATIONS.format(_RELATED.format("document", "officeDocument")))
            related = [_RELATED.format(kind, kind) for kind in parts if kind != "document"]
            package.writestr("_rels/document.xml.rels", _RELATIONS.format("".join(related)))
            for kind, xml in parts.items():
                package.writestr(f"{kind}.xml", xml)
        part = docx.Document(file).part
    found = {kind: part.part_related_by(f"{_OFFICE}/{kind}").element for kind in parts if kind != "document"}  # type: ignore[attr-defined]
    return Parts(part.element, **found)


def _check(part: Any, limits: Limits) -> None:
    if part.getroottree().docinfo.internalDTD is not None:
        raise ReadError("declares entities of its own, which no Word file does", "do not trust this file; ask for another copy")
    if limits.depth < _DEEPEST and part.xpath(f"boolean({'/*' * (limits.depth + 1)})"):
        raise ReadError(f"nests its elements more than {limits.depth} deep", f"raise the limit (--limit depth=NUMBER), or {SAVE_AGAIN}")
