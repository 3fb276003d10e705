"""What a page shows of one analysed report: plain data, made of pieces of its text with what was found in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ..present.figures import LOW
from ..present.safe import Cleaner
from ..present.statutory import labels
from ..records import CODED_KINDS, Analysis, Coding, Section, TableCell
from ..resources import data

# Characters shown of a part in which nothing is coded.
_SHOWN = 4_000
NO_CELL = "\x00"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text, the codes it is evidence for, and whether it is furniture of the page."""

    text: str
    codes: tuple[str, ...] = ()
    furniture: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces that follow each other in one statement, or in none (None)."""

    statement: int | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section, or text that stands in none (kind ""): its runs in order, and how many characters are left out at its end."""

    kind: str
    number: int | None
    title: str
    start: int
    end: int
    confidence: float
    warnings: tuple[str, ...]
    runs: tuple[Run, ...]
    statements: tuple[int, ...]
    left_out: int

    @property
    def doubtful(self) -> bool:
        """Whether the section was recognised with little confidence."""
        return bool(self.kind) and self.confidence < LOW


@dataclass(frozen=True, slots=True)
class Proof:
    """A stretch of the source, `[start, end)`, that speaks for a code, and its share of the code's score (0-1)."""

    code: str
    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as the page lists it: number, role and themes with their scores (0-1), headings above it, evidence."""

    n: int
    role: str
    role_score: float
    themes: tuple[tuple[str, float], ...]
    path: tuple[str, ...]
    text: str
    start: int
    end: int
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A statutory table: names of its columns, and rows of (names, cells); names are pairs (zh, en).

    A cell is as written, "" where it is blank, None where it could not be placed, and `NO_CELL` where the form has none.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[tuple[str, str], tuple[str | None, ...]], ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows of a report; `missing` are pairs (kind, reason), `counts` the statements by role and by theme.

    `findings` are what does not add up in the tables: (check, table, message).
    """

    name: str
    about: dict[str, object]
    parts: tuple[Part, ...]
    missing: tuple[tuple[str, str], ...]
    statements: tuple[Said, ...]
    counts: dict[str, int]
    tables: tuple[Table, ...]
    findings: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]
    changed: int


def view(analysis: Analysis) -> View:
    """Return what the page shows of a report; texts are as in the file, save for signs that no page can hold, counted in `changed`.

    >>> from gongkai.records import Report
    >>> report = Report("a.txt", "五、存在的主要问题\\n更新慢。", body="柳泉县水利局")
    >>> view(Analysis(report, (Section("problems", 5, "存在的主要问题", 0, 10, 14, 0.9),), ())).parts[0].runs[0].pieces[0].text
    '五、存在的主要问题\\n更新慢。'
    """
    report, clean = analysis.report, Cleaner()
    codings = sorted(analysis.codings, key=lambda c: c.statement.start)
    about = {"body": report.body, "year": report.year, "level": report.level, "region": report.region}
    counts: dict[str, int] = {}
    for c in codings:
        for code in (c.role, *c.themes):
            counts[code] = counts.get(code, 0) + 1
    read = analysis.tables
    return View(
        name=report.id,
        about={k: clean(v) if isinstance(v, str) else v for k, v in about.items()},
        parts=tuple(_parts(analysis, codings, clean)),
        missing=tuple((m.kind, m.reason) for m in _by_weight(analysis)),
        statements=tuple(_said(n, c, report.text, clean) for n, c in enumerate(codings)),
        counts=counts,
        tables=tuple(_tables(read.cells, clean)),
        findings=tuple((f.check, f.table, clean(f.message)) for f in read.findings),
        warnings=tuple(map(clean, analysis.warnings)),
        changed=clean.changed,
    )


def _by_weight(analysis: Analysis) -> list:
    """What is missing, the coded sections first."""
    return sorted(analysis.missing, key=lambda m: m.kind not in CODED_KINDS)


def _said(n: int, c: Coding, text: str, clean: Cleaner) -> Said:
    s = c.statement
    themes = tuple((t, c.scores.get(t, 0.0)) for t in c.themes)
    proofs = tuple(Proof(e.code, clean(" ".join(text[e.start : e.end].split())), e.start, e.end, e.weight) for e in c.evidence)
    return Said(n, c.role, c.scores.get(c.role, 0.0), themes, tuple(map(clean, s.path)), clean(s.text), s.start, s.end, proofs)


def _parts(analysis: Analysis, codings: Sequence[Coding], clean: Cleaner) -> Iterator[Part]:
    """The sections and, where there is any, the text before, between and behind them."""
    text, at = analysis.report.text, 0
    for s in sorted(analysis.sections, key=lambda s: s.start):
        if text[at : s.start].strip():
            yield _part(Section("", None, "", at, at, s.start, 1.0), analysis, codings, clean)
        yield _part(s, analysis, codings, clean)
        at = max(at, s.end)
    if text[at:].strip():
        yield _part(Section("", None, "", at, at, len(text), 1.0), analysis, codings, clean)


def _part(s: Section, analysis: Analysis, codings: Sequence[Coding], clean: Cleaner) -> Part:
    here = [(n, c) for n, c in enumerate(codings) if s.start <= c.statement.start < s.end]
    end = s.end if here else min(s.end, s.start + _SHOWN)
    pieces = groupby(_pieces(analysis, s.start, end, here, clean), key=lambda p: p[0])
    runs = tuple(Run(n, tuple(p for _, p in run)) for n, run in pieces)
    warnings, numbers = tuple(map(clean, s.warnings)), tuple(n for n, _ in here)
    return Part(s.kind, s.number, clean(s.title), s.start, s.end, s.confidence, warnings, runs, numbers, s.end - end)


def _pieces(
    analysis: Analysis, start: int, end: int, here: Sequence[tuple[int, Coding]], clean: Cleaner
) -> Iterator[tuple[int | None, Piece]]:
    """The text of `[start, end)`, cut where a statement, a stretch of evidence or furniture begins or ends."""
    text = analysis.report.text
    furniture = [(max(a, start), min(b, end)) for a, b in analysis.report.furniture if a < end and b > start]
    spans = [(c.statement.start, c.statement.end) for _, c in here]
    proofs = [(e.start, e.end, e.code) for _, c in here for e in c.evidence]
    cuts = {start, end, *(p for a, b in (*furniture, *spans) for p in (a, b)), *(p for a, b, _ in proofs for p in (a, b))}
    places = [p for p in sorted(cuts) if start <= p <= end]
    page, said, shown = _Walk(furniture), _Walk(spans), _Walk([(a, b) for a, b, _ in proofs])
    for a, b in pairwise(places):
        inside = said.at(a)
        codes = tuple(proofs[i][2] for i in shown.at(a))
        number = here[inside[0]][0] if inside else None
        yield number, Piece(clean(text[a:b]), tuple(dict.fromkeys(codes)) if inside else (), bool(page.at(a)))


class _Walk:
    """Which of some spans hold a place, for places that only go forward."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._spans = spans
        self._left = sorted(range(len(spans)), key=lambda i: spans[i], reverse=True)
        self._open: list[int] = []

    def at(self, place: int) -> list[int]:
        while self._left and self._spans[self._left[-1]][0] <= place:
            self._open.append(self._left.pop())
        self._open = [i for i in self._open if self._spans[i][1] > place]
        return self._open


def _tables(cells: Iterable[TableCell], clean: Cleaner) -> Iterator[Table]:
    """The statutory tables as a person lays them out: section 四, one row on paper, in three."""
    found: dict[str, dict[tuple[str, str], str | None]] = {}
    for c in cells:
        row, column = c.column.rpartition("_")[::2] if c.table == "litigation" else (c.row, c.column)
        found.setdefault(c.table, {})[row, column] = clean(c.raw) if c.raw is not None else None
    for table, named in labels().items():
        here = found.get(table)
        if not here:
            continue
        rows, columns = ([k for k in named[of] if k in {key[i] for key in here}] for i, of in enumerate(("rows", "columns")))
        # Two forms call their column of money differently.
        money, names = data("tables.yaml")["money"]["columns"], data("look.yaml")["word"]["money"]
        heads = tuple((pair[0], pair[1]) for pair in (names if c in money else named["columns"][c] for c in columns))
        lines = tuple(((named["rows"][r][0], named["rows"][r][1]), tuple(here.get((r, c), NO_CELL) for c in columns)) for r in rows)
        yield Table(table, heads, lines)


def size_of(number: int) -> str:
    """Return a number of bytes as people say it.

    >>> size_of(1), size_of(812_345), size_of(1_234_567), size_of(20_373_000)
    ('1 kB', '812 kB', '1.2 MB', '20 MB')
    """
    if number < 999_500:
        return f"{max(1, round(number / 1e3))} kB"
    return f"{number / 1e6:.1f} MB" if number < 9_950_000 else f"{number / 1e6:.0f} MB"
