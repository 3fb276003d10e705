"""Read web pages (.html, .mht): the main text with its title, tables as grids, and a reason where a page holds no text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from typing import Any
from urllib.parse import unquote

from .extract import Builder, Extract, ReadError
from .htmlblocks import page_of
from .htmlpage import Item, Page, collapsed, han, names, pattern
from .htmlsource import cleaned, source_of, tree_of
from .limits import Limits
from .maintext import Main, main_text

# Below this a page that links to documents only announces them; below the second one it may.
_ANNOUNCEMENT, _DOUBTFUL = 150, 600
# A page that hides more than this share of its report-like text shows it by a script; so many characters hidden are worth a word.
_HIDDEN_SHARE, _WORTH_A_WORD = 0.5, 50
# A page of fewer characters, none of them like a report's, holds no text.
_NO_PAGE = 30
_HEAD = 6
_LONGEST_TITLE = 80
# Past this length the extractor for pages in general takes too long.
_LARGEST_GUESS = 1_000_000
_NO_TEXT = "no text in this page"


def read_html(raw: bytes, limits: Limits) -> Extract:
    """Read a web page as saved: its main text, its tables as grids, its title as the first line.

    Raises ReadError for a page without text (frames, scripts, pictures, a link to a document) and one nested beyond
    `limits.depth`, and UndecodableError for bytes that are no text.

    >>> read_html("<title>年报</title><div id=zoom><p>一、总体<b>情况</b></p></div>".encode(), Limits()).text
    '年报\\n一、总体情况\\n'
    """
    source, warnings = source_of(raw)
    source = cleaned(source)
    root, odd = tree_of(source, limits)
    if root is None:
        raise ReadError(_NO_TEXT, "open it in a browser and save it again")
    page, main, hidden = _shown_or_hidden(root)
    warnings += [*odd, *hidden, *page.warnings]
    _check_documents(page, main, warnings)
    if not main.weight and sum(len(i.text) for i in main.items) < _NO_PAGE:
        raise _nothing(page)
    items = list(main.items)
    if main.how == "page":
        guessed = _guessed(source, items)
        items = guessed or items
        taken = "the lines that trafilatura takes for its text were read" if guessed else "all its lines but links were read"
        warnings.append(f"no part of this page stands out as the report; {taken}")
    if (left := sum(map(len, main.left_out))) >= _WORTH_A_WORD:
        warnings.append(f"{left} characters outside the main text were left out, beginning {main.left_out[0].strip()[:20]!r}")
    builder = Builder()
    builder.warnings += warnings
    if title := _title(root, page, items):
        builder.paragraph(title)
    for item in items:
        if item.cells:
            builder.table(item.cells)
        else:
            builder.paragraph(item.text)
    return builder.extract()


def _shown_or_hidden(root: Any) -> tuple[Page, Main, list[str]]:
    page = page_of(root)
    main = main_text(page)
    if not page.hidden:
        return page, main, []
    with_hidden = page_of(root, hidden=True)
    whole = main_text(with_hidden)
    more = whole.weight - main.weight
    if more > _HIDDEN_SHARE * whole.weight:
        return with_hidden, whole, ["most of the text is hidden until a script shows it; it was taken all the same"]
    return page, main, [f"{more} characters that the page hides were left out"] if more >= _WORTH_A_WORD else []


def _check_documents(page: Page, main: Main, warnings: list[str]) -> None:
    """Raise where a page only links to a document; warn where it may."""
    if not page.documents:
        return
    links = ", ".join(dict.fromkeys(unquote(d)[:200] for d in page.documents[:3]))
    if main.weight < _ANNOUNCEMENT and not main.numbered:
        raise ReadError(f"the page only links to the report: {links}", "download that file and give it to gongkai")
    if main.weight < _DOUBTFUL and not main.headings:
        warnings.append(f"the page is short and links to {links}: the report itself may be there")


def _nothing(page: Page) -> ReadError:
    if page.frames:
        frames = ", ".join(unquote(f)[:200] for f in page.frames[:3])
        return ReadError(f"{_NO_TEXT}: it frames {frames}", "open that address in a browser and save that page")
    if page.pictures:
        return ReadError(f"{_NO_TEXT}, only {page.pictures} pictures", "put the pictures into a PDF and read that with --ocr")
    if any(i.linked for i in page.items):
        return ReadError(f"{_NO_TEXT}, only links", "open the link to the report, wait until its text is there, and save that page")
    return ReadError(_NO_TEXT, "a script fills it: open it in a browser, wait for the text, then save it as .mht or copy it into a .txt")


def _guessed(source: str, items: Sequence[Item]) -> list[Item]:
    """The lines that trafilatura takes for the main text, where that is installed, takes most of them and no table is among them.

    Its choice, not its words: it drops blanks and the numbers of lists.
    """
    if len(source) > _LARGEST_GUESS or any(i.cells for i in items):
        return []
    try:
        from trafilatura import extract
    except ImportError:
        return []
    lines = {_bare(line) for line in (extract(source, include_comments=False, favor_recall=True) or "").splitlines()}
    found = [i for i in items if _bare(i.text) in lines]
    return found if 2 * sum(i.han for i in found) > sum(i.han for i in items) else []


def _bare(line: str) -> str:
    """A line without blanks and without the number or the sign that a list gives it."""
    return re.sub(r"^[\d.、()（）•\-|]*|\s", "", "".join(line.split()))


def _title(root: Any, page: Page, items: Sequence[Item]) -> str:
    """The title of the page where the text lacks it or tells less; empty where it has it."""
    ends = (n for n, i in enumerate(items) if i.cells or pattern("numbered").match(i.text.strip()) or pattern("prose").search(i.text))
    head = _plain("".join(i.text for i in items[: min(_HEAD, next(ends, _HEAD))]))
    titles = [t for t in _titles(root, page, items) if len(t) <= _LONGEST_TITLE and pattern("title").search(t)]
    named = [t for t in titles if pattern("report_title").search(t)] or titles
    best = next((t for t in named if pattern("dated").search(t)), named[0] if named else "")
    own = pattern("report_title").search(head)
    return "" if _plain(best) in head or (own and len(_plain(best)) <= own.end()) else best


def _titles(root: Any, page: Page, items: Sequence[Item]) -> Iterator[str]:
    """What a page gives as its title, the likeliest first."""
    for h1 in root.iter("h1"):
        yield collapsed("".join(h1.itertext())).strip()
    for meta in root.iter("meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in names("title_metas"):
            yield collapsed(meta.get("content") or "").strip()
    chosen = set(map(id, items))
    above = ""
    for item in page.items:
        line = "" if item.linked or item.cells or id(item) in chosen or pattern("stop").search(item.text) else item.text.strip()
        if pattern("report_title").search(line):
            # A title over two lines has the office in the first.
            yield above + line if pattern("dated").match(line) else line
        above = "" if pattern("site").search(line) else line
    for title in root.iter("title"):
        for part in pattern("title_parts").split("".join(title.itertext())):
            yield collapsed(part).strip()


def _plain(text: str) -> str:
    return "".join(text.split())


def read_mht(raw: bytes, limits: Limits) -> Extract:
    """Read a web page in one file (.mht, .mhtml) as browsers and WPS save it; raises as `read_html` does.

    Of several pages in it, as frames are, the one with most text is taken.
    """
    try:
        pages = list(_pages(message_from_bytes(raw)))
    except RecursionError:
        raise ReadError("its parts are nested too deep", "open it in a browser and save it as .html") from None
    if not pages:
        raise ReadError("no page in this .mht file", "open it in a browser and save it as .html")
    read: list[Extract] = []
    failed: list[ReadError] = []
    for page in pages:
        try:
            read.append(read_html(page, limits))
        except ReadError as error:
            failed.append(error)
    if not read:
        raise failed[0]
    best = max(read, key=lambda e: han(e.text))
    others = sum(han(e.text) for e in read) - han(best.text)
    more = (f"{len(read) - 1} other pages in the file ({others} Chinese characters) were left out",) if others else ()
    return replace(best, warnings=(*best.warnings, *more))


def _pages(message: Message) -> Iterator[bytes]:
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            if isinstance(page, bytes) and page.strip():
                yield page
