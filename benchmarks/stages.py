"""Microseconds a report of each stage on one core, and reports a second of the whole way, by processor time."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median

import pandas as pd

import gongkai
from gongkai.analyse import Prepared, analyse_found, code_all, prepare
from gongkai.evidence import evidence_many
from gongkai.model import StatementCoder
from gongkai.parts import part_bytes, tables_of
from gongkai.read import find
from gongkai.records import Analysis, Report
from gongkai.segment import segment
from gongkai.tables import statutory_tables

sys.path.insert(0, str(Path(__file__).parent))
from inputs import again, altered, invented, seeds

AT_ONCE = 500
# What takes long is measured on one report in so many.
FEW = 5
HEAD = ("stage", "invented, µs", "reports/s", "seeds altered, µs", "reports/s", "seeds again and again, µs", "reports/s")
INPUT_HEAD = ("input", "reports", "characters each", "statements each", "different statements, %")


def batches(texts: Sequence[str], size: int = AT_ONCE) -> Iterator[Sequence[str]]:
    """Texts by so many at a time."""
    return (texts[start : start + size] for start in range(0, len(texts), size))


def hot_path(coder: StatementCoder, texts: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Text → sections → statements → features → scores → codes, of one batch; no metadata and no evidence."""
    found = [(n, s) for n, text in enumerate(texts) for part in segment(text).sections for s in gongkai.statements(text, part)]
    if not found:
        return []
    columns = {"report": [n for n, _ in found], "text": [s.text for _, s in found], "path": [s.path for _, s in found]}
    X = pd.DataFrame(columns, dtype=object)
    return coder.decide(coder.predict_proba(X))


def run_hot(coder: StatementCoder, texts: Sequence[str]) -> None:
    """Take texts through the hot path, a batch at a time."""
    for batch in batches(texts):
        hot_path(coder, batch)


def run_coded(coder: StatementCoder, texts: Sequence[str]) -> None:
    """Take texts to coded statements with office, year and evidence, in batches."""
    for _ in gongkai.analyse_many((Report(str(k), text, f"{k}.txt") for k, text in enumerate(texts)), coder):
        pass


def run_single(coder: StatementCoder, texts: Sequence[str]) -> None:
    """Take texts to coded statements one by one."""
    for text in texts:
        gongkai.analyse(Report("a", text, "a.txt"), coder)


def lapse(work: Callable[..., object], *given: object) -> float:
    """Processor seconds of some work."""
    begin = time.process_time()
    work(*given)
    return time.process_time() - begin


def one_pass(coder: StatementCoder, given: Iterator[str], n: int, folder: Path) -> dict[str, float]:
    """Microseconds a report by stage; each way gets reports of its own, so that none profits from what another has seen."""
    taken = _stages(coder, _files(given, n, folder / "stages"))
    texts = list(islice(given, n))
    taken["text → sections → statements → scores"] = lapse(run_hot, coder, texts)
    texts = list(islice(given, n))
    taken["text → coded statements with evidence"] = lapse(run_coded, coder, texts)
    files, few = _files(given, n, folder / "whole"), max(1, n // FEW)
    taken["file → rows"] = lapse(_whole, coder, files, False)
    files = _files(given, few, folder / "tables")
    taken["file → rows, with statutory tables"] = lapse(_whole, coder, files, True) * n / few
    texts = list(islice(given, few))
    taken["text → coded statements, one by one"] = lapse(run_single, coder, texts) * n / few
    return {name: seconds / n * 1e6 for name, seconds in taken.items()}


def _files(given: Iterator[str], n: int, folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    files = [folder / f"{k:05d}.txt" for k in range(n)]
    for file, text in zip(files, given, strict=False):
        file.write_text(text, "utf-8")
    return files


def _stages(coder: StatementCoder, files: Sequence[Path]) -> dict[str, float]:
    """Processor seconds of each stage, one after the other over the same files."""
    taken: dict[str, float] = {}
    clock = time.process_time

    def lap(name: str, begin: float) -> float:
        taken[name] = clock() - begin
        return clock()

    begin = clock()
    raw = [gongkai.read(file) for file in files]
    begin = lap("read and decode", begin)
    reports = [gongkai.describe(report) for report in raw]
    begin = lap("describe", begin)
    cut = [segment(report) for report in reports]
    begin = lap("segment", begin)
    each = [
        [s for part in found.sections for s in gongkai.statements(text, part)]
        for found, text in zip(cut, (r.readable() for r in reports), strict=True)
    ]
    begin = lap("statements", begin)
    flat = [(n, s) for n, mine in enumerate(each) for s in mine]
    columns = {"report": [n for n, _ in flat], "text": [s.text for _, s in flat], "path": [s.path for _, s in flat]}
    X = pd.DataFrame(columns, dtype=object)
    decided = coder.decide(coder.predict_proba(X))
    begin = lap("features, scores and codes", begin)
    evidence_many(coder, [reports[n].text for n, _ in flat], [s for _, s in flat], [(role, *themes) for role, themes in decided])
    lap("evidence", begin)
    coded = list(code_all([Prepared(*row) for row in zip(reports, cut, map(tuple, each), strict=True)], coder))
    begin = clock()
    tables = tables_of(coded, [], None)
    for table in tables.values():
        part_bytes(table)
    begin = lap("rows, as Parquet", begin)
    few = coded[: max(1, len(coded) // FEW)]
    for a in few:
        statutory_tables(a.report, a.sections)
    lap("statutory tables", begin)
    taken["statutory tables"] *= len(coded) / len(few)
    return taken


def _whole(coder: StatementCoder, files: Sequence[Path], tables: bool) -> None:
    found, _ = find(files)
    coded = [a for a in analyse_found(found, coder, {}) if isinstance(a, Analysis)]
    read = {a.report.id: statutory_tables(a.report, a.sections) for a in coded} if tables else None
    for table in tables_of(coded, [], read).values():
        part_bytes(table)


def facts(name: str, texts: Sequence[str]) -> tuple[object, ...]:
    """How many reports there are, how long they are, and how many of their statements are there once."""
    said = [s.text for k, text in enumerate(texts) for s in prepare(Report(str(k), text, f"{k}.txt")).statements]
    return (
        name,
        len(texts),
        round(sum(map(len, texts)) / len(texts)),
        round(len(said) / len(texts), 1),
        round(100 * len(set(said)) / len(said), 1),
    )


def measure(
    coder: StatementCoder, n: int, passes: int, folder: Path | None = None
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The rows of inputs and of stages: medians of some passes over `n` reports each, after one that is not counted."""
    real = seeds(folder)
    ways = {"invented": invented(), "seeds altered": altered(real), "seeds again and again": again(real)}
    inputs, columns = [], []
    for name, given in ways.items():
        inputs.append(facts(name, list(islice(given, n))))
        with tempfile.TemporaryDirectory() as scratch:
            took = [one_pass(coder, given, n, Path(scratch) / str(k)) for k in range(passes + 1)][1:]
        columns.append({stage: median(each[stage] for each in took) for stage in took[0]})
    rows = [(stage, *(cell for column in columns for cell in (column[stage], 1e6 / column[stage]))) for stage in columns[0]]
    return inputs, rows
