"""A labelled corpus on disk: reports or sections as text, and their coded statements as offsets into them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .codebook import Codebook, load_codebook
from .errors import UserError
from .phrases import codebook_phrases, joined, read_thesaurus
from .read import UndecodableError, decode
from .records import CODED_KINDS, Report
from .repair import repair
from .segment import segment
from .statements import Piece, pieces

# What `gongkai tag` writes beside the statements, and `reports.csv` tells better.
_PLACE = ("body", "year", "level")
STATEMENT_COLUMNS = ("report", "start", "end", "text", "role", "themes")


class CorpusError(UserError):
    """A labelled corpus that cannot be used; the message names the file, the line and the cure."""


@dataclass(frozen=True)
class Labelled:
    """A labelled corpus: `X` (report, path, text, place …) and `Y` (0/1, a column a role and a theme) row by row, and its codebook.

    `phrases` are the short ways of saying a theme that its thesaurus and its codebook list.
    """

    X: pd.DataFrame
    Y: pd.DataFrame
    codebook: Codebook
    phrases: pd.DataFrame


def load_corpus(folder: str | Path, codebook: Codebook | None = None) -> Labelled:
    """Load a folder with `statements.csv`, the texts it names, `codebook.yaml` (unless a codebook is given) and any `thesaurus.csv`.

    Raises CorpusError for missing files and columns, offsets outside the text, and unknown roles and themes.
    """
    root = Path(folder)
    book = codebook or codebook_of(root)
    table = read_statements(root / "statements.csv")
    described = _described(root / "reports.csv")
    rows: list[dict[str, object]] = []
    labels: list[set[str]] = []
    for report, rows_of in table.groupby("report", sort=False):
        # Neighbours teach too, and a spreadsheet may have sorted the rows by something else.
        group = rows_of.sort_values("start", key=pd.to_numeric, kind="stable")
        text = _text(root / str(report))
        found = label_pieces(text)
        for line, row in zip(group.index, group.to_dict("records"), strict=True):
            themes = [t for t in str(row["themes"]).split(";") if t]
            where = f"{root / 'statements.csv'}: line {line + 2}"
            if wrong := book.check(row["role"], themes):
                raise CorpusError(f"{where}: {'; '.join(wrong)}")
            start, end = int(row["start"]), int(row["end"])
            if not 0 <= start < end <= len(text):
                raise CorpusError(f"{where}: span {start}:{end} is not within the {len(text)} characters of {report}")
            rows.append(
                {
                    "report": str(report),
                    "start": start,
                    "end": end,
                    "text": repair(text[start:end], start).text,
                    "path": _path(found, start, end),
                    **{k: row[k] for k in _PLACE if k in row},
                    **described.get(str(report), {}),
                }
            )
            labels.append({str(row["role"]), *themes})
    codes = (*book.role_ids, *book.theme_ids)
    Y = pd.DataFrame([[int(c in mine) for c in codes] for mine in labels], columns=list(codes), dtype="int8")
    return Labelled(pd.DataFrame(rows), Y, book, phrases_of(root, book))


def phrases_of(root: Path, book: Codebook) -> pd.DataFrame:
    """Return the phrases of a corpus: its `thesaurus.csv`, where it has one, and what the codebook gives."""
    own = root / "thesaurus.csv"
    return joined([*([read_thesaurus(own, book)] if own.exists() else []), codebook_phrases(book)])


def codebook_of(root: Path) -> Codebook:
    """Return the codebook of a corpus: its own `codebook.yaml`, else the shipped one."""
    own = root / "codebook.yaml"
    return load_codebook(own if own.exists() else None)


def read_statements(file: Path) -> pd.DataFrame:
    """Read the table of coded statements; raises CorpusError where it is missing, lacks a column or holds nothing."""
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise CorpusError(f"{file}: cannot be read ({error}); a corpus needs statements.csv in UTF-8") from error
    if lacking := [c for c in STATEMENT_COLUMNS if c not in table and c != "text"]:
        raise CorpusError(f"{file}: lacks the column {', '.join(lacking)}; it needs {', '.join(STATEMENT_COLUMNS)}")
    if table.empty:
        raise CorpusError(f"{file}: holds no statement; code some first")
    for column in ("start", "end"):
        wrong = table.index[~table[column].str.fullmatch(r"\d+")]
        if len(wrong):
            raise CorpusError(f"{file}: line {wrong[0] + 2}: {column} {table[column][wrong[0]]!r} is no character offset")
    return table


def label_pieces(text: str) -> list[Piece]:
    """Return the pieces of the coded sections of a text, in order."""
    return [p for s in segment(Report("", text)).sections if s.kind in CODED_KINDS for p in pieces(text, s)]


def _text(file: Path) -> str:
    try:
        return decode(file.read_bytes())
    except UndecodableError as error:
        raise CorpusError(f"{file}: {error}; {error.cure}") from error
    except OSError as error:
        raise CorpusError(f"{file}: named in statements.csv but not there ({error.strerror})") from error


def _described(file: Path) -> dict[str, dict[str, object]]:
    if not file.exists():
        return {}
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return {row["report"]: {str(k): v for k, v in row.items() if k != "report"} for row in table.to_dict("records")}


def _path(found: list[Piece], start: int, end: int) -> tuple[str, ...]:
    """The headings above a labelled span: those of the piece that overlaps it most, wherever its borders lie."""
    overlaps = [
        (min(p.end, end) - max(p.start, start), -p.start, p.path)
        for p in found
        if p.start < end and p.end > start and p.sort == "statement"
    ]
    return max(overlaps)[2] if overlaps else ()
