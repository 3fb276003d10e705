"""What a title or block label is made of: words from a vocabulary, with a head among them that tells its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .records import CODED_KINDS
from .resources import data
from .script import traditional

# What the second line of a title may begin with, whatever the first ends with.
GOES_ON = ("及", "和", "与", "的")
# A title's words begin among so many characters.
LIMIT = 60
_END = re.compile(r"[。：:；;，,.．…·\-—\s]*$")


@dataclass(frozen=True, slots=True)
class Title:
    """A run of title words at the start of a text: its kind, its length in characters, all kinds named in it.

    `asserts` says that the words make a sentence (还存在不足) rather than a name.
    """

    kind: str
    length: int
    kinds: frozenset[str]
    asserts: bool = False


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The vocabulary of `data/headings.yaml` as it is used: any word of a title, the kinds of its heads in their order, other words."""

    word: re.Pattern[str]
    heads: dict[str, str]
    order: tuple[str, ...]
    closers: frozenset[str]
    predicates: frozenset[str]
    conjunctions: frozenset[str]
    joints: tuple[str, ...]
    retrospect: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    d = data("headings.yaml")
    heads: dict[str, str] = {}
    for kind, words in d["heads"].items():
        heads |= {w: kind for w in words if w not in heads}
    words = sorted({*heads, *d["fillers"]}, key=lambda w: (-len(w), w))
    year = r"(?:\d{4}|[一二][〇○零一二三四五六七八九]{3})(?=年)"
    word = re.compile(f"{year}|" + "|".join(map(re.escape, words)))
    closers, predicates, conjunctions = (frozenset(d[name]) for name in ("closers", "predicates", "conjunctions"))
    joints = tuple(d["joints"])
    return _Grammar(word, heads, tuple(d["heads"]), closers, predicates, conjunctions, joints, re.compile(d["retrospect"]))


def title_at(text: str) -> Title | None:
    """Return the title that a repaired text begins with, or None where no head is among its first words.

    >>> title = title_at("存在的主要问题及改进情况：一是更新慢")
    >>> title.kind, title.length, sorted(title.kinds)
    ('problems', 12, ['measures', 'problems'])
    >>> title_at("加强组织领导") is None
    True
    """
    g = _grammar()
    word, heads, closers, predicates, joints = g.word, g.heads, g.closers, g.predicates, g.conjunctions
    if back := g.retrospect.match(text):
        return Title("measures", back.end(), frozenset({"measures"}))
    at, end, asserts = 0, 0, False
    kinds: list[str] = []
    last, loose = "", False
    while at < min(len(text), LIMIT) and (m := word.match(text, at)):
        kind = heads.get(m.group())
        if kind and last not in joints and _begins_sentence(kind, kinds):
            break
        at, last = m.end(), m.group()
        asserts = last in predicates or (asserts and last != "的")
        if kind:
            kinds.append(kind)
        if kind or (kinds and last in closers and not loose):
            end, loose = at, False
        elif last not in joints:
            # Behind 改进情况 a sentence may begin with title words; the titles of other sections are always names.
            loose = _coded(kinds)
    if not kinds:
        return None
    return Title(min(kinds, key=g.order.index), end, frozenset(kinds), asserts)


def words() -> dict[str, bool]:
    """Return the words of titles, each with whether it is a head that tells a kind."""
    heads = _grammar().heads
    return {word: heads.get(word, "unknown") != "unknown" for word in (*heads, *data("headings.yaml")["fillers"])}


@cache
def longest_word() -> int:
    """Return how many characters the longest word of a title has."""
    return max(len(word) for words in (*data("headings.yaml")["heads"].values(), data("headings.yaml")["fillers"]) for word in words)


@cache
def word_pairs() -> frozenset[str]:
    """Return what the words of titles begin with: two characters, or one for those that have no more."""
    words = (*data("headings.yaml")["heads"].values(), data("headings.yaml")["fillers"])
    return frozenset(one[:2] for some in words for one in some)


@cache
def word_starts() -> frozenset[str]:
    """Return the characters that the words of titles begin with, years among them."""
    return frozenset(pair[0] for pair in word_pairs()) | frozenset("0123456789一二")


def has_head(run: str) -> bool:
    """Say whether there is a head in a run of words of a title."""
    g = _grammar()
    return not g.heads.keys().isdisjoint(g.word.findall(run))


def word() -> re.Pattern[str]:
    """Return the pattern of a word of a title, the longest first."""
    return _grammar().word


def retrospect_begins() -> str:
    """Return the pattern of how a title begins that looks back on the year before."""
    return str(data("headings.yaml")["retrospect_begins"])


def _begins_sentence(kind: str, kinds: list[str]) -> bool:
    """Say whether a head belongs to the sentence behind a title: 改进情况 信息公开工作人员变动大."""
    return (_coded(kinds) and not _coded([kind])) or (kind == "problems" and {"problems", "measures"} <= set(kinds))


def _coded(kinds: list[str]) -> bool:
    return not set(kinds).isdisjoint(CODED_KINDS)


def covers(title: Title, text: str) -> bool:
    """Say whether a title takes up the whole of a text but for closing punctuation."""
    return bool(_END.fullmatch(text, title.length))


def runs_on(text: str, following: str) -> bool:
    """Say whether a title broken at a line end goes on in the next line."""
    return (breaks_off(text) or following.startswith(GOES_ON)) and bool(_grammar().word.match(following))


def breaks_off(text: str) -> bool:
    """Say whether a title ends with a word that ties it to what follows."""
    return text.endswith(_grammar().joints)


@cache
def not_heading() -> re.Pattern[str]:
    """The lines that look like headings and are none."""
    return re.compile(not_headings())


def not_headings() -> str:
    """Return the pattern of what such lines begin with."""
    return "|".join(data("headings.yaml")["not_headings"])


def no_heading_words() -> list[str]:
    """Return those of them that are plain words."""
    return [word for word in data("headings.yaml")["not_headings"] if word == re.escape(word)]


@cache
def links() -> frozenset[str]:
    """The short links that belong to the item behind them."""
    return frozenset(data("headings.yaml")["links"])


@cache
def title_glance() -> re.Pattern[str]:
    """Two neighbouring characters that every title head has, in either script, blanks between them or not."""
    return re.compile("|".join(rf"[{''.join(a)}]\s?[{''.join(b)}]" for a, b in glances()))


@cache
def glances() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Return the first and the second of such characters, each in both scripts."""
    starts = {word[:2] for words in data("headings.yaml")["heads"].values() for word in words}
    return tuple(((a, traditional(a)), (b, traditional(b))) for a, b in sorted(starts))
