"""Random samples of a study's statements, drawn with known probabilities, and their codes for the corrected shares."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ..codebook import Codebook
from ..sampling import SAMPLE_COLUMNS, draw
from .changes import State, codebook_of
from .frames import final_frame, final_of, machine_frame
from .store import StudyError, now, writing

Unit = Literal["statements", "reports"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample that was drawn: `size` of `population` units (statements or reports), by whom, when, with which seed and groups."""

    id: int
    at: str
    coder: str
    size: int
    population: int
    seed: int
    unit: Unit
    by: tuple[str, ...]


def draw_sample(
    db: sqlite3.Connection, coder: str, n: int, seed: int = 0, by: Sequence[str] = (), *, unit: Unit = "statements", equal: bool = False
) -> Sample:
    """Draw `n` statements in force, or whole reports, as `gongkai.sampling.draw` does, and keep them as a sample of the study.

    `by` are columns of `frames.machine_frame` (`year`, `level`, `role` as the model in use has it …). The same study, `n`, `seed` and
    groups give the same sample. Raises SampleError as `draw` does.
    """
    before = _cuts(db)
    population = machine_frame(db)
    drawn = draw(population, n, seed, by, unit=unit, equal=equal)
    ids = population.set_index(["report", "start", "end"])["statement"]
    total = len(population) if unit == "statements" else population["report"].nunique()
    with writing(db):
        if _cuts(db) != before:
            raise StudyError("statements were split, merged or added while the sample was drawn; draw it again")
        row = db.execute(
            "INSERT INTO samples (at, coder, size, population, seed, unit, groups) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
            (now(), coder, n, int(total), seed, unit, json.dumps(list(by), ensure_ascii=False)),
        ).fetchone()
        columns = (ids.loc[pd.MultiIndex.from_frame(drawn[["report", "start", "end"]])], drawn["order"], drawn["probability"])
        places = zip(*(c.tolist() for c in columns), strict=True)
        db.executemany("INSERT INTO sampled VALUES (?, ?, ?, ?)", [(row["id"], *place) for place in places])
    return _sample(row)


def _cuts(db: sqlite3.Connection) -> tuple[int, int]:
    """What changes as soon as other statements are in force."""
    count = "SELECT (SELECT max(id) FROM statements), (SELECT total(retired) FROM statements WHERE retired IS NOT NULL)"
    return tuple(db.execute(count).fetchone())


def samples(db: sqlite3.Connection) -> list[Sample]:
    """Return the samples of a study, the newest first."""
    return [_sample(r) for r in db.execute("SELECT * FROM samples ORDER BY id DESC")]


def _sample(row: sqlite3.Row) -> Sample:
    groups = tuple(json.loads(row["groups"]))
    return Sample(row["id"], row["at"], row["coder"], row["size"], row["population"], row["seed"], row["unit"], groups)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Statements of a sample up to the last one coded (`begun`: whether any is) whose codes are missing, so that it cannot be used.

    Nobody has coded `todo`, of `unsure` somebody was unsure or skipped it, on `disputed` coders differ, and the codes of `misfits` are
    not allowed by the codebook in use. Where nothing is coded, all are `todo`.
    """

    begun: bool
    todo: tuple[int, ...] = ()
    unsure: tuple[int, ...] = ()
    disputed: tuple[int, ...] = ()
    misfits: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """How many statements these are."""
        return len(self.todo) + len(self.unsure) + len(self.disputed) + len(self.misfits)


def gaps_of(db: sqlite3.Connection, sample: int) -> Gaps:
    """Return what must still be coded before a sample can be used; of whole reports, up to the last that is coded as a whole."""
    book, said = codebook_of(db), defaultdict[int, dict[str, State]](dict)
    for r in db.execute("SELECT c.* FROM sampled AS d JOIN codes AS c ON c.statement = d.statement WHERE d.sample = ?", (sample,)):
        said[r["statement"]][r["coder"]] = State(r["role"], tuple(json.loads(r["themes"])), r["status"])
    rows = db.execute(
        "SELECT d.place, d.statement, u.unit FROM sampled AS d JOIN statements AS s ON s.id = d.statement JOIN samples AS u"
        " ON u.id = d.sample WHERE u.id = ? AND s.retired IS NULL ORDER BY d.place, s.start",
        (sample,),
    ).fetchall()
    found = [(r["place"], r["statement"], _gap(book, said[r["statement"]])) for r in rows]
    uncoded = {place for place, _, gap in found if gap not in ("", "misfits")}
    whole = any(r["unit"] == "reports" for r in rows)
    last = max((p for p, _, gap in found if gap in ("", "misfits") and not (whole and p in uncoded)), default=0)
    parts = {name: tuple(i for p, i, gap in found if gap == name and p <= (last or p)) for name in _GAPS}
    return Gaps(last > 0, **parts)


_GAPS = ("todo", "unsure", "disputed", "misfits")


def _gap(book: Codebook, states: dict[str, State]) -> str:
    """Which of `_GAPS` a statement is, or nothing."""
    label, how = final_of(states)
    if label is not None:
        return "misfits" if book.check(label.role or "", label.themes) else ""
    return "disputed" if how == "disputed" else "unsure" if any(s.status in ("unsure", "skipped") for s in states.values()) else "todo"


def sample_frame(db: sqlite3.Connection, sample: int, coder: str | None = None) -> pd.DataFrame:
    """Return a sample with its final codes, or those of one coder, as `gongkai.sampling.read_sample` and `spread --sample` read it.

    Columns `report, start, end, path, text, role, themes, probability, drawn, order`, in drawn order; `role` and `themes` are empty
    where there is no final label: at the end of the order they are left out there, before it they are named as missing. The last
    report drawn whole that is coded in part counts as not reached. The statements to give beside it are `frames.machine_frame`.
    """
    row = db.execute("SELECT unit FROM samples WHERE id = ?", (sample,)).fetchone()
    if row is None:
        raise StudyError(f"there is no sample {sample} in this study; choose one that was drawn")
    final = final_frame(db)
    if coder is not None:
        said = db.execute("SELECT statement, role, themes FROM codes WHERE coder = ? AND status = 'coded'", (coder,))
        codes = {r["statement"]: (r["role"], json.loads(r["themes"])) for r in said}
        final["role"] = [codes.get(i, (None, []))[0] for i in final["statement"]]
        final["themes"] = [codes.get(i, (None, []))[1] for i in final["statement"]]
    drawn = pd.DataFrame(
        db.execute("SELECT statement, place, probability FROM sampled WHERE sample = ?", (sample,)).fetchall(),
        columns=["statement", "order", "probability"],
    )
    table = drawn.merge(final, on="statement").assign(drawn=row["unit"]).sort_values(["order", "start"], ignore_index=True)
    table["role"] = table["role"].fillna("")
    if row["unit"] == "reports":
        table = _whole_reports(table)
    return table[list(SAMPLE_COLUMNS)]


def _whole_reports(table: pd.DataFrame) -> pd.DataFrame:
    """The sample without the codes of reports that were begun behind the last one that is coded as a whole."""
    whole = (table["role"] != "").groupby(table["order"]).transform("all")
    begun = table["order"] > table["order"][whole].max() if whole.any() else whole | True
    table.loc[begun, "role"] = ""
    table["themes"] = [[] if b else t for b, t in zip(begun, table["themes"], strict=True)]
    return table
