"""The page that takes codes out into files of other programs, and back in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import Response

from .exchange import FORMATS, ExchangeError, Format, coders_of, export, format_of, import_file
from .exchange.bundle import packed
from .web import Coder, Study, language_of, page, part, study_path, wants_part

router = APIRouter()

_LISTED = 200
_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}


@router.get("/exchange")
def exchange_page(request: Request, db: Study, coder: Coder) -> Response:
    """Show what can be downloaded and read back."""
    return page(request, "exchange.html.j2", **_context(db))


def _context(db: Any) -> dict[str, Any]:
    read = [f for f in FORMATS.values() if f.read] + [FORMATS["qdc"]]
    endings = sorted({f.ending for f in read if f.ending} | {".zip"})
    return {"formats": FORMATS.values(), "coders": coders_of(db), "endings": endings, "taken": None}


@router.get("/exchange/download")
def download(request: Request, db: Study, coder: Coder, format: str, whose: str = "") -> Response:
    """Send a file: of one coder (`coder:NAME`), of all (`all`), or the final codes (`final`); several files come as a ZIP."""
    name = whose.removeprefix("coder:") if whose.startswith("coder:") else ""
    with _in_words(request):
        chosen = format_of("", format)
        files = export(db, chosen, coder=name, final=whose == "final")
    stem = "-".join(filter(None, [study_path(request).stem, name or ("final" if whose == "final" else "")]))
    content, file = _sent(files, chosen, stem)
    kind = _TYPES.get(Path(file).suffix, "application/octet-stream")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file)}", "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


def _sent(files: dict[str, bytes], format: Format, stem: str) -> tuple[bytes, str]:
    stem = stem.replace("/", "_").replace("\\", "_")
    if len(files) == 1 and not format.folder:
        return next(iter(files.values())), stem + format.ending
    named = {(f"{stem}/{n}" if format.folder else stem + (n or format.ending)): c for n, c in files.items()}
    return packed(named), f"{stem}-{format.name}.zip"


@router.post("/exchange/import")
def take_in(
    request: Request,
    db: Study,
    coder: Coder,
    file: Annotated[UploadFile | None, File()] = None,
    as_coder: Annotated[str, Form()] = "",
    of: Annotated[str, Form()] = "",
    format: Annotated[str, Form()] = "",
    aliases: Annotated[str, Form()] = "",
    replacing: Annotated[bool, Form()] = False,
    new_coders: Annotated[bool, Form()] = False,
    action: Annotated[str, Form()] = "check",
) -> Response:
    """Read a file into the study, or only say what would become of it; nothing of it is kept on disk."""
    name = PurePosixPath((file.filename if file and file.filename else "").replace("\\", "/")).name
    with _in_words(request):
        taken = import_file(
            db,
            {name: file.file.read()} if file and name else {},
            format=format,
            coder=as_coder,
            of=of.strip(),
            replacing=replacing,
            new_coders=new_coders,
            aliases=_aliases(aliases),
            write=action == "take",
        )
    told: dict[str, Any] = {"taken": taken, "listed": _LISTED, "language": language_of(request), "file_name": name}
    if wants_part(request):
        return part(request, "exchange_taken.html.j2", **told)
    return page(request, "exchange.html.j2", **{**_context(db), **told})


@contextmanager
def _in_words(request: Request) -> Iterator[None]:
    """Tell errors in the language of the page."""
    try:
        yield
    except ExchangeError as error:
        raise HTTPException(422, error.say(language_of(request))) from error


def _aliases(lines: str) -> dict[str, str]:
    pairs = [line.rpartition("=") for line in lines.splitlines() if line.strip()]
    if wrong := ["".join(p) for p in pairs if not p[0].strip()]:
        raise ExchangeError("xe_alias_line", line=wrong[0])
    return {name.strip(): code.strip() for name, _, code in pairs}
