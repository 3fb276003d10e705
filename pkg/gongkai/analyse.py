"""The chain read → describe → segment → statements → code, for one report and for many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import pandas as pd

from .careful import failed, one_by_one, unfit
from .describe import describe, metadata_for, metadata_rows
from .evidence import evidence_many
from .garbage import collected_later
from .model import StatementCoder
from .read import Found, Reading, find, read, read_found
from .records import SEGMENT_COLUMNS, TAG_COLUMNS, Analysis, Coding, Failure, Report, Statement
from .resources import resource
from .segment import Segmentation, segment
from .statements import statements
from .store import load_model

_BATCH = 256
_ORIGINS = ("body_from", "year_from", "level_from", "region_from", "region_candidates")
_REPORT_COLUMNS = ("report", "body", "year", "level", "region", "source", *_ORIGINS, "warnings")
OWN_COLUMNS = frozenset({*TAG_COLUMNS, *_REPORT_COLUMNS})
Metadata = Mapping[str, Mapping[str, object]]


def load(path: str | Path | None = None) -> StatementCoder:
    """Load a coder: the shipped one, or the folder that `gongkai train` wrote.

    Raises ModelError where the folder is no model.
    """
    return load_model(path) if path is not None else _shipped()


@cache
def _shipped() -> StatementCoder:
    return load_model(resource("models", "default"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report cut into sections and statements, not yet coded."""

    report: Report
    segmentation: Segmentation
    statements: tuple[Statement, ...]


def prepare(report: Report, metadata: Mapping[str, object] | None = None) -> Prepared:
    """Describe and cut one report; what `metadata` says wins over the report's own."""
    known = describe(report, {**report.metadata, **(metadata or {})})
    found, text = segment(known), known.readable()
    return Prepared(known, found, tuple(s for part in found.sections for s in statements(text, part)))


def analyse(source: str | Path | Report, coder: StatementCoder | None = None, metadata: Mapping[str, object] | None = None) -> Analysis:
    """Analyse one report, given as a path or as a Report.

    Raises OSError and ReadError for a file that cannot be read.

    >>> report = Report("a.txt", "五、存在的主要问题及改进情况\\n一是信息更新不及时。\\n下一步将加强业务培训。")
    >>> [(c.role, c.themes) for c in analyse(report).codings]
    [('problem', ('timeliness',)), ('measure', ('capacity',))]
    """
    report = source if isinstance(source, Report) else read(source)
    return next(code_all([prepare(report, metadata)], coder or load()))


def analyse_many(
    texts: Iterable[str | Report], coder: StatementCoder | None = None, metadata: Metadata | None = None
) -> Iterator[Analysis]:
    """Analyse reports given as texts or Reports, in order and in batches: the fast path, in flat memory."""
    table = metadata or {}
    reports = (t if isinstance(t, Report) else Report(f"{n:06d}", t) for n, t in enumerate(texts))
    yield from code_all((prepare(r, metadata_for(r.id, table)) for r in reports), coder or load())


def analyse_files(
    inputs: Iterable[str | Path],
    coder: StatementCoder | None = None,
    metadata: str | Path | None = None,
    reading: Reading | None = None,
) -> Iterator[Analysis | Failure]:
    """Analyse every report below files and folders; a file that fails comes as a Failure, the others go on.

    A `metadata.csv` beside the reports is used unless another table is given.
    """
    files, failures = find(inputs, reading)
    rows, _ = metadata_rows(files, metadata)
    yield from failures
    yield from analyse_found(files, coder or load(), rows, reading)


def analyse_found(
    files: Iterable[Found], coder: StatementCoder, rows: Metadata, reading: Reading | None = None
) -> Iterator[Analysis | Failure]:
    """Analyse files that `find` listed, a batch at a time; `rows` are their metadata by id."""
    flow = prepare_found(files, rows, reading)
    while batch := list(islice(flow, _BATCH)):
        coded = code_safely([p for p in batch if isinstance(p, Prepared)], coder)
        for item in batch:
            yield item if isinstance(item, Failure) else next(coded)


def prepare_found(files: Iterable[Found], rows: Metadata, reading: Reading | None = None) -> Iterator[Prepared | Failure]:
    """Read and cut files that `find` listed; whatever goes wrong with one becomes a Failure."""
    for report in read_found(files, reading):
        yield report if isinstance(report, Failure) else prepare_safely(report, rows.get(report.id))


def prepare_safely(report: Report, metadata: Mapping[str, object] | None = None) -> Prepared | Failure:
    """Return one report cut, or the failure that it is."""
    try:
        return unfit(report) or prepare(report, metadata)
    except Exception as error:
        return failed(report.source, "segment", error)


def analyse_corpus(
    inputs: str | Path | Iterable[str | Path],
    coder: StatementCoder | None = None,
    metadata: str | Path | None = None,
    reading: Reading | None = None,
) -> pd.DataFrame:
    """Return one row a coded statement of all reports below files and folders, with the columns of `gongkai tag`.

    Files that fail are listed in `frame.attrs["failures"]`.
    """
    given = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    done = list(analyse_files(given, coder, metadata, reading))
    frame = tag_frame(a for a in done if isinstance(a, Analysis))
    frame.attrs["failures"] = [f for f in done if isinstance(f, Failure)]
    return frame


def code_all(prepared: Iterable[Prepared], coder: StatementCoder) -> Iterator[Analysis]:
    """Code prepared reports, a batch at a time."""
    flow = iter(prepared)
    while done := _batch(flow, coder):
        yield from done


def code_safely(prepared: Sequence[Prepared], coder: StatementCoder) -> Iterator[Analysis | Failure]:
    """Code prepared reports, in order; one that cannot be coded is a failure, and the others go on."""
    return one_by_one(lambda some: code_all(some, coder), prepared, lambda p: p.report.source)


def _batch(flow: Iterator[Prepared], coder: StatementCoder) -> list[Analysis]:
    with collected_later():
        batch = list(islice(flow, _BATCH))
        codings = iter(code_statements(batch, coder))
        told = [(p, tuple(islice(codings, len(p.statements))), p.segmentation) for p in batch]
        return [Analysis(p.report, cut.sections, mine, cut.missing, (*p.report.warnings, *cut.warnings)) for p, mine, cut in told]


def code_statements(batch: Iterable[Prepared], coder: StatementCoder) -> Iterator[Coding]:
    """Code the statements of prepared reports, in order."""
    flat = [(n, p, s) for n, p in enumerate(batch) for s in p.statements]
    if not flat:
        return
    found = [s for *_, s in flat]
    columns = {"report": [n for n, *_ in flat], "text": [s.text for s in found], "path": [s.path for s in found]}
    X = pd.DataFrame(columns, dtype=object)
    scores = coder.predict_proba(X)
    decided = coder.decide(scores)
    carried = evidence_many(coder, [p.report.text for _, p, _ in flat], found, [(role, *themes) for role, themes in decided])
    codes = coder.classes_.tolist()
    for s, row, (role, themes), said in zip(found, scores.astype(float).round(4).tolist(), decided, carried, strict=True):
        yield Coding(s, role, themes, dict(zip(codes, row, strict=True)), said)


def tag_frame(analyses: Iterable[Analysis]) -> pd.DataFrame:
    """Return one row a coded statement, with the columns of `gongkai tag` and then the further columns of the user's metadata.

    A user's column that is called as one of these tables' own becomes `NAME_given`.
    """
    rows = []
    for a in analyses:
        r = a.report
        for c in a.codings:
            s = c.statement
            themes = {k: v for k, v in c.scores.items() if k in c.themes}
            carried = [{"code": e.code, "start": e.start, "end": e.end, "weight": e.weight} for e in c.evidence]
            cells = (r.id, r.body, r.year, r.level, r.region, a.kind_of(s), s.path, s.start, s.end, s.text)
            row = dict(zip(TAG_COLUMNS, (*cells, c.role, list(c.themes), c.scores[c.role], themes, carried), strict=True))
            rows.append({**row, **_given(r.metadata)})
    extra = dict.fromkeys(k for row in rows for k in row if k not in TAG_COLUMNS)
    return pd.DataFrame(rows, columns=[*TAG_COLUMNS, *extra]).astype({"year": "Int64", "start": "Int64", "end": "Int64"})


def segment_frame(analyses: Iterable[Analysis | Prepared]) -> pd.DataFrame:
    """Return one row a section, and one of kind `missing` for each that was looked for and not found.

    A missing one has the kind it should have as its `title`, no offsets and no text, and the reason in `warnings`.
    """
    rows: list[tuple] = []
    for a in analyses:
        sections, missing = (a.segmentation.sections, a.segmentation.missing) if isinstance(a, Prepared) else (a.sections, a.missing)
        text = a.report.text
        rows += [
            (a.report.id, s.kind, s.number, s.title, s.start, s.body_start, s.end, s.confidence, list(s.warnings), text[s.start : s.end])
            for s in sections
        ]
        rows += [(a.report.id, "missing", None, m.kind, None, None, None, None, [m.reason], None) for m in missing]
    return pd.DataFrame(rows, columns=list(SEGMENT_COLUMNS)).astype(
        {"number": "Int64", "start": "Int64", "body_start": "Int64", "end": "Int64", "confidence": "Float64"}
    )


def report_frame(analyses: Iterable[Analysis]) -> pd.DataFrame:
    """Return one row a report: `report, body, year, level, region, source`, where each was read from, and the user's further columns.

    `region_candidates` holds the regions that an ambiguous name may mean, `;`-joined; `warnings` what was doubtful in reading and
    cutting. A user's column that is called as one of these tables' own becomes `NAME_given`.
    """
    rows = []
    for a in analyses:
        r = a.report
        origins = [r.origins.get(c.removesuffix("_from")) for c in _ORIGINS]
        cells = (r.id, r.body, r.year, r.level, r.region, r.source, *origins, list(a.warnings))
        rows.append({**dict(zip(_REPORT_COLUMNS, cells, strict=True)), **_given(r.metadata)})
    extra = dict.fromkeys(k for row in rows for k in row if k not in _REPORT_COLUMNS)
    return pd.DataFrame(rows, columns=[*_REPORT_COLUMNS, *extra]).astype({"year": "Int64"})


def _given(metadata: Mapping[str, object]) -> dict[str, object]:
    """The user's columns under names that no column of gongkai's tables has."""
    named = {k: v for k, v in metadata.items() if k not in OWN_COLUMNS}
    for name in (k for k in metadata if k in OWN_COLUMNS):
        free = f"{name}_given"
        while free in metadata:
            free += "_given"
        named[free] = metadata[name]
    return named


def failure_frame(failures: Sequence[Failure]) -> pd.DataFrame:
    """Return one row a file that failed: `file, stage, reason, cure`."""
    # The name of a file may hold what no other file can.
    rows = [[said.encode("utf-8", "backslashreplace").decode() for said in (f.file, f.stage, f.reason, f.cure)] for f in failures]
    return pd.DataFrame(rows, columns=["file", "stage", "reason", "cure"])
