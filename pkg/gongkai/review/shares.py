"""How themes spread in a study: as the model in use counts them, and corrected by what people coded of a random sample."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from ..codebook import Codebook
from ..correct import corrected
from .changes import codebook_of
from .frames import machine_frame
from .samples import sample_frame, samples
from .store import StudyError, open_study

ENDINGS = (".db", ".sqlite", ".sqlite3")


def is_study(path: str | Path) -> bool:
    """Say whether a file is a study and no table, by its ending: opening it would loosen the locks that others hold on it.

    >>> is_study("study.db"), is_study("sample.csv")
    (True, False)
    """
    return Path(path).suffix.lower() in ENDINGS


def study_sample(path: str | Path, sample: int | None = None) -> tuple[pd.DataFrame, Codebook]:
    """Return the newest random sample of a study, or the one with this id, with its final codes, and the study's codebook.

    The frame is what `gongkai.sampling.read_sample` reads. Raises StudyError where no sample was drawn.
    """
    db = open_study(path, create=False)
    try:
        return sample_frame(db, newest(db) if sample is None else sample), codebook_of(db)
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

    The naive ones count what the model in use says of the statements in force. Raises SampleError where the sample is not coded so
    far that it can be used, and StudyError where the model in use lacks statements.
    """
    told = machine_frame(db)
    if lacking := int(told["role"].isna().sum()):
        raise StudyError(f"the model in use has not coded {lacking} statements; take it into use again, or load reports anew")
    drawn = newest(db) if sample is None else sample
    return corrected(told, sample_frame(db, drawn), by, codebook_of(db), confidence=confidence, scope=scope)
