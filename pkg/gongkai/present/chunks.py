"""The sentences and sections of the page in compressed blocks, each read in the browser when it is first needed."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..codebook import Codebook
from ..records import CODED_KINDS
from ..spread import themes_of
from .figures import Frames, listed, present
from .panels import Panels, hundredths
from .wording import inline_json

# Characters of source text in one block, and reports in it at most: small enough to open at once, large enough to compress.
BLOCK = 150_000
REPORTS = 400
# Characters of source text on one page: with whole sections up to here, with sentences only up to twice as many.
LIMIT = 20_000_000


@dataclass(slots=True)
class Blocks:
    """`texts` are the blocks, base64 of zlib of JSON; block k begins with report `first[k]`.

    Reports before `whole` have the text of their sections, those before `told` their sentences; the rest have counts only.
    """

    texts: list[str] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    whole: int = 0
    told: int = 0
    paths: dict[tuple[str, ...], int] = field(default_factory=dict)


def packed(value: object) -> str:
    """Return JSON, compressed, in characters that are safe anywhere.

    >>> zlib.decompress(base64.b64decode(packed({"k": "县"}))).decode()
    '{"k":"县"}'
    """
    return base64.b64encode(zlib.compress(inline_json(value).encode("utf-8"), 6)).decode("ascii")


def blocks(
    tables: Frames, book: Codebook, shown: Panels, cells: Mapping[str, list], findings: Mapping[str, list], limit: int = LIMIT
) -> Blocks:
    """Return the blocks of a page, the reports in the order of `tables.reports`.

    A report is a list: sections [kind, title, start, text], statements (see `_statement`), pairs, tables, findings, questions.
    """
    names = [str(r) for r in tables.reports["report"]]
    sections, statements = _sections(tables), _statements(tables)
    codes = {c: i for i, c in enumerate((*book.role_ids, *book.theme_ids))}
    out = Blocks(whole=len(names), told=len(names))
    used = size = 0
    waiting: list[list] = []
    for i, name in enumerate(names):
        parts, said = sections.get(name, []), statements.get(name, [])
        length = sum(len(text) for *_, text in parts)
        if i < out.whole and used + length > limit:
            out.whole = i
        if i >= out.whole:
            length = sum(len(s["text"]) for s in said)
            if used + length > 2 * limit:
                out.told = i
                break
        rows = [_statement(s, parts, i < out.whole, codes, len(book.role_ids), out.paths) for s in said]
        kept = parts if i < out.whole else [[*part[:3], None] for part in parts]
        if not waiting:
            out.first.append(i)
        waiting.append([kept, rows, *(of.get(name, []) for of in (shown.pairs, cells, findings, shown.questions))])
        used, size = used + length, size + length
        if size >= BLOCK or len(waiting) >= REPORTS:
            out.texts.append(packed(waiting))
            waiting, size = [], 0
    if waiting:
        out.texts.append(packed(waiting))
    return out


def _sections(tables: Frames) -> dict[str, list[list]]:
    """The sections of each report that are coded, by their kind or because they hold a statement, in order."""
    begins: dict[str, list[int]] = {}
    for report, start in zip(tables.statements["report"].tolist(), tables.statements["start"].tolist(), strict=True):
        begins.setdefault(str(report), []).append(int(start))
    found: dict[str, list[list]] = {}
    columns = ("report", "kind", "title", "start", "end", "text")
    for report, kind, title, start, end, text in zip(*(tables.sections[c].tolist() for c in columns), strict=True):
        if not present(start) or not present(text):
            continue
        if kind in CODED_KINDS or any(start <= at < end for at in begins.get(str(report), ())):
            found.setdefault(str(report), []).append([str(kind), str(title) if present(title) else "", int(start), str(text)])
    return {r: sorted(parts, key=lambda p: p[2]) for r, parts in found.items()}


def _statements(tables: Frames) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    columns = ("path", "start", "end", "text", "role", "themes", "role_score", "theme_scores", "evidence")
    for report, *cells in zip(*(tables.statements[c].tolist() for c in ("report", *columns)), strict=True):
        s = dict(zip(columns, cells, strict=True))
        s |= {"start": int(s["start"]), "end": int(s["end"]), "text": str(s["text"]) if present(s["text"]) else ""}
        found.setdefault(str(report), []).append(s)
    return {r: sorted(rows, key=lambda s: s["start"]) for r, rows in found.items()}


def _scores(cell: object) -> dict[str, Any]:
    """The scores by code, given as a mapping or as the list of pairs that tables on disk hold."""
    return dict(cell) if isinstance(cell, Mapping) else {str(p["code"]): p["score"] for p in listed(cell)}


def _statement(s: dict, parts: list[list], whole: bool, codes: Mapping[str, int], roles: int, paths: dict[tuple[str, ...], int]) -> list:
    """A statement: start, end, role, themes, score and themes' scores in hundredths, path, evidence, text (0: as in its section)."""
    start, end = s["start"], s["end"]
    themes, scores = [t for t in themes_of(s["themes"]) if codes.get(t, -1) >= roles], _scores(s["theme_scores"])
    source = next((t[start - at : end - at] for _, _, at, t in parts if at <= start and end <= at + len(t)), None)
    # Evidence counts the characters of the source: the repaired text takes no underlines.
    carried = [e for e in listed(s["evidence"]) if e["code"] in codes] if source is not None else []
    return [
        start, end, codes.get(s["role"], -1), [codes[t] - roles for t in themes],
        hundredths(s["role_score"]), [hundredths(scores.get(t)) for t in themes],
        paths.setdefault(tuple(str(p) for p in listed(s["path"])), len(paths)),
        [[codes[e["code"]], int(e["start"]) - start, int(e["end"]) - start] for e in carried],
        0 if whole and source is not None else source if source is not None else s["text"],
    ]  # fmt: skip
