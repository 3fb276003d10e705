"""The words of the HTML page: both languages side by side, numbers filled in, and what is safe to put where."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from ..codebook import Codebook
from ..resources import data

_SLOT = re.compile(r"\{(\w+)(?:\?([^:}]*):([^}]*))?\}")
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def two(zh: object, en: object) -> Markup:
    """Return a text in both languages; the style sheet shows the one of the page."""
    if str(zh) == str(en):
        return escape(zh)
    return Markup('<span class="zh" lang="zh-Hans">{}</span><span class="en" lang="en">{}</span>').format(zh, en)


def fill(pattern: str, values: Mapping[str, object]) -> str:
    """Put values into `{name}` and the word that fits a number into `{name?one:many}`.

    >>> fill("{n} {n?report:reports}", {"n": 1}), fill("{n} {n?report:reports}", {"n": 1200})
    ('1 report', '1,200 reports')
    """

    def put(m: re.Match[str]) -> str:
        value = values[m[1]]
        if m[2] is not None:
            return m[2] if value == 1 else m[3]
        return f"{value:,}" if isinstance(value, int) else str(value)

    return _SLOT.sub(put, pattern)


def say(key: str, /, **values: Any) -> Markup:
    """Return a text of `page.yaml` in both languages; a value that differs between them is given as a pair (zh, en)."""
    texts = data("page.yaml")["ui"][key]
    zh, en = ({k: v[i] if isinstance(v, tuple) else v for k, v in values.items()} for i in (0, 1))
    return two(fill(texts["zh"], zh), fill(texts["en"], en))


def label(book: Codebook, code: str) -> Markup:
    """Return the name of a role or theme in both languages."""
    return two(book.label(code, "zh"), book.label(code, "en"))


def translated(text: str) -> str:
    """Return what the Chinese page says for an English message of another room; the message itself where nobody has put it."""
    for pattern, zh in data("page.yaml")["messages"]:
        if m := re.fullmatch(pattern, text):
            return m.expand(zh)
    return text


def message(text: object) -> Markup:
    """Return a message of another room in both languages."""
    return two(translated(str(text)), str(text))


def inline_json(value: object) -> str:
    """Return JSON that is safe inside a `<script>` element: nothing in it can end the element or a line."""
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def named(note: str, book: Codebook) -> str:
    """Return a coder's note with the ids of themes as people see them."""
    ids = "|".join(map(re.escape, book.theme_ids))
    return re.sub(rf" ?(?<![A-Za-z0-9_])({ids})(?![A-Za-z0-9_])", lambda m: f"“{book.label(m[1])}”", note)
