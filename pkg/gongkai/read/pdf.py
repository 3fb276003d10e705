"""Read a PDF: its characters by PDFium, lines, columns and paragraphs by geometry, ruled tables as tables, scanned pages by OCR."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from ..resources import resource_text
from . import ruled, scan
from .columns import Block, regions
from .extract import Builder, Extract, ReadError
from .glyphs import Marks, read_marks
from .layout import Glyph, Line, is_wide, line, pattern, rows, runs
from .limits import Limits
from .pages import Flow, Page, Table
from .paragraphs import write

_INSTALL = 'pip install "gongkai[pdf]"'
_OCR = "run with --ocr (needs gongkai[ocr] and tesseract with chi_sim)"
# A page with fewer characters than this, and covered by pictures to this share or drawn with so many shapes, is a scan.
_FEW, _COVERED, _DRAWN = 20, 0.3, 100
# With fewer than this, and covered to this share, it may be a scan that was given a head and a foot.
_RATHER_FEW, _WHOLLY_COVERED = 100, 0.8
# Above this share of characters without meaning the text of a page is not used.
_BROKEN = 0.5
# A Chinese text has at least this share of the commonest characters; a text of so many, whatever it is about, at least this one.
_COMMON, _MANY, _SENSELESS = 0.2, 100, 0.08

# Why a page is not read, as its warning says it.
_SCAN = "pages left out, scans without text"
_COVER = "pages of which little was read, covered by a picture (a scan?)"
_GARBLED = "pages left out, with characters that stand for no text"
_DAMAGED = "pages left out, damaged"


def read_pdf(raw: bytes, limits: Limits, ocr: bool = False) -> Extract:
    """Return the text of a PDF, a paragraph a line, with its ruled tables and its page numbers and running heads.

    `ocr` reads pages that are pictures with tesseract. Raises ReadError for what is no PDF, damaged, locked by a password, longer
    than `limits.pages`, and for scans where `ocr` is off.
    """
    with closing(_opened(raw)) as document:
        count = len(document)
        if count > limits.pages:
            raise ReadError(f"has {count} pages, more than the limit of {limits.pages}", f"raise it: --limit pages={count}")
        reading = _Reading(document, ocr)
        pages = [reading.page(i) for i in range(count)]
    builder = Builder()
    reading.judge(count)
    builder.warnings += reading.warnings()
    write(pages, builder)
    return builder.extract()


def _opened(raw: bytes) -> Any:
    try:
        import pypdfium2 as pdfium
        import pypdfium2.raw as c
    except ImportError as error:
        raise ReadError("needs pypdfium2 to read PDF", _INSTALL) from error
    try:
        return pdfium.PdfDocument(raw)
    except pdfium.PdfiumError as error:
        if error.err_code in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise ReadError("is locked with a password", "open it with the password and save it without") from error
        raise ReadError("is damaged or no PDF", "open it in a PDF program and save it again") from error


class _Reading:
    """Reads page after page of one document and keeps what is to be said about them."""

    def __init__(self, document: Any, ocr: bool) -> None:
        self.document = document
        self.ocr = ocr
        self.said: dict[str, list[int]] = {}
        self.unread: dict[str, list[int]] = {}
        self.with_text = 0

    def page(self, number: int) -> Page:
        """Read one page and close it, so that a long document takes no more memory than a short one."""
        from pypdfium2 import PdfiumError

        try:
            with closing(self.document[number]) as page:
                return self._read(page, number)
        except PdfiumError:
            self._leave(_DAMAGED, number)
            return Page((), 0.0, False)

    def _read(self, page: Any, number: int) -> Page:
        marks = read_marks(page)
        reason = _unreadable(marks)
        if reason and self.ocr:
            glyphs = scan.recognise(page)
            self._say("read by OCR: characters may be wrong, tables are plain lines and may lack figures", number)
            self.with_text += bool(glyphs)
            return Page(tuple(_flows(glyphs, [])), page.get_width())
        if reason:
            self._leave(reason, number)
        if reason == _GARBLED:
            return Page((), marks.width, False)
        self.with_text += bool(marks.glyphs) and reason != _SCAN
        return self._laid_out(marks, number, not reason)

    def _laid_out(self, marks: Marks, number: int, whole: bool) -> Page:
        if marks.hidden:
            self._say("with characters nobody sees (invisible, tiny or off the page), which were left out", number)
        if marks.unfound:
            self._say("with text in fonts that neither the file nor this machine has, some of it lost: install a Chinese font", number)
        if marks.slanted:
            self._say("with slanted text (a watermark?), which was left out", number)
        outside, beside, tables = self._tables(marks, number)
        flows = _flows(outside, tables)
        for glyphs in beside:
            lines = [made for row in rows(glyphs) if (made := line(row))]
            # No line of these is full, so none is joined with the next.
            flows.append(Flow(tuple(lines), (0.0, float("inf"))))
        return Page(tuple(flows), marks.width, whole)

    def _tables(self, marks: Marks, number: int) -> tuple[list[Glyph], list[list[Glyph]], list[Table]]:
        """What stands outside of tables, the same for text turned other ways, and the tables."""
        found: list[ruled.Ruled] = []
        if ruled.may_hold_table(marks.rules):
            try:
                if marks.endless:
                    raise ruled.TooManyRules
                found = ruled.tables(marks.rules)
            except ImportError:
                self._say(f"with ruled lines whose tables were not read by geometry, for want of pdfplumber ({_INSTALL})", number)
            except ruled.TooManyRules:
                self._say("with more ruled lines than a table has, so that no tables were looked for", number)
        planes, filled = ruled.fill(found, [[(g, g.middle) for g in marks.glyphs], *marks.turned])
        upright, *turned = ([g for g, _ in plane] for plane in planes)
        return upright, turned, [Table(cells, t.xs, t.ys[0], t.ys[-1]) for t, cells in filled]

    def judge(self, count: int) -> None:
        """Raise ReadError where no page gave any text."""
        if self.with_text:
            return
        if _SCAN in self.unread:
            raise ReadError("is a scan without text", _OCR)
        if _GARBLED in self.unread:
            raise ReadError("has characters that stand for no text (its fonts lack their Unicode values)", _OCR)
        if self.unread:
            raise ReadError("is damaged: no page can be opened", "open it in a PDF program and save it again")
        cure = "check that the file is the report" if count else "the file has no pages; save the report again"
        raise ReadError("has no text", cure)

    def warnings(self) -> list[str]:
        """What there is to say, a line a matter, with the pages it concerns."""
        left = [f"{reason}: {_listed(pages)}" for reason, pages in self.unread.items()]
        if self.unread.keys() - {_DAMAGED}:
            left.append(f"to read these pages, {_OCR}")
        return left + [f"pages {reason}: {_listed(pages)}" for reason, pages in self.said.items()]

    def _say(self, what: str, number: int) -> None:
        self.said.setdefault(what, []).append(number + 1)

    def _leave(self, reason: str, number: int) -> None:
        self.unread.setdefault(reason, []).append(number + 1)


def _listed(numbers: Iterable[int]) -> str:
    """Page numbers, neighbours drawn together: 1-3, 7."""
    spans: list[list[int]] = []
    for n in numbers:
        if spans and n == spans[-1][1] + 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in spans)


def _unreadable(marks: Marks) -> str | None:
    """Why the characters of a page are not its text, None where they are."""
    text = "".join(g.text for g in (*marks.glyphs, *(g for plane in marks.turned for g, _ in plane)) if not g.text.isspace())
    own = pattern("scanner_marks").sub("", text)
    if len(own) < _FEW and (marks.pictures >= _COVERED or (not own and marks.drawings >= _DRAWN)):
        return _SCAN
    if len(own) < _RATHER_FEW and marks.pictures >= _WHOLLY_COVERED:
        return _COVER
    if not text:
        return None
    odd = sum("\ue000" <= c <= "\uf8ff" or c == "\ufffd" or c >= "\U000f0000" for c in text) / len(text)
    letters = [c for c in text if is_wide(c) and c.isalpha()]
    common = resource_text("common_characters.txt")
    sense = sum(c in common for c in letters) / max(1, len(letters))
    broken = odd > _BROKEN or (marks.unmapped > _BROKEN and sense < _COMMON) or (len(letters) >= _MANY and sense < _SENSELESS)
    return _GARBLED if broken else None


def _flows(glyphs: Sequence[Glyph], tables: Sequence[Table]) -> list[Flow]:
    """The columns of a page, or the page as one, with its lines and tables from the top down."""
    blocks: list[Block[list[Glyph] | Table]] = []
    whole = rows(glyphs)
    for row in whole:
        for run in runs(row):
            bases = sorted(g.base for g in run)
            stops = any(pattern("stop").match(g.text) for g in run)
            blocks.append(Block(run[0].x0, max(g.x1 for g in run), bases[len(bases) // 2], max(g.size for g in run), run, stops))
    blocks += [Block(t.left, t.right, t.top, 0.0, t, solid=True) for t in tables]
    parts = regions(blocks)
    flows = []
    for part in parts:
        inside = whole if len(parts) == 1 else rows(g for b in part.blocks if isinstance(b.held, list) for g in b.held)
        found = [(made.base, made) for row in inside if (made := line(row))]
        placed: list[tuple[float, Line | Table]] = [*found, *((b.base, b.held) for b in part.blocks if isinstance(b.held, Table))]
        flows.append(Flow(tuple(item for _, item in sorted(placed, key=lambda p: p[0])), part.column))
    return flows
