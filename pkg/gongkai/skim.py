"""Which lines of a text may hold a heading, told at a glance from their characters, by machine code where that is at work anyway."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from . import skimcode as code
from .compiled import compiled, installed
from .glance import BLANK, ENUMERATES, SHORTEST, no_words, plain, steady
from .titles import glances, no_heading_words, retrospect_begins, words

_CLASSES = {
    code.TOP: r"[第一二三四五六七八九十—－–\[]", code.DIGIT: r"\d", code.BEFORE: r"[ \t\u3000\xa0\ufeff>#*]", code.DASH: "-",
    code.GAP: r"[ \t]", code.SPACE: r"\s", code.FIGURE: "[0-9]", code.NUMERAL: "[一二三四五六七八九十]", code.STOP: "[、．.]",
    code.OPENS: "[（(]", code.CLOSES: "[）)]", code.IS: "是", code.ORDINAL: "第", code.YEAR: "年", code.PAUSE: "，", code.NOT: "否",
    code.END: "[《》“”，。；：！？]",
}  # fmt: skip
_LINE = re.compile(rf"[^\r\n]{{{SHORTEST},}}")


def lines(text: str) -> Sequence[Sequence[int]]:
    """Return where the lines stand that may hold a heading, maybe with others: all of them where nothing tells them apart at a glance."""
    # To load numba for this alone would take longer than it saves.
    return _by_machine(text) if "numba" in sys.modules and _starts() else _by_length(text)


def _by_length(text: str) -> list[tuple[int, int]]:
    return [line.span() for line in _LINE.finditer(text)]


def _by_machine(text: str) -> list[list[int]]:
    # Behind the last line there is a line end, too.
    codes = np.frombuffer((text + "\n").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    found = np.empty((len(text) // (SHORTEST + 1) + 1, 2), dtype=np.int64)
    n = compiled("skimcode").skim(codes, signs(), found)
    spans: list[list[int]] = found[:n].tolist()
    return spans


@cache
def _starts() -> bool:
    """Whether the machine code can be had here; what numba fails at on a machine costs time only."""
    try:
        return installed() and _by_machine("一、总体情况") == [[0, 6]]
    except Exception:
        return False


@cache
def signs() -> np.ndarray:
    """Return all that the machine code reads, `(n,)`: what each character is, which first characters of a head go with which second
    ones, and the words of titles as a trie. One array, because each that is handed on costs time."""
    trie, letters = _trie()
    numbers, pairs = _characters(letters)
    return np.concatenate((numbers, [pairs.shape[1], trie.shape[1], code.PAIRS + pairs.size], pairs.ravel(), trie.ravel()))


def _characters(letters: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """The number of each character, `(65536,)`, and which of the first characters of a head go with which of the second."""
    everything = "".join(map(chr, range(code.HIGH)))
    numbers = np.zeros(code.HIGH, dtype=np.int64)
    others, steady_ = (f"[{''.join(sorted(those))}]" for those in (no_words(), steady() - set(ENUMERATES) - {"部"}))
    sure, back = f"[{''.join(sorted(steady()))}、]", f"[{''.join(steady() & set(retrospect_begins()))}]"
    known = {code.BLANK: BLANK, code.PLAIN: plain(), code.OTHER: others, code.STEADY: steady_, code.SURE: sure, code.LOOKS_BACK: back}
    for sign, those in {**_CLASSES, **known}.items():
        numbers[[ord(c) for c in re.findall(those, everything)]] |= sign
    # The last one stands for all beyond.
    numbers[-1] |= code.TOP
    places = [{c: n for n, c in enumerate(sorted({c for pair in glances() for c in pair[i]}), 1)} for i in (0, 1)]
    for place, shift in zip(places, (code.FIRST, code.SECOND), strict=True):
        for c, n in place.items():
            numbers[ord(c)] |= n << shift
    for c, n in letters.items():
        numbers[ord(c)] |= n << code.LETTER
    pairs = np.zeros([len(place) + 1 for place in places], dtype=np.int64)
    for pair in glances():
        pairs[np.ix_(*([place[c] for c in either] for place, either in zip(places, pair, strict=True)))] = 1
    return numbers, pairs


def _trie() -> tuple[np.ndarray, dict[str, int]]:
    """The edge from each node by each letter, 0 for none, and the numbers of the letters."""
    told = {word: code.WORD | code.HEAD * tells for word, tells in words().items()}
    for word in no_heading_words():
        told[word] = told.get(word, 0) | code.NONE
    nodes: dict[str, int] = {"": 0}
    for word in told:
        for n in range(len(word)):
            nodes.setdefault(word[: n + 1], len(nodes))
    letters = {c: n for n, c in enumerate(sorted(set("".join(told))), 1)}
    edges = np.zeros((len(nodes), len(letters) + 1), dtype=np.int64)
    for run, node in nodes.items():
        if run:
            edges[nodes[run[:-1]], letters[run[-1]]] = node << code.NODE | code.EDGE | told.get(run, 0)
    return edges, letters
