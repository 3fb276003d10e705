"""A first look at lines, which tells most of those that can hold no heading before anything is repaired."""

from __future__ import annotations

import re
from functools import cache

from .script import meant, spaced
from .titles import has_head, longest_word, not_headings, retrospect_begins, title_glance, word, word_pairs, word_starts

BLANK = r"[ \t\u3000\xa0]"
LEAD = r"(?:[ \t\u3000\xa0\ufeff>#*]|-(?=[ \t])|\[bookmark:[^\]\n]{0,80}\])*+"
_BEFORE = r"(?:[ \t\u3000\xa0\ufeff>#*-]|\[bookmark:[^\]\n]{0,80}\])*"
_TOP = re.compile(_BEFORE + "(?:第?[ ]?[一二三四五六七八九十]|[—－–])")
_DIGIT = re.compile(_BEFORE + r"\d")
SHORTEST, UNNUMBERED = 3, 60
INLINE = re.compile(
    r"[一二三四五六七八九十](?<![第（(〔\[一二三四五六七八九十].)[一二三四五六七八九十]?"
    r"[ \u3000]{0,3}[、．.][ \u3000]{0,3}(?=[^\s\d]|20\d\d年)"
)
INLINE_FROM = 12
# How much of a line may show a heading that it begins with, and how long one of other words than those of titles is.
LONGEST, LONGEST_BARE = 160, 30
# Enumerators that no section has, and what other lines than headings begin with behind an enumerator that a section may have.
_ITEM = r"[（(] ?[一二三四五六七八九十]{1,3} ?[）)]|[①-⑳]|[一二三四五六七八九十]{1,2}是(?![ \t\u3000\xa0否])"
_NUMBERED = r"[一二三四五六七八九十]{1,3}[、．.]"
# How much of a line shows what it begins with.
_BEGINNING = 40
# How the enumerators begin that sections have, in characters that repair leaves as they are.
ENUMERATES = "一二三四五六七八九十第其首再最"


def may_be(line: str) -> bool:
    """Say, from a glance, whether a line can hold a heading: one that is numbered, or words of a title where it is numbered otherwise."""
    if _TOP.match(line):
        return True
    glance = title_glance()
    if _DIGIT.match(line) or (len(line) > INLINE_FROM and INLINE.search(line)):
        return bool(glance.search(line)) or not _plain().fullmatch(line)
    return SHORTEST <= len(line) <= UNNUMBERED and bool(glance.search(line))


def plain() -> str:
    """Return the class of the characters that join nothing when repaired."""
    return f"[{meant()},.;:/|-]"


@cache
def _plain() -> re.Pattern[str]:
    """A line in which repair joins no characters but over single blanks."""
    return re.compile(rf"{BLANK}*+(?:{plain()}++|{BLANK}(?!{BLANK})|{BLANK}++(?=[0-9]|\Z))*+")


@cache
def steady() -> frozenset[str]:
    """Return the Chinese characters that repair leaves as they are, wherever they stand."""
    return frozenset(c for c in meant() if "一" <= c <= "鿿")


@cache
def no_words() -> frozenset[str]:
    """Return those that no title and no enumerator begins with."""
    return steady() - word_starts() - frozenset(ENUMERATES)


@cache
def _otherwise() -> re.Pattern[str]:
    """A line that begins like no heading, unless there is a head in the group `run` of title words: it need not be repaired."""
    other, any_ = "".join(sorted(no_words())), "".join(sorted(steady()))
    # No word begins with one character, or with two; nor, where the last word ended, with so many that no blank can hide it, or with
    # all that are left.
    halt = rf"[{other}]|(?![一二]|{'|'.join(sorted(word_pairs()))})[{any_}][{any_}]"
    none = rf"{halt}|\*{{0,3}}+[《》“”，。；：！？]|[{meant()}]{{{longest_word()}}}|[{meant()}]*+\Z"
    # Behind a title in a sentence stand more characters than a year in it has figures.
    sentence = rf"(?P<sentence>(?={halt})[{any_}、，；]{{5}})"
    run = rf"(?!{retrospect_begins()})(?P<run>(?:{word().pattern})*+)(?={sentence}|{none})"
    # Enumerators of other kinds than 1、 are left to be read.
    uncounted = r"(?![一二三四五六七八九十第]|其[次一二三四五六七八九十]|首先|再次|最后)"
    counted = rf"(?P<count>[0-9]{{1,2}}[、．.]\*{{0,3}}+)|(?=[0-9]{{4}}年|[一-鿿]){uncounted}"
    never = rf"{_ITEM}|{_NUMBERED}(?:{not_headings()})|[（(](?![{ENUMERATES}])[{any_}]|第[{ENUMERATES}]{{1,3}}(?![部{ENUMERATES}])[{any_}]"
    return re.compile(f"{never}|[{other}《》“”，。；：！？]|(?:{counted}){run}")


def begins_otherwise(line: str, start: int) -> bool:
    """Say whether the words at `start`, behind 1、 if there is such a number, are no title, so that the line need not be repaired."""
    marked = "#" in line[:start]
    if _without_title(line, start, marked):
        return True
    beginning = line[start : start + _BEGINNING]
    if not spaced().fullmatch(beginning):
        return False
    # Repair takes the blanks out, but for some between figures.
    return _without_title("".join(beginning.split()) + ("\0" if len(line) > start + _BEGINNING else ""), 0, marked)


def _without_title(line: str, start: int, marked: bool) -> bool:
    m = _otherwise().match(line, start)
    if m is None:
        return False
    run, sentence, count = m.group("run", "sentence", "count")
    # A title in a sentence is none where it has neither number nor mark.
    in_sentence = sentence is not None and not count and not marked and run.count("年") < 2
    return not run or in_sentence or not has_head(run)
