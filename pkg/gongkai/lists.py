"""The place of each statement in the lists of its section: 一是 … 二是 …, counted by role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .enumerators import INSIDE, Enumerator, enumerator_at
from .resources import data


@dataclass(frozen=True, slots=True)
class Place:
    """A list, known by the index of its first statement, the item's number in it (0: beside the items), and whether it is numbered."""

    list: int
    number: int
    numbered: bool


def places(texts: Sequence[str], roles: Sequence[str], vague: Sequence[bool]) -> tuple[list[Place], dict[int, int]]:
    """Return the place of each statement and the length of each list, from the statements of one report in order.

    A numbered list goes on while its numbers rise, also past a statement of another role; a list without numbers ends with its role.
    What follows an item without a number belongs to it, save a `vague` sentence behind the last item, which closes the list.

    >>> places(["一是更新慢。", "有的栏目半年未动。", "二是人手少。"], ["problem"] * 3, [False] * 3)[0][1]
    Place(list=0, number=1, numbered=True)
    """
    out = [Place(0, 0, False)] * len(texts)
    lengths: dict[int, int] = {}
    # By role: the list that is open, the rank of its enumerators and its last number.
    opened: dict[str, tuple[int, int, int]] = {}
    for run in _runs(roles):
        role = roles[run[0]]
        marks = {i: found for i in run if (found := _enumerator(texts[i]))}
        counts = Counter(m.rank for m in marks.values())
        if not counts:
            lengths[run[0]] = len(run)
            for number, i in enumerate(run, 1):
                out[i] = Place(run[0], number, False)
            continue
        # The outermost rank that makes a list; the ranks within it belong to its items.
        rank = min((r for r, n in counts.items() if n > 1), default=min(counts))
        heads = [i for i in run if i in marks and marks[i].rank == rank]
        now = opened.get(role, (run[0], rank, 0))
        for i in run:
            if i in marks and marks[i].rank == rank:
                now = _next(now, i, rank, marks[i].number)
                lengths[now[0]] = now[2]
            beside = i < heads[0] or (i > heads[-1] and i not in marks and vague[i])
            out[i] = Place(now[0], 0 if beside else now[2], True)
        opened[role] = now
    return out, lengths


def _next(now: tuple[int, int, int], index: int, rank: int, number: int | None) -> tuple[int, int, int]:
    """The list after one more item: a new one where the count starts again, else the old one, a wrong number put right."""
    begun, last_rank, last = now
    if number == 1 or rank != last_rank or not last:
        return index, rank, number or 1
    return begun, rank, number if number and number > last else last + 1


def _runs(roles: Sequence[str]) -> list[list[int]]:
    runs: list[list[int]] = []
    for i, role in enumerate(roles):
        if not i or role != roles[i - 1]:
            runs.append([])
        runs[-1].append(i)
    return runs


def _enumerator(text: str) -> Enumerator | None:
    """The enumerator of a statement, also behind a lead-in ("下一步，一是…")."""
    if found := enumerator_at(text):
        return found
    inside = INSIDE.search(text[: data("answers.yaml")["enumerator_within"]])
    return enumerator_at(inside.group().strip()) if inside else None
