"""What is wrong or doubtful in a labelled corpus: offsets, ids, rules, doubles, near-doubles across offices, likely label errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from .alike import similar_pairs
from .codebook import Codebook
from .labelled import codebook_of, label_pieces, phrases_of, read_statements
from .model import StatementCoder
from .phrases import ThesaurusError
from .read import UndecodableError, decode
from .repair import repair

COLUMNS = ("level", "finding", "report", "start", "message")


def check(corpus: str | Path, labels: bool = False, codebook: Codebook | None = None) -> pd.DataFrame:
    """Return the findings on a labelled corpus, a row each: `level` (error, doubt), `finding`, `report`, `start`, `message`.

    With `labels` a coder is trained in folds to find statements whose labels it would give otherwise (as long as evaluate).
    Raises CorpusError and CodebookError where nothing can be checked.
    """
    root = Path(corpus)
    book = codebook or codebook_of(root)
    table = read_statements(root / "statements.csv")
    table = table.assign(start=table["start"].astype(int), end=table["end"].astype(int))
    found = [*_rules(table, book), *_phrases(root, book), *_places(root, table), *_doubles(table)]
    if labels and not any(f[0] == "error" for f in found):
        found += _doubtful_labels(root, book)
    return pd.DataFrame(found, columns=list(COLUMNS))


Finding = tuple[str, str, str, int, str]


def _rules(table: pd.DataFrame, book: Codebook) -> Iterator[Finding]:
    for row in table.to_dict("records"):
        themes = [t for t in row["themes"].split(";") if t]
        for wrong in book.check(row["role"], themes):
            yield "error", "rule", row["report"], row["start"], wrong
        if len(set(themes)) < len(themes):
            yield "error", "rule", row["report"], row["start"], "a theme stands twice"


def _phrases(root: Path, book: Codebook) -> Iterator[Finding]:
    try:
        phrases_of(root, book)
    except ThesaurusError as error:
        yield "error", "file", "thesaurus.csv", 0, str(error)


def _places(root: Path, table: pd.DataFrame) -> Iterator[Finding]:
    """Spans outside the text, over another span, of other words than the table says, or not where the text is cut."""
    for report, rows in table.sort_values("start", kind="stable").groupby("report", sort=False):
        name = str(report)
        try:
            text = decode((root / name).read_bytes())
        except (OSError, UndecodableError) as error:
            yield "error", "file", name, 0, str(error)
            continue
        units = {(p.start, p.end): p.text for p in label_pieces(text) if p.sort == "statement"}
        last = -1
        for row in rows.to_dict("records"):
            start, end = row["start"], row["end"]
            if not 0 <= start < end <= len(text):
                yield "error", "offset", name, start, f"span {start}:{end} is not within the {len(text)} characters"
                continue
            if start < last:
                yield "error", "offset", name, start, "overlaps the statement before"
            last = end
            words = repair(text[start:end]).text
            if row.get("text") and row["text"] not in (words, units.get((start, end))):
                yield "error", "offset", name, start, f"the text there is {words[:30]!r}, the table says {row['text'][:30]!r}"
            elif (start, end) not in units:
                yield "doubt", "cut", name, start, f"gongkai cuts here otherwise: {words[:30]!r}"


def _doubles(table: pd.DataFrame) -> Iterator[Finding]:
    """Equal statements with other labels, and sections that are nearly those of another report."""
    if "text" not in table:
        return
    words = table["text"].str.replace(r"\W", "", regex=True)
    for _, rows in table[words.str.len() > 6].groupby(words):
        if len(rows) > 1 and rows[["role", "themes"]].drop_duplicates().shape[0] > 1:
            first = rows.iloc[0]
            places = ", ".join(rows["report"].unique()[:3])
            yield "doubt", "labels differ", first["report"], int(first["start"]), f"the same statement is coded in several ways ({places})"
    sections = table.groupby("report", sort=False)["text"].agg("".join)
    for i, j, alike in similar_pairs(sections.tolist()):
        yield "doubt", "nearly the same", str(sections.index[i]), 0, f"{alike:.0%} like {sections.index[j]}"


def _doubtful_labels(root: Path, book: Codebook) -> Iterator[Finding]:
    """Confident learning (Northcutt, Jiang & Chuang 2021): out-of-fold probabilities against each code's mean over its own cases."""
    from .evaluate import evaluate
    from .labelled import load_corpus

    labelled = load_corpus(root, book)
    found = evaluate(labelled, StatementCoder(codebook=book))
    p, given = found.probabilities, found.true.astype(bool)
    for i, code in enumerate(found.codes):
        if not given[:, i].any() or given[:, i].all():
            continue
        sure_yes, sure_no = p[given[:, i], i].mean(), p[~given[:, i], i].mean()
        for n in np.flatnonzero((given[:, i] & (p[:, i] <= sure_no)) | (~given[:, i] & (p[:, i] >= sure_yes))):
            row = labelled.X.iloc[n]
            say = f"{code} {'given' if given[n, i] else 'not given'}, the coder says {p[n, i]:.2f}: {row['text'][:40]}"
            yield "doubt", "label", row["report"], int(row["start"]), say
