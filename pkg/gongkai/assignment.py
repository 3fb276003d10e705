"""Of the possible headings of a report, the whole assignment that fits best together."""

from __future__ import annotations

from collections.abc import Sequence

from .candidates import SHORT_BODY, Candidate, between, candidates, statutory_number
from .resources import data

_KEEP_PER_KIND = 6
_KEEP_UNKNOWN = 24
_CONTENTS = 4


def headings(text: str) -> list[Candidate]:
    """Return the headings of a report in text order, each known kind at most once."""
    return best_assignment(_shortlist(_without_lists(_without_contents(candidates(text), text))), text)


def _without_lists(found: Sequence[Candidate]) -> list[Candidate]:
    """Drop runs of 一、 二、 三、 that begin anew within a section: items, or the blocks 一、存在的问题 二、改进措施 of section five."""
    kept: list[Candidate] = []
    begun, in_list, last = False, False, 0
    problems = False
    for c in found:
        runs_on = in_list and c.number == last + 1 and not c.whole
        nested = c.kind == "unknown" or runs_on or (problems and c.kind in ("problems", "measures"))
        problems = problems or (c.kind == "problems" and "measures" in c.kinds)
        if not nested:
            kept.append(c)
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
        kept.append(c)
    return kept


def _without_contents(found: Sequence[Candidate], text: str) -> list[Candidate]:
    """Drop runs of bare headings most of which come again below: a list of contents."""
    kept: list[Candidate] = []
    run: list[Candidate] = []
    kinds: set[str] = set()
    last = {c.kind: i for i, c in enumerate(found)}
    for i, c in enumerate(found):
        run.append(c)
        kinds.add(c.kind)
        following = found[i + 1] if i + 1 < len(found) else None
        anew = following is not None and (following.number == 1 or (following.kind != "unknown" and following.kind in kinds))
        if following and not anew and len(between(text, c, following)) < SHORT_BODY:
            continue
        again = sum(d.kind != "unknown" and last[d.kind] > i for d in run)
        if len(run) < _CONTENTS or 2 * again < len(run):
            kept += run
        run, kinds = [], set()
    return kept


def _shortlist(found: Sequence[Candidate]) -> list[Candidate]:
    """Keep the best few of each kind, so that the search stays small whatever the text."""
    kept: set[int] = set()
    for kind in {c.kind for c in found}:
        mine = [i for i, c in enumerate(found) if c.kind == kind]
        best = sorted(mine, key=lambda i: (-found[i].score, i))
        kept.update(best[: _KEEP_UNKNOWN if kind == "unknown" else _KEEP_PER_KIND])
    return [found[i] for i in sorted(kept)]


def transition(a: Candidate, b: Candidate, text: str) -> float:
    """How well heading `b` follows heading `a`: body between them, number, order."""
    score = 0.0
    if len(between(text, a, b)) < SHORT_BODY:
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


def best_assignment(found: Sequence[Candidate], text: str) -> list[Candidate]:
    """Choose headings in text order, each known kind at most once, so that scores and transitions add up to the most.

    Exact by dynamic programming over (last heading, kinds used).
    """
    kinds = sorted({c.kind for c in found} - {"unknown"})
    bit = {k: 1 << i for i, k in enumerate(kinds)}
    # table[i][used] = (score, index of the heading before, kinds used before it)
    table: list[dict[int, tuple[float, int, int]]] = []
    best: tuple[float, int, int] = (0.0, -1, 0)
    for i, c in enumerate(found):
        mine = bit.get(c.kind, 0)
        own = c.score + (0.5 if c.number and c.number == statutory_number(c.kind) else 0.0)
        states: dict[int, tuple[float, int, int]] = {mine: (own + (0.5 if c.number == 1 else 0.0), -1, 0)}
        for j in range(i):
            if found[j].body_start > c.start:
                continue
            step = own + transition(found[j], c, text)
            for used, (score, _, _) in table[j].items():
                if used & mine:
                    continue
                state = used | mine
                if state not in states or score + step >= states[state][0]:
                    states[state] = (score + step, j, used)
        table.append(states)
        for used, (score, _, _) in states.items():
            if score >= best[0]:
                best = (score, i, used)
    chosen: list[Candidate] = []
    _, i, used = best
    while i >= 0:
        chosen.append(found[i])
        _, i, used = table[i][used]
    return chosen[::-1]
