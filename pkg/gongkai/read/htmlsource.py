"""The source of a web page: its bytes decoded, what parsers stumble over taken out, and the tree with a count of what it lost."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from .extract import ReadError
from .htmlpage import han, names
from .limits import Limits
from .text import UndecodableError, decode

# Bytes that no encoding explains may make up this share of the Chinese characters, and null bytes this share of the text.
_BROKEN, _NULLS = 0.2, 0.01
_WIDE_BYTE = re.compile(rb"[\x80-\xff]")
_LONG_HEAD = 10_000
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_REPLACED = re.compile("\ufffd+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_TAG = re.compile(r"""<[a-zA-Z/!?](?:[^<>"']++|"[^"<]*+"|'[^'<]*+'|["'])*+>?""")
_ENDS = re.compile(r"</(?:html|body)\b[^<>]*+>?", re.IGNORECASE)
_SUBSET = re.compile(r"<!DOCTYPE[^<>\[]*+\[", re.IGNORECASE)
_SUBSET_END = re.compile(r"\]\s*+>")
_ELEMENT = re.compile("<[a-zA-Z]")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_UNSEEN = re.compile(r"<(?:!--|(script|style)\b)", re.IGNORECASE)
_ENDLESS = re.compile(r"<([a-zA-Z][\w:-]*+)[^<>]{20000,}+>?")
_ATTRIBUTES = 500
# Elements whose content is no markup: one that never ends takes the rest of the page with it.
_SWALLOWING = ("title", "textarea", "iframe", "xmp")
_LONG_NUMBER = re.compile("&#[xX]?[0-9a-fA-F]{9,}+;?")
# libxml2 stops at this depth, the second one where it is told to take huge trees.
_DEEPEST, _DEEPEST_HUGE = 250, 2000
_LARGEST_TEXT = 10_000_000
_LOST, _LOST_SHARE = 20, 0.01


def source_of(raw: bytes) -> tuple[str, list[str]]:
    """Return the source of a page and what was odd about its bytes, whatever encoding the page declares.

    Raises UndecodableError for what is no text.
    """
    # An encoding is judged by the beginning of a file; that of a page can be all script.
    first = _WIDE_BYTE.search(raw, _LONG_HEAD)
    start = first.start() if first and raw[: first.start()].isascii() and b"\x00" not in raw[: first.start()] else 0
    try:
        text, what = raw[:start].decode("ascii") + decode(raw[start:]), "the file"
    except UndecodableError:
        mended = _mended(raw)
        if mended is None:
            raise
        text, what = mended
    lost, nulls = len(_REPLACED.findall(text)), text.count("\x00")
    if not lost and not nulls:
        return text, []
    return text, [f"{what} is damaged: {lost} places could not be decoded and stand as \ufffd, {nulls} null bytes were left out"]


def _mended(raw: bytes) -> tuple[str, str] | None:
    """Decode with replacement in the encoding that explains the bytes best, with its name; None where none explains enough."""
    tried = []
    for name in [_BOMS[raw[:2]]] if raw[:2] in _BOMS else ["utf-8", "gb18030", "big5hkscs"]:
        text = raw.decode(name, "replace")
        tried.append((len(_REPLACED.findall(text)), text, name))
    for broken, text, name in sorted(tried, key=lambda t: t[0]):
        if broken > _BROKEN * han(text) or text.count("\x00") > _NULLS * len(text):
            continue
        # The bytes without the broken ones are judged as those of any other file.
        if _agreed(raw.decode(name, "ignore").replace("\x00", ""), name):
            return text, f"the file ({name.upper()})"
    return None


def _agreed(text: str, encoding: str) -> bool:
    try:
        return decode(text.encode(encoding)).lstrip("\ufeff") == text.lstrip("\ufeff")
    except UndecodableError:
        return False


def cleaned(source: str) -> str:
    """Return the source without what makes parsers lose text: control characters, ends of the body before the end, DTDs."""
    source = _CONTROLS.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    if not _TAG.search(source):
        return f"<pre>{escape(source)}</pre>"
    if source.lstrip("\ufeff \n\t").startswith("<?xml"):
        head, *rest = source.split(_CDATA)
        source = head + "".join(escape(inside) + after for inside, _, after in (part.partition(_CDATA_END) for part in rest))
    if subset := _SUBSET.search(source):
        end = _SUBSET_END.search(source, subset.end())
        if end and not _ELEMENT.search(source, subset.end(), end.end()):
            source = source[: subset.start()] + source[end.end() :]
    for tag in _SWALLOWING:
        if not re.search(f"</{tag}", source, re.IGNORECASE):
            source = re.sub(rf"<{tag}\b[^<>]*+>", "", source, flags=re.IGNORECASE)
    source = _ENDS.sub("", source)
    return _ENDLESS.sub(lambda m: f"<{m[1]}>" if m.group().count("=") > _ATTRIBUTES else m.group(), source)


def tree_of(source: str, limits: Limits) -> tuple[Any, list[str]]:
    """Parse a cleaned source; returns the root, None where there is nothing, and warnings. Raises ReadError past `limits.depth`."""
    root, depth = _parsed(source, limits)
    if depth > limits.depth:
        # Bold type that is opened a thousand times and never closed is no structure.
        looks = re.compile(rf"</?(?:{'|'.join(sorted(names('looks')))})(?=[\s/>])[^<>]*+>?", re.IGNORECASE)
        root, depth = _parsed(looks.sub("", source), limits)
    if depth > limits.depth:
        raise ReadError(f"its elements are nested deeper than the limit of {limits.depth}", "raise it: --limit depth=NUMBER")
    if root is None:
        return None, []
    unseen = sum(han("".join(e.itertext())) for e in root.iter("script", "style"))
    there = han(unescape(_LONG_NUMBER.sub("", _TAG.sub("", _seen(source)))))
    parsed = han("".join(root.itertext())) - unseen
    lost = there - parsed
    if lost > max(_LOST, _LOST_SHARE * there):
        return root, [
            f"{lost} of the {there} Chinese characters of the file stand where no reader sees them: a tag, comment or script never ends"
        ]
    return root, []


def _parsed(source: str, limits: Limits) -> tuple[Any, int]:
    """The root of a source and how deep its elements go; deeper ones than the limit and some are cut off."""
    from lxml import etree

    # Huge trees cost time for each level: they are only asked for where the limits allow them.
    raw = source.encode("utf-8", "replace")
    huge = limits.depth > _DEEPEST or len(raw) > _LARGEST_TEXT
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=huge)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        return None, 0
    depth = deepest = 0
    if root is not None:
        for event, _ in etree.iterwalk(root, events=("start", "end")):
            depth += 1 if event == "start" else -1
            deepest = max(deepest, depth)
    if deepest >= _DEEPEST_HUGE:
        deepest = max(deepest, limits.depth + 1)
    return root, deepest


def _seen(source: str) -> str:
    """The source without comments, scripts and styles that end; one that does not end hides what comes after it."""
    parts, at = [], 0
    for m in _UNSEEN.finditer(source):
        if m.start() < at:
            continue
        if m[1]:
            close = re.compile(rf"</{m[1]}\b", re.IGNORECASE).search(source, m.end())
            end = close.start() if close else -1
        else:
            end = source.find("-->", m.start() + 2) + 3
        if end < m.end():
            break
        parts.append(source[at : m.start()])
        at = end
    return "".join(parts) + source[at:]
