"""The tables of both statutory forms as grids of merged cells, filled with given numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

APPLICANTS = ("natural", "commercial", "research", "social", "legal", "other")
STAGES = ("review", "direct", "after_review")
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of a table: its place, how many rows and columns it spans, its text, and its key where it holds a number."""

    row: int
    column: int
    rows: int
    columns: int
    text: str
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table as its boxes, in reading order."""

    name: str
    width: int
    boxes: tuple[Box, ...]

    def rows(self, *, spread: bool = False) -> list[list[Box | None]]:
        """Rows of boxes, None where a box from above reaches in; with `spread` also where one from the left does."""
        rows: list[list[tuple[int, Box | None]]] = [[] for _ in range(max(b.row for b in self.boxes) + 1)]
        for b in self.boxes:
            for r in range(b.row, b.row + b.rows):
                rows[r].append((b.column, b if r == b.row else None))
                if spread:
                    rows[r] += [(b.column + c, None) for c in range(1, b.columns)]
        return [[box for _, box in sorted(row, key=lambda cell: cell[0])] for row in rows]


@cache
def forms() -> dict[str, Any]:
    """The labels of both forms."""
    return yaml.safe_load((Path(__file__).parent / "forms.yaml").read_text("utf-8"))


def keys(form: int) -> list[Key]:
    """Every cell that holds a number, in reading order."""
    found: list[Key] = [
        ("proactive", row, column) for part in forms()["proactive"][form] for row in part["rows"] for column in part["columns"]
    ]
    found += [("requests", row, column) for row, *_ in _request_rows(form) for column in forms()["requests"]["columns"]]
    return found + [("litigation", "cases", f"{stage}_{outcome}") for stage in STAGES for outcome in forms()["litigation"]["outcomes"]]


def results(form: int) -> list[str]:
    """The rows of the outcomes of requests, without their total."""
    rows = [row for row, *_ in _request_rows(form)]
    return rows[2:-2]


def tables(form: int, texts: Mapping[Key, str], *, broken: bool) -> dict[str, Table]:
    """The three tables; `broken` keeps the line breaks that offices put into narrow heads."""
    made = {"proactive": _proactive(form, texts), "requests": _requests(form, texts), "litigation": _litigation(texts)}
    return {
        name: Table(name, max(b.column + b.columns for b in boxes), tuple(_labelled(b, broken) for b in boxes))
        for name, boxes in made.items()
    }


def _labelled(box: Box, broken: bool) -> Box:
    if box.key:
        return box
    return replace(box, text=box.text.replace("/", "\n" if broken else "").replace("／", "/"))


def _proactive(form: int, texts: Mapping[Key, str]) -> list[Box]:
    boxes, r = [], 0
    for part in forms()["proactive"][form]:
        columns = part["columns"]
        boxes.append(Box(r, 0, 1, 4, part["article"]))
        lines: list[list[tuple[str, Key | None]]] = [[(forms()["content"], None), *((label, None) for label in columns.values())]]
        for row, label in part["rows"].items():
            keys_of = [("proactive", row, column) for column in columns]
            lines.append([(label, None), *((texts[key], key) for key in keys_of)])
        for line in lines:
            r += 1
            # Fewer than three columns share the width; the last one takes what is left over.
            *most, last = [Box(r, at, 1, 1, text, key) for at, (text, key) in enumerate(line)]
            boxes += [*most, replace(last, columns=4 - last.column)]
        r += 1
    return boxes


def _request_rows(form: int) -> Iterator[tuple[str, str, str, int]]:
    """(row, label, label of its group or "", place within its group) of every row, in order."""
    f = forms()["requests"]
    for row, label in f["before"].items():
        yield row, label, "", 0
    for group in f["groups"]:
        group = dict(group.get(form, group))
        name = group.pop("label", "")
        for n, (row, label) in enumerate(group.items()):
            yield row, label, name, n
    for row, label in f["after"].items():
        yield row, label, "", 0


def _requests(form: int, texts: Mapping[Key, str]) -> list[Box]:
    f, rows = forms()["requests"], list(_request_rows(form))
    names = list(f["columns"].items())
    boxes = [Box(0, 0, 3, 3, f["note"]), Box(0, 3, 1, 7, f["applicants"])]
    boxes += [Box(1, 3, 2, 1, names[0][1]), Box(1, 4, 1, 5, f["organisations"]), Box(1, 9, 2, 1, names[-1][1])]
    boxes += [Box(2, 3 + n, 1, 1, label) for n, (_, label) in enumerate(names[1:-1], 1)]
    for r, (row, label, group, n) in enumerate(rows, 3):
        outside = row in f["before"] or row in f["after"]
        if row == next(iter(f["groups"][0])):
            boxes.append(Box(r, 0, len(rows) - len(f["before"]) - len(f["after"]), 1, f["results"]))
        if group and n == 0:
            boxes.append(Box(r, 1, sum(g == group for *_, g, _ in rows), 1, group))
        first = 0 if outside else 2 if group else 1
        boxes.append(Box(r, first, 1, 3 - first, label))
        boxes += [Box(r, 3 + c, 1, 1, texts["requests", row, column], ("requests", row, column)) for c, column in enumerate(f["columns"])]
    return sorted(boxes, key=lambda b: (b.row, b.column))


def _litigation(texts: Mapping[Key, str]) -> list[Box]:
    f = forms()["litigation"]
    outcomes = list(f["outcomes"].items())
    boxes = [Box(0, 0, 1, 5, f["review"]), Box(0, 5, 1, 10, f["court"])]
    boxes += [Box(1, n, 2, 1, label) for n, (_, label) in enumerate(outcomes)]
    boxes += [Box(1, 5, 1, 5, f["direct"]), Box(1, 10, 1, 5, f["after_review"])]
    boxes += [Box(2, 5 + n, 1, 1, outcomes[n % 5][1]) for n in range(10)]
    for n, column in enumerate(f"{stage}_{outcome}" for stage in STAGES for outcome, _ in outcomes):
        boxes.append(Box(3, n, 1, 1, texts["litigation", "cases", column], ("litigation", "cases", column)))
    return boxes
