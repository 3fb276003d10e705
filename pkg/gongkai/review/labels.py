"""The final codes of a study as statements to learn from, with the neighbours that they have in their reports."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..evaluate import groups_of
from ..features import context
from ..labelled import Labelled
from ..phrases import codebook_phrases, joined
from .changes import codebook_of
from .frames import final_frame
from .store import StudyError

# Fewer statements, or offices, teach nothing and judge nothing.
LEAST, LEAST_OFFICES = 50, 3


@dataclass(frozen=True, slots=True)
class Labels:
    """What can be learned from: statements with final codes, `ids` in the study, in reading order.

    `groups` are their offices, near-copies together; `order` the places of the statements in the order they were first coded.
    `disputed` statements are coded, but not alike; `misfits` carry codes that the codebook in use does not allow: both are left out.
    """

    labelled: Labelled
    ids: np.ndarray
    groups: np.ndarray
    order: np.ndarray
    disputed: int
    misfits: int

    def check(self) -> None:
        """Raise StudyError where there are too few statements or offices to learn from and to judge by."""
        n, offices = len(self.ids), len(np.unique(self.groups))
        if n < LEAST:
            raise StudyError(f"{n} statements have a final code; code {LEAST - n} more, because it takes {LEAST} to learn from")
        if offices < LEAST_OFFICES:
            raise StudyError(
                f"the coded statements are of {offices} offices (near-copies count as one); code reports of {LEAST_OFFICES} or more, "
                "so that a coder can be judged on offices it has not seen"
            )

    @property
    def themed(self) -> np.ndarray:
        """Which statements have a role whose themes count: a role with themes by the codebook or by these labels."""
        Y, book = self.labelled.Y, self.labelled.codebook
        themes = Y[list(book.theme_ids)].any(axis=1)
        roles = [r for r in book.role_ids if r not in book.themeless_roles and (r in book.themed_roles or themes[Y[r] == 1].any())]
        return Y[roles].any(axis=1).to_numpy()


def labelled_of(db: sqlite3.Connection) -> Labels:
    """Return what can be learned from a study.

    `X` has `report, body, start, end` and the columns of `features.context`, for which whole reports were looked at; `Y` has a column
    for each code of the codebook in use.
    """
    book, table = codebook_of(db), final_frame(db)
    coded = table["role"].notna().to_numpy()
    fits = coded & np.array([not (c and book.check(r, t)) for c, r, t in zip(coded, table["role"], table["themes"], strict=True)], bool)
    whole = table["report"].isin(set(table["report"][fits])).to_numpy()
    around = context(table[whole])
    rows = table[fits].reset_index(drop=True)
    X = pd.concat([rows[["report", "body", "start", "end"]], around[fits[whole]].reset_index(drop=True)], axis=1)
    codes = (*book.role_ids, *book.theme_ids)
    cells = [[int(c == role or c in themes) for c in codes] for role, themes in zip(rows["role"], rows["themes"], strict=True)]
    Y = pd.DataFrame(cells, columns=list(codes), dtype="int8")
    labelled = Labelled(X, Y, book, joined([codebook_phrases(book)]))
    first = dict(db.execute("SELECT statement, min(id) FROM changes WHERE statement IS NOT NULL GROUP BY statement").fetchall())
    return Labels(
        labelled,
        rows["statement"].to_numpy(),
        groups_of(labelled) if len(rows) else np.zeros(0, int),
        np.argsort([first[i] for i in rows["statement"]], kind="stable"),
        int((table["final"] == "disputed").sum()),
        int((coded & ~fits).sum()),
    )
