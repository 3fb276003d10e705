"""Characters: the tables and patterns of their damage, and from traditional to simplified script."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .resources import data


@cache
def tables() -> dict[str, Any]:
    """Return the lists of `data/repair.yaml`, with its pairs of characters as mappings."""
    d = data("repair.yaml")
    pairs = {name: {pair[:-1]: pair[-1] for pair in d[name].split()} for name in ("characters", "readings")}
    by_sound = sorted((first.encode("gb2312"), syllable) for syllable, first in pairs["readings"].items())
    return {**d, **pairs, "by_sound": by_sound, "syllables": {*pairs["readings"], *d["rare_syllables"].split()}}


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern of `data/repair.yaml`, its names in braces filled in."""
    d = data("repair.yaml")
    parts = {**d["patterns"], "forms": "".join(tables()["characters"])}
    parts |= {key: "|".join(d[key]) for key in ("breaks", "codes", "entities")}
    parts["in_context"] = "|".join(f"({where})" for _, where in d["in_context"])
    parts["in_doubt"] = f"[{''.join(where[0] for _, where in d['in_context'])}]"
    source = parts[name]
    while (fuller := re.sub(r"{(\w+)}", lambda m: parts.get(m[1], m[0]), source)) != source:
        source = fuller
    return re.compile(source)


@cache
def _converter(between: str) -> Any:
    # To load its tables takes long, so that one is kept for each direction.
    import opencc

    return opencc.OpenCC(between)


@cache
def traditional(character: str) -> str:
    """Return the traditional form of a simplified character.

    >>> traditional("问")
    '問'
    """
    return _converter("s2t").convert(character)


def simplify(text: str) -> str:
    """Return text in simplified characters, one for one.

    >>> simplify("政府信息公開")
    '政府信息公开'
    """
    if _simple().fullmatch(text):
        return text
    # The characters that both scripts have are left alone where nothing else is traditional.
    return _in_context(text, text if _shared().fullmatch(text) else _converted(text))


def _simplified(text: str) -> str:
    try:
        return str(_converter("t2s").convert(text))
    except UnicodeEncodeError:
        # Half a character is none that OpenCC could read.
        parts = re.split("([\ud800-\udfff])", text)
        return "".join(part if n % 2 else _simplified(part) for n, part in enumerate(parts))


def _converted(text: str) -> str:
    simple = _simplified(text)
    if len(simple) != len(text):
        simple = "".join(s if len(s := _simplified(c)) == 1 else c for c in text)
    changed = {a for a, b in zip(text, simple, strict=True) if a != b} if simple != text else set()
    return text if changed <= set(tables()["shared"]) else simple.translate(str.maketrans(tables()["leftover"]))


def _in_context(text: str, simple: str) -> str:
    told = [
        (m.start(), int(m.lastindex or 0))
        for odd in pattern("in_doubt").finditer(text)
        if (m := pattern("in_context").match(text, odd.start()))
    ]
    if not told:
        return simple
    characters = list(simple)
    for at, where in told:
        characters[at] = tables()["in_context"][where - 1][0]
    return "".join(characters)


@cache
def meant() -> str:
    """Return the characters that repair leaves as they are, as the inside of a class: simplified ones that nothing is mistaken for,
    full-width signs and digits."""
    t = tables()
    doubtful = {*t["shared"], *t["leftover"], *t["characters"], *(where[0] for _, where in t["in_context"])}
    standard = "\n".join(bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    plain = {c for c, simple in zip(standard, _in_context(standard, _converted(standard)), strict=True) if c == simple != "\n"} - doubtful
    return f"{''.join(sorted(plain))}，。；：、！？（）《》“”‘’0-9%"


@cache
def _simple() -> re.Pattern[str]:
    """A text without a character that simplification changes."""
    return re.compile(f"[{_unchanged()}]*+")


@cache
def _shared() -> re.Pattern[str]:
    """A text whose only such characters are those that simplified text has too."""
    return re.compile(f"[{_unchanged()}{tables()['shared']}]*+")


@cache
def _unchanged() -> str:
    """Return the inside of the class of characters that simplification leaves: usual ones and signs."""
    return rf"{meant()}\x00-\x7f\xa0·\u2010-\u2027\u2030-\u205e①-⑳\u3000-\u3020！-～"


@cache
def as_meant() -> re.Pattern[str]:
    """One line that repair leaves as it is.

    >>> bool(as_meant().fullmatch("更新不及时，仅3次。")), bool(as_meant().fullmatch("信息公開"))
    (True, False)
    """
    # These signs are no blanks, no half-width punctuation and of no script: no step touches them.
    return re.compile(f"[{meant()}—…-]*+")


@cache
def as_shared() -> re.Pattern[str]:
    """One line of such characters and of those that both scripts have (覆盖, 显著): it needs no repair but of their script."""
    return re.compile(f"[{meant()}{tables()['shared']}]*+")


@cache
def half_spaced() -> re.Pattern[str]:
    """One line of all these with blanks and half-width punctuation among them: it needs no repair but of these and of its script.

    >>> bool(half_spaced().fullmatch("覆盖不全, 仅3次.")), bool(half_spaced().fullmatch("覆盖\\n不全"))
    (True, False)
    """
    return re.compile(rf"[{meant()}{tables()['shared']} \t\u3000\xa0.,;:?!()—…-]*+")


@cache
def spaced() -> re.Pattern[str]:
    """One line of such characters with blanks among them: it needs no repair but of the blanks."""
    return re.compile(rf"[{meant()} \t\u3000\xa0]*+")
