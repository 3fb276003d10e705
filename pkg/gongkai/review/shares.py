"""How themes spread in a study: as the model in use counts them, and corrected by what people coded of a random sample."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from ..codebook import Codebook
from ..correct import corrected
from .changes import codebook_of
from .frames import machine_frame
from .samples import gaps_of, sample_frame, samples
from .store import StudyError, latest, open_study
from .whichmodel import Called, called

ENDINGS = (".db", ".sqlite", ".sqlite3")


def is_study(path: str | Path) -> bool:
    """Say whether a file is a study and no table, by its ending: opening it would loosen the locks that others hold on it.

    >>> is_study("study.db"), is_study("sample.csv")
    (True, False)
    """
    return Path(path).suffix.lower() in ENDINGS


def study_sample(path: str | Path, sample: int | None = None) -> tuple[pd.DataFrame, Codebook]:
    """Return the newest random sample of a study, or the one with this id, with its final codes, and the study's codebook.

    The frame is what `gongkai.sampling.read_sample` reads. Raises StudyError where no sample was drawn, or codes are missing.
    """
    db = open_study(path, create=False)
    try:
        return _coded(db, newest(db) if sample is None else sample), codebook_of(db)
    finally:
        db.close()


def newest(db: sqlite3.Connection) -> int:
    """Return the id of the sample drawn last; raises StudyError where there is none."""
    drawn = samples(db)
    if not drawn:
        raise StudyError("no random sample was drawn in this study; draw one first, and code it")
    return drawn[0].id


def study_shares(
    db: sqlite3.Connection,
    sample: int | None = None,
    by: Sequence[str] = (),
    *,
    scope: Literal["corpus", "offices"] = "corpus",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the theme shares of a study, naive and corrected by a random sample (the newest): the columns of `correct.corrected`.

    The naive ones count what a model says of the statements in force: the one in use, or where that learned from this study, the one
    it goes on from (`attrs["model"]` is what it is called). Raises StudyError where the sample is not coded so far that it can be
    used, and where that model lacks statements.
    """
    model, name = unlearned(db)
    told = machine_frame(db, model)
    if lacking := int(told["role"].isna().sum()):
        raise StudyError(f"the model {name} has not coded {lacking} statements; take it into use again, or load reports anew")
    drawn = newest(db) if sample is None else sample
    table = corrected(told, _coded(db, drawn), by, codebook_of(db), confidence=confidence, scope=scope)
    table.attrs["model"] = name
    return table


def _coded(db: sqlite3.Connection, sample: int) -> pd.DataFrame:
    found, gaps = sample_frame(db, sample), gaps_of(db, sample)
    if gaps.todo:
        raise StudyError(
            f"sample {sample} lacks the codes of {len(gaps.todo)} statements before the last one coded; code them in its queue"
        )
    if gaps.unsure:
        raise StudyError(
            f"sample {sample} has {len(gaps.unsure)} statements before the last one coded that are marked as unsure or skipped;"
            " decide on them in its queue"
        )
    if gaps.disputed:
        raise StudyError(
            f"sample {sample} has {len(gaps.disputed)} statements before the last one coded that coders code differently;"
            " settle them on the page of that name"
        )
    if gaps.misfits:
        raise StudyError(
            f"sample {sample} has {len(gaps.misfits)} statements whose codes the codebook in use does not allow; code them again"
        )
    return found


def unlearned(db: sqlite3.Connection) -> tuple[int | None, Called | None]:
    """Return id and name of the model whose errors a sample of this study can tell: one that has not learned from its codes.

    What a model learned from it seems to get right, so that nothing would be left to correct. Raises StudyError where none is there.
    """
    model = latest(db, "models")
    row = db.execute("SELECT id, name, sha256, facts FROM models WHERE id = ?", (model,)).fetchone()
    while row and (base := json.loads(row["facts"]).get("goes_on_from")):
        row = db.execute("SELECT id, name, sha256, facts FROM models WHERE sha256 = ?", (base["sha256"],)).fetchone()
        if not row:
            name = called(base["name"], base["sha256"])
            raise StudyError(f"the model in use learned from this study; take {name} into use once, so that a sample can tell its errors")
    return (row["id"], called(row["name"], row["sha256"])) if row else (model, None)
