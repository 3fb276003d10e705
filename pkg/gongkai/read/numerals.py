"""Numbers and bullets as Word writes them: 一, （一）, ①, IV, and the signs of picture fonts."""

from __future__ import annotations

from ..resources import data

# Letters repeat past z: aa, bb; so long runs of them end here.
_LETTERS = 26 * 30
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"),
          (4, "iv"), (1, "i"))  # fmt: skip


def numeral(n: int, style: str) -> str:
    """Write a number the way a number format of Word does.

    >>> [numeral(n, "chineseCounting") for n in (3, 10, 21)], numeral(4, "upperRoman"), numeral(12, "decimalEnclosedCircle")
    (['三', '十', '二十一'], 'IV', '⑫')
    """
    known = data("numbering.yaml")
    if style == "none":
        return ""
    if style in known["signs"]:
        signs = known["signs"][style]
        return signs[n - 1] if 0 < n <= len(signs) else str(n)
    if style in known["digits"]:
        return "".join(known["digits"][style][int(d)] for d in str(n))
    if style in known["counting"]:
        return _counted(n, **known["counting"][style])
    if style in ("lowerLetter", "upperLetter") and 0 < n <= _LETTERS:
        letters = chr(ord("a") + (n - 1) % 26) * ((n - 1) // 26 + 1)
        return letters if style == "lowerLetter" else letters.upper()
    if style in ("lowerRoman", "upperRoman") and n > 0:
        return _roman(n) if style == "lowerRoman" else _roman(n).upper()
    return f"{n:02}" if style == "decimalZero" else str(n)


def _roman(n: int) -> str:
    out = []
    for value, letters in _ROMAN:
        out.append(letters * (n // value))
        n %= value
    return "".join(out)


def _counted(n: int, digits: str, units: str, above: int, bare: dict[str, str], gap: bool) -> str:
    written = str(n)
    if n == 0 or n >= above:
        return "".join(digits[int(d)] for d in written)
    out: list[str] = []
    for place, d in zip(range(len(written) - 1, -1, -1), written, strict=True):
        unit = units[place - 1] if place else ""
        if d == "0":
            if gap and out[-1] != digits[0]:
                out.append(digits[0])
        elif d == "1" and unit and (unit in bare.get("always", "") or (not out and unit in bare.get("first", ""))):
            out.append(unit)
        else:
            out.append(digits[int(d)] + unit)
    return "".join(out).rstrip(digits[0])


def symbol(character: str, font: str | None) -> str | None:
    """Return what a font of pictures shows for a character; None where that is not known.

    >>> symbol(chr(0xF0FE), "Wingdings"), symbol("●", None), symbol(chr(0xF001), "Webdings")
    ('☑', '●', None)
    """
    if not "\ue000" <= character <= "\uf8ff":
        return character
    return data("numbering.yaml")["symbols"].get(font, {}).get(ord(character))
