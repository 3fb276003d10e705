"""XML of strangers, read without trusting it; and our own, written so that the same study gives the same bytes."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .rows import ExchangeError

CODEBOOK, PROJECT = "urn:QDA-XML:codebook:1.0", "urn:QDA-XML:project:1.0"
_SPACE = uuid.UUID("b0b6f5a2-4d0e-5f4e-9a6f-2a3d1c7e8b90")
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
# What XML 1.0 cannot hold.
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def guid(*parts: object) -> str:
    """Return the GUID of a thing; the same thing has the same one in every export.

    >>> guid("code", "depth") == guid("code", "depth") != guid("code", "coverage")
    True
    """
    return str(uuid.uuid5(_SPACE, "\x1f".join(map(str, parts))))


def bare(value: str | None) -> str:
    """Return a GUID without braces, in small letters; empty where it is none.

    >>> bare("{0A0B0C0D-0000-1111-2222-333344445555}")
    '0a0b0c0d-0000-1111-2222-333344445555'
    """
    found = _GUID.fullmatch((value or "").strip())
    return found[1].lower() if found else ""


def fit(text: str) -> str:
    """Return a text with `�` for what XML cannot hold."""
    return _UNFIT.sub("\ufffd", text)


def parse(raw: bytes, name: str) -> Any:
    """Return the root of an XML file; nothing outside of it is opened. Raises ExchangeError for damage and for a DTD."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw.lstrip(b"\xef\xbb\xbf"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ExchangeError("xe_xml", name=name, error=error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ExchangeError("xe_entities", name=name)
    return root


def local(element: Any) -> str:
    """Return the name of an element without its namespace, which programs write in several ways."""
    return str(element.tag).rpartition("}")[2]


def children(element: Any, name: str) -> list[Any]:
    """Return the children of an element that have a name."""
    return [c for c in element if local(c) == name] if element is not None else []


def child(element: Any, name: str) -> Any:
    """Return the first child of a name, or None."""
    return next(iter(children(element, name)), None)


def text_of(element: Any) -> str:
    """Return the text of an element, empty where it is missing."""
    return (element.text or "") if element is not None else ""


def written(root: Any) -> bytes:
    """Return an element as an XML file."""
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
