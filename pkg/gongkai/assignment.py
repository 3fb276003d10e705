"""Of the possible headings of a report, the whole assignment that fits best together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from .candidates import SHORT_BODY, Place, between, candidates, statutory_number
from .openings import Look
from .resources import data

_KEEP_PER_KIND = 6
_KEEP_UNKNOWN = 24
_CONTENTS = 4
_BARE, _LISTED, _SEPARATORS = -0.3, -4.0, "；;，,、"
# Most reports are built like others: how many builds are remembered, and of how many possible headings at most.
_KEPT, _FEW = 1 << 12, 48


class Gap(NamedTuple):
    """What lies between a possible heading and those behind it.

    `listing` says that only signs of a listing stand before the next, `near` how many follow with next to nothing between, `over` how
    many begin before its title or the stop behind it ends.
    """

    listing: bool
    near: int
    over: int


_APART, _LISTED_APART = Gap(False, 0, 0), Gap(True, 0, 0)
Chosen = tuple[tuple[int, float], ...]


def headings(text: str) -> list[tuple[Place, float]]:
    """Return the headings of a report in text order, each known kind at most once, with a confidence in 0-1."""
    found = candidates(text)
    looks = tuple([place.found.look for place in found])
    chosen = (_known if len(found) <= _FEW else choose)(looks, _gaps(text, found))
    return [(found[i], confidence) for i, confidence in chosen]


def _gaps(text: str, found: Sequence[Place]) -> tuple[Gap, ...]:
    gaps = []
    for i, (here, following) in enumerate(pairwise(found)):
        words = between(text, here, following)
        listing = words[:1] in _SEPARATORS and bool(words) and not words.strip(_SEPARATORS)
        if len(words) < SHORT_BODY:
            gaps.append(Gap(listing, *_reach(text, found, i)))
        else:
            # What lies between only grows with the distance.
            gaps.append(_LISTED_APART if listing else _APART)
    return (*gaps, _APART)


def _reach(text: str, found: Sequence[Place], i: int) -> tuple[int, int]:
    """How many headings follow with next to nothing between, and how many begin before the body does."""
    near, over = i + 2, i + 1
    while near < len(found) and len(between(text, found[i], found[near])) < SHORT_BODY:
        near += 1
    while over < len(found) and found[over].start < found[i].body_start:
        over += 1
    return near - i - 1, over - i - 1


def choose(looks: Sequence[Look], gaps: Sequence[Gap]) -> Chosen:
    """Return which of the possible headings are the report's, and how sure that is (0-1).

    >>> choose((Look("problems", 5, 4.5), Look("problems", 5, 1.0)), (Gap(False, 0, 0), Gap(False, 0, 0)))
    ((0, 0.953),)
    """
    scores = _in_company(looks, gaps)
    chosen = best_assignment(looks, gaps, scores, _shortlist(looks, scores, _without_lists(looks, _without_contents(looks, gaps))))
    # A heading is as sure as it looks, and as it fits the headings before and behind it.
    steps = [transition(looks[a], looks[b], b - a <= gaps[a].near) for a, b in pairwise(chosen)]
    sure = [scores[i] + before / 2 + after / 2 for i, before, after in zip(chosen, [0.0, *steps], [*steps, 0.0], strict=False)]
    return tuple((i, round(_confidence(score), 3)) for i, score in zip(chosen, sure, strict=True))


_known = lru_cache(maxsize=_KEPT)(choose)


def _confidence(score: float) -> float:
    return 1 / (1 + math.exp(1.5 - score))


def _in_company(looks: Sequence[Look], gaps: Sequence[Gap]) -> list[float]:
    """The scores, less for having nothing between oneself and the next: little for a bare heading, much in a listing sentence."""
    scores = []
    for i, look in enumerate(looks):
        listed = gaps[i].listing or (i > 0 and gaps[i - 1].listing)
        scores.append(look.score + (_LISTED if listed else _BARE if gaps[i].near else 0.0))
    return scores


def _without_lists(looks: Sequence[Look], found: Iterable[int]) -> list[int]:
    """Drop runs of 一、 二、 三、 that begin anew within a section: items, or the blocks 一、存在的问题 二、改进措施 of section five."""
    kept: list[int] = []
    begun, in_list, last = False, False, 0
    problems = False
    for i in found:
        c = looks[i]
        runs_on = in_list and c.number == last + 1 and not c.whole
        nested = c.kind == "unknown" or runs_on or (problems and c.kind in ("problems", "measures"))
        problems = problems or (c.kind == "problems" and "measures" in c.kinds)
        if not nested:
            kept.append(i)
            begun = begun or c.number is not None
            in_list = False
            continue
        if c.number == 1 and begun:
            in_list, last = True, 1
            continue
        if in_list and c.number == last + 1:
            last += 1
            continue
        in_list = False
        begun = begun or c.number is not None
        kept.append(i)
    return kept


def _without_contents(looks: Sequence[Look], gaps: Sequence[Gap]) -> list[int]:
    """Drop runs of bare headings most of which come again below: a list of contents."""
    kept: list[int] = []
    run: list[int] = []
    kinds: set[str] = set()
    last = {c.kind: i for i, c in enumerate(looks)}
    for i, c in enumerate(looks):
        run.append(i)
        kinds.add(c.kind)
        following = looks[i + 1] if i + 1 < len(looks) else None
        anew = following is not None and (following.number == 1 or (following.kind != "unknown" and following.kind in kinds))
        if following and not anew and gaps[i].near:
            continue
        again = sum(looks[j].kind != "unknown" and last[looks[j].kind] > i for j in run)
        if len(run) < _CONTENTS or 2 * again < len(run):
            kept += run
        run, kinds = [], set()
    return kept


def _shortlist(looks: Sequence[Look], scores: Sequence[float], found: Sequence[int]) -> list[int]:
    """Keep the best few of each kind, so that the search stays small whatever the text."""
    kinds: dict[str, list[int]] = {}
    for i in found:
        kinds.setdefault(looks[i].kind, []).append(i)
    kept: list[int] = []
    for kind, mine in kinds.items():
        kept += sorted(mine, key=lambda i: (-scores[i], i))[: _KEEP_UNKNOWN if kind == "unknown" else _KEEP_PER_KIND]
    return sorted(kept)


def transition(a: Look, b: Look, near: bool) -> float:
    """How well heading `b` follows heading `a`: body between them, or next to none (`near`), number, order."""
    score = 0.0
    if near:
        score -= 0.8
    if a.number and b.number:
        step = b.number - a.number
        score += 1.0 if step == 1 else -0.5 if step == 0 else max(-1.2, -0.3 * (step - 1)) if step > 1 else -1.5
    else:
        score -= 0.3
    order = data("headings.yaml")["order"]
    if a.kind in order and b.kind in order and order.index(b.kind) < order.index(a.kind):
        score -= 0.6
    if b.kind == "measures" and a.kind == "problems":
        score -= 4.0 if "measures" in a.kinds or b.style != "top" else 0.0
    elif b.kind == "measures":
        score -= 1.0
    return score


def best_assignment(looks: Sequence[Look], gaps: Sequence[Gap], scores: Sequence[float], found: Sequence[int]) -> list[int]:
    """Choose headings in text order, each known kind at most once, so that scores and transitions add up to the most.

    Exact by dynamic programming over (last heading, kinds used).
    """
    kinds = sorted({looks[i].kind for i in found} - {"unknown"})
    bit = {k: 1 << i for i, k in enumerate(kinds)}
    # table[n][used] = (score, index in the table of the heading before, kinds used before it)
    table: list[dict[int, tuple[float, int, int]]] = []
    best: tuple[float, int, int] = (0.0, -1, 0)
    for n, i in enumerate(found):
        c = looks[i]
        mine = bit.get(c.kind, 0)
        own = scores[i] + (0.5 if c.number and c.number == statutory_number(c.kind) else 0.0)
        states: dict[int, tuple[float, int, int]] = {mine: (own + (0.5 if c.number == 1 else 0.0), -1, 0)}
        for before, j in enumerate(found[:n]):
            if i - j <= gaps[j].over:
                continue
            step = own + transition(looks[j], c, i - j <= gaps[j].near)
            for used, (score, _, _) in table[before].items():
                if used & mine:
                    continue
                state = used | mine
                if state not in states or score + step >= states[state][0]:
                    states[state] = (score + step, before, used)
        table.append(states)
        for used, (score, _, _) in states.items():
            if score >= best[0]:
                best = (score, n, used)
    chosen: list[int] = []
    _, n, used = best
    while n >= 0:
        chosen.append(found[n])
        _, n, used = table[n][used]
    return chosen[::-1]
