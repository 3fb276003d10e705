"""Load a study: what is new is added, what is there stays, and what differs is said; codes are never touched."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..codebook import Codebook, load_codebook
from ..errors import UserError
from ..records import Failure
from ..spread import themes_of
from .adding import Differing, Row, add_reports, add_sections, add_statements, join_sections, probability, said, statement_rows, table_rows
from .changes import codebook_of
from .extras import ID, keep_extras
from .given import (
    NEEDED,
    Given,
    Tell,
    Watch,
    codebook_yaml,
    evidence_of,
    is_run,
    is_statements,
    read_reports,
    read_run,
    read_statements,
    scores_of,
)
from .predict import ModelFacts, add_model, add_predictions, coder_in_use, doubt_of, lacking, model_facts, predict_each
from .store import StudyError, latest, now, writing
from .twins import doubled, report_ids

if TYPE_CHECKING:
    from ..model import StatementCoder
    from ..read import Reading


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading added (reports, sections, statements, predictions), how many statements were `known`, and what was not taken over.

    `described` are known reports of which body, year, level or region were told anew, `kept` the user's own columns.
    """

    reports: int = 0
    sections: int = 0
    statements: int = 0
    known: int = 0
    predictions: int = 0
    described: int = 0
    differing: tuple[Differing, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __add__(self, other: Loaded) -> Loaded:
        """Return two loads as one."""
        return Loaded(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def load_inputs(
    db: sqlite3.Connection,
    inputs: Iterable[str | Path],
    *,
    model: str | Path | None = None,
    codebook: str | Path | None = None,
    metadata: str | Path | None = None,
    reading: Reading | None = None,
    watch: Watch | None = None,
    tell: Tell = lambda line: None,
) -> Loaded:
    """Load tables of statements, folders that `gongkai report` wrote, and report files and folders, which are analysed.

    Reports are coded by `model` (a folder), else by the model in use where it is at hand, else by the shipped one; so are statements
    that come without a model's codes. A model that is named says its codes of all statements. A study keeps its codebook; a new one
    gets `codebook`, else that of the model. What fails is in `failures`, the others go on; raises UserError for a model or codebook
    that cannot be used, and for a table where nothing else is given. `tell` is told what begins, `watch` goes along with the reports.
    """
    paths = [Path(i) for i in inputs]
    tables = [p for p in paths if is_run(p) or is_statements(p)]
    files = [p for p in paths if p not in tables]
    book = load_codebook(codebook) if codebook is not None else None
    named = _coder(db, model) if model is not None else None
    total = Loaded()
    with writing(db):
        if book or named:
            total = replace(total, warnings=tuple(_keep_codebook(db, book or (named[0].codebook_ if named else None))))
        if named:
            add_model(db, named[1])
    for path in tables:
        tell(f"{path}: reading the statements")
        try:
            total += _load(db, read_run(path) if path.is_dir() else read_statements(path))
        except UserError as error:
            if len(paths) == 1:
                raise
            total += Loaded(failures=(_failure(path, error),))
    if files:
        coder, facts = named or _coder(db, None)
        if latest(db, "codebooks") is None:
            with writing(db):
                _keep_codebook(db, coder.codebook_)
        given = read_reports(files, coder, facts, metadata, reading, watch, tell)
        given = replace(given, failures=tuple(map(_or_statements, given.failures)))
        total += _load(db, given if _speaks(db, coder) else _uncoded(given))
    if named is None and latest(db, "models") is None and total.statements + total.known:
        named = _coder(db, None)
        with writing(db):
            add_model(db, named[1])
    said, warnings = _say_the_rest(db, named, watch, tell)
    return replace(total, predictions=total.predictions + said, warnings=(*total.warnings, *warnings))


def _failure(path: Path, error: UserError) -> Failure:
    reason, _, cure = str(error).removeprefix(f"{path}: ").rpartition("; ")
    return Failure(str(path), "load", reason or cure, cure if reason else "give the table as gongkai tag wrote it")


def _or_statements(failure: Failure) -> Failure:
    """A table without texts may have been meant as one of statements."""
    if "column of texts" not in failure.reason:
        return failure
    return replace(failure, cure=f"{failure.cure}; or give a table of statements, which has the columns {', '.join(NEEDED)}")


def _say_the_rest(
    db: sqlite3.Connection, named: tuple[StatementCoder, ModelFacts] | None, watch: Watch | None, tell: Tell
) -> tuple[int, list[str]]:
    """Let the coder that was named, and the one in use, code what lacks their codes."""
    ids = [int(db.execute("SELECT id FROM models WHERE sha256 = ?", (named[1].sha256,)).fetchone()[0])] if named else []
    number, warnings = 0, []
    for model in dict.fromkeys([*ids, *([used] if (used := latest(db, "models")) else [])]):
        if not (n := lacking(db, model)):
            continue
        at_hand = (named[0], model) if named and model in ids else coder_in_use(db)
        if at_hand is None:
            warnings.append(f"{n} statements have no codes of the model in use, which is not at hand; they come last among the uncertain")
        elif not _speaks(db, at_hand[0]):
            warnings.append(f"{n} statements have no codes of a model: it does not know the codebook of the study; code some and train one")
        else:
            reports = lacking(db, model, "reports")
            tell(f"coding {n:,} statements of {reports:,} reports, which have no codes of the model")
            flow = predict_each(db, *at_hand)
            number += sum(watch(flow, reports) if watch else flow)
    return number, warnings


def _speaks(db: sqlite3.Connection, coder: StatementCoder) -> bool:
    """Whether all that a coder can say is in the codebook of the study."""
    book = codebook_of(db)
    return {*coder.roles_, *coder.themes_} <= {*book.role_ids, *book.theme_ids}


def _uncoded(given: Given) -> Given:
    return replace(given, statements=given.statements.drop(columns=["role", "themes"]), model=None)


def _coder(db: sqlite3.Connection, model: str | Path | None) -> tuple[StatementCoder, ModelFacts]:
    """The coder that is asked for, else that in use, else the shipped one."""
    from ..analyse import load

    if model is None and (used := coder_in_use(db)):
        name, sha256, facts = db.execute("SELECT name, sha256, facts FROM models WHERE id = ?", (used[1],)).fetchone()
        return used[0], ModelFacts(name, sha256, json.loads(facts))
    return load(model), model_facts(model)


def _load(db: sqlite3.Connection, given: Given) -> Loaded:
    loaded = load_tables(db, given.statements, given.sections, given.reports, model=given.model)
    return replace(loaded, failures=given.failures, warnings=(*given.warnings, *loaded.warnings))


def load_tables(
    db: sqlite3.Connection,
    statements: pd.DataFrame,
    sections: pd.DataFrame | None = None,
    reports: pd.DataFrame | None = None,
    codebook: Codebook | None = None,
    model: ModelFacts | None = None,
) -> Loaded:
    """Load tables as `gongkai tag`, `segment` and `report` write them, in one transaction.

    A statement that the study has at the same `report, start, end` is known, in force or not; one whose place meets others is not
    taken over, and said. With a `model` and the columns `role, themes, role_score` (and `theme_scores, evidence, doubt`) its
    predictions are added beside those of other models. Raises StudyError for rows that are no statements and for codes that the
    codebook of the study does not know.
    """
    rows = statement_rows(statements)
    warnings: list[str] = []
    before = report_ids(db)
    with writing(db):
        warnings += _keep_codebook(db, codebook)
        new, described, changed = add_reports(db, rows, reports, sections)
        n, unfit = add_sections(db, sections, rows, changed) if sections is not None else (0, [])
        added, known, differing = add_statements(db, rows, changed)
        join_sections(db, sorted({r["report"] for r in rows}))
        predictions = _add_said(db, rows, model, warnings)
        kept = keep_extras(db, rows, table_rows(reports))
    if unfit:
        warnings.append(f"the sections given for {unfit[0]} and {len(unfit) - 1} other reports are of another text; they are left out")
    if changed:
        warnings.append(f"the text of {len(changed)} reports is another one than before, {min(changed)} first; nothing of it is taken over")
    if differing:
        warnings.append(f"{len(differing)} statements differ from those of the study and are not taken over")
    warnings += doubled(db, before)
    return Loaded(new, n, added, known, predictions, described, tuple(differing), (), tuple(warnings), kept)


def _keep_codebook(db: sqlite3.Connection, given: Codebook | None) -> list[str]:
    """Give a new study its codebook; a study that has one keeps it."""
    if latest(db, "codebooks") is not None:
        if given is None or given == codebook_of(db):
            return []
        return ["the study keeps its codebook, which is another one than that given; add the new one as a version"]
    text = codebook_yaml(given or load_codebook())
    db.execute("INSERT INTO codebooks (yaml, sha256, at) VALUES (?, ?, ?)", (text, hashlib.sha256(text.encode("utf-8")).hexdigest(), now()))
    return []


def _add_said(db: sqlite3.Connection, rows: Sequence[Row], model: ModelFacts | None, warnings: list[str]) -> int:
    coded = list(said(rows))
    if model is None or not coded:
        if any(r.get("role") for r in rows):
            warnings.append("the codes in the table have no scores, so that no model gave them: import them as those of a coder")
        return 0
    book = codebook_of(db)
    found = []
    for row in coded:
        themes, scores = themes_of(row.get("themes")), scores_of(row.get("theme_scores"))
        if unknown := [c for c in (row["role"], *themes) if c not in (*book.role_ids, *book.theme_ids)]:
            raise StudyError(f"{', '.join(unknown)}: not in the codebook of the study (v{book.version}); give the codebook it belongs to")
        score = probability(row["role_score"])
        doubt = row.get("doubt")
        doubt = doubt_of(score, [s for t, s in scores.items() if t in themes]) if doubt is None else float(doubt)
        found.append((row[ID], row["role"], themes, score, scores, evidence_of(row.get("evidence")), round(doubt, 4)))
    return add_predictions(db, add_model(db, model), found)
