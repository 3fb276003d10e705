"""What is given to a study, as tables: statements and their sections from files, from the folder of a run, or from reports analysed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import UserError
from ..export import TableError, read_table
from ..records import Analysis, Failure
from ..results import run_of
from .predict import FAINT, ModelFacts, doubts

if TYPE_CHECKING:
    from ..codebook import Codebook
    from ..model import StatementCoder
    from ..read import Reading, Walk

NEEDED = ("report", "start", "end", "text")
_TABLES = (".parquet", ".csv", ".jsonl", ".xlsx")
_NUMBERS = ("start", "end", "body_start", "number", "year", "role_score", "doubt")
# How a progress bar is put round the reports: what goes through, and how many there are.
Watch = Callable[[Iterable[Any], int], Iterable[Any]]
# How it is said which part of the work begins.
Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Given:
    """Tables as `gongkai tag`, `segment` and `report` write them; `sections` and `reports` where there are any.

    `statements` may have a column `doubt`; `model` is the model that gave their codes, where that is known.
    """

    statements: pd.DataFrame
    sections: pd.DataFrame | None = None
    reports: pd.DataFrame | None = None
    model: ModelFacts | None = None
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()


def is_run(folder: str | Path) -> bool:
    """Say whether a folder is one that `gongkai report` wrote, by its `run.json`."""
    return run_of(folder) is not None


def is_statements(path: str | Path) -> bool:
    """Say whether a file is a table of statements, and not a report or a table of texts."""
    file = Path(path)
    if file.suffix.lower() not in _TABLES or not file.is_file():
        return False
    try:
        return set(NEEDED) <= set(_columns(file))
    except (OSError, ValueError, ImportError):
        return False


def _columns(file: Path) -> Sequence[str]:
    match file.suffix.lower():
        case ".parquet":
            import pyarrow.parquet as pq

            return pq.read_schema(file).names
        case ".csv":
            return list(pd.read_csv(file, nrows=0, encoding="utf-8-sig").columns)
        case ".jsonl":
            with file.open(encoding="utf-8-sig") as lines:
                first = json.loads(next((line for line in lines if line.strip()), "{}"))
            return list(first) if isinstance(first, dict) else []
    return list(pd.read_excel(file, nrows=0).columns)


def read_run(folder: str | Path) -> Given:
    """Read the folder that `gongkai report` wrote."""
    return read_statements(Path(folder) / "statements.parquet")


def read_statements(path: str | Path) -> Given:
    """Read a table of statements, with `sections.parquet`, `reports.parquet` and the model of `run.json` where these stand beside it.

    Raises TableError for a table that cannot be read or lacks `report, start, end, text`.
    """
    file = Path(path)
    run = run_of(file.parent)
    table = _table(file)
    warnings: list[str] = []
    if lacking := [c for c in NEEDED if c not in table]:
        raise TableError(f"{file}: lacks the column {', '.join(lacking)}; give the table that gongkai tag or gongkai report wrote")
    if table.empty and not (file.parent / "reports.parquet").is_file():
        raise TableError(f"{file}: holds no statement; give the table that gongkai tag or gongkai report wrote")
    beside = {name: _beside(file.parent / f"{name}.parquet", warnings) for name in ("sections", "reports")}
    if beside["sections"] is None:
        warnings.append(f"{file}: no sections.parquet beside it; the context of a statement is its neighbours")
    return Given(table, beside["sections"], beside["reports"], _model(file, table, run), (), tuple(warnings))


def _beside(file: Path, warnings: list[str]) -> pd.DataFrame | None:
    if not file.is_file():
        return None
    try:
        return _table(file)
    except UserError as error:
        warnings.append(f"{error}; it is left out")
        return None


def _table(file: Path) -> pd.DataFrame:
    if file.suffix.lower() != ".xlsx":
        table = read_table(file)
    else:
        try:
            table = pd.read_excel(file, dtype=str, keep_default_na=False)
        except ImportError as error:
            raise TableError(f"{file}: reading .xlsx needs openpyxl; install it, or save the sheet as CSV") from error
        except (OSError, ValueError, KeyError) as error:
            raise TableError(f"{file}: cannot be read ({error}); give a file that gongkai tag or gongkai report wrote") from error
    for column in (c for c in _NUMBERS if c in table and not pd.api.types.is_numeric_dtype(table[c])):
        # What is no number stays as it is, to be named where its row is looked at.
        with suppress(ValueError, TypeError):
            table[column] = pd.to_numeric(table[column])
    return table


def _model(file: Path, table: pd.DataFrame, run: dict[str, Any] | None) -> ModelFacts | None:
    """The model of a run's record, where the record is of this table; else one that is known by what it said."""
    if "role" not in table or "role_score" not in table:
        return None
    if run is not None and file.name == "statements.parquet":
        return ModelFacts(f"run {file.parent.name}", run["model"]["sha256"], run["model"]["facts"])
    import hashlib

    said = table[["report", "start", "end", "role", "role_score"]].astype(str).to_csv(index=False)
    return ModelFacts(f"table {file.name}", hashlib.sha256(said.encode("utf-8")).hexdigest(), {"table": file.name})


def read_reports(
    inputs: Sequence[str | Path],
    coder: StatementCoder,
    model: ModelFacts,
    metadata: str | Path | None = None,
    reading: Reading | None = None,
    watch: Watch | None = None,
    tell: Tell | None = None,
) -> Given:
    """Read and analyse reports below files and folders; what fails is in `failures`, the others go on."""
    from ..analyse import analyse_found
    from ..metadata import metadata_rows, stray_lines
    from ..read import passed_over_lines, walk

    met = walk(inputs, reading)
    files = list(met.found.values())
    rows, strays = metadata_rows(files, metadata)
    if tell and files:
        tell(f"reading and coding the reports of {len(files):,} files")
    flow = analyse_found(files, coder, rows, reading)
    done: list[Analysis | Failure] = [*met.failures, *_idle(inputs, met), *(watch(flow, len(files)) if watch else flow)]
    analyses, failures = [a for a in done if isinstance(a, Analysis)], [f for f in done if isinstance(f, Failure)]
    warnings = (*stray_lines(strays), *passed_over_lines(met.passed_over))
    return replace(of_analyses(analyses, coder, model), failures=tuple(failures), warnings=warnings)


def _idle(inputs: Sequence[str | Path], met: Walk) -> Iterator[Failure]:
    """Folders that hold nothing to load, unless that is said of their files."""
    places = [*(f.path.resolve() for f in met.found.values()), *(Path(f.file).resolve() for f in met.failures)]
    for folder in (Path(i) for i in inputs):
        if folder.is_dir() and not any(p.is_relative_to(folder.resolve()) for p in places):
            yield Failure(str(folder), "find", "holds no report", "give a folder of reports, one that gongkai report wrote, or its tables")


def of_analyses(analyses: Sequence[Analysis], coder: StatementCoder, model: ModelFacts) -> Given:
    """Return analyses as tables, with what the coder nearly said and how unsure it was."""
    import hashlib

    import numpy as np

    from ..analyse import report_frame, segment_frame, tag_frame

    statements, reports = tag_frame(analyses), report_frame(analyses)
    codings = [c for a in analyses for c in a.codings]
    if codings:
        scores = np.array([[c.scores[code] for code in coder.classes_] for c in codings])
        statements["doubt"] = doubts(coder, scores).round(4)
        themes = set(coder.themes_)
        near = [{k: v for k, v in c.scores.items() if k in themes and (v >= FAINT or k in c.themes)} for c in codings]
        statements["theme_scores"] = pd.Series(near, dtype=object)
    missing = {a.report.id: [f"{m.kind}: {m.reason}" for m in a.missing] for a in analyses}
    reports["warnings"] = [[*w, *missing[r]] for r, w in zip(reports["report"], reports["warnings"], strict=True)]
    reports["sha256"] = [hashlib.sha256(a.report.text.encode("utf-8")).hexdigest() for a in analyses]
    return Given(statements, segment_frame(analyses), reports, model)


_PLACE = re.compile(r"(\w+):(\d+)-(\d+)")


def scores_of(cell: object) -> dict[str, float]:
    """Return the scores in a cell: a mapping, pairs as Parquet keeps them, or `code:score;…` as in CSV.

    >>> scores_of("depth:0.9;review:0.5")
    {'depth': 0.9, 'review': 0.5}
    """
    if isinstance(cell, dict):
        return {str(k): float(v) for k, v in cell.items() if v is not None}
    if isinstance(cell, str):
        pairs = (part.rpartition(":") for part in cell.split(";") if ":" in part)
        return {k: float(v) for k, _, v in pairs}
    return {str(pair["code"]): float(pair["score"]) for pair in _items(cell)}


def evidence_of(cell: object) -> list[dict[str, Any]]:
    """Return the evidence in a cell, as a list or as the text of CSV, which has no weights.

    >>> evidence_of("depth:3-9")
    [{'code': 'depth', 'start': 3, 'end': 9, 'weight': None}]
    """
    if isinstance(cell, str):
        return [{"code": c, "start": int(a), "end": int(b), "weight": None} for c, a, b in _PLACE.findall(cell)]
    return [{"code": str(e["code"]), "start": int(e["start"]), "end": int(e["end"]), "weight": e["weight"]} for e in _items(cell)]


def _items(cell: Any) -> Iterator[Any]:
    return iter(()) if cell is None or cell is pd.NA or isinstance(cell, float) else iter(cell)


def codebook_yaml(book: Codebook) -> str:
    """Return a codebook as YAML: the shipped file where it is that one, so that its comments stay."""
    import yaml

    from ..codebook import load_codebook
    from ..resources import resource

    if book == load_codebook():
        return resource("corpus", "codebook.yaml").read_text("utf-8-sig")
    plain = book.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120)
