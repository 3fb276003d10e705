"""Codes out of a study into files of other programs, and back: the formats, and the doors that choose among them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..changes import SETTLED, codebook_of
from ..codebooks import add_version
from ..store import sound
from . import bundle, datasets, docbin, doccano, labelstudio, refi_codebook, refi_project, refi_reading, sheets, tables
from .finding import few_found
from .held import Held, hold, settled_name
from .names import Names, names_of
from .rows import ExchangeError, Reading, Remark
from .taking import Taken, take

Writer = Callable[[Held], dict[str, bytes]]
Reader = Callable[[Mapping[str, bytes], Held, Names], Reading]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the ending of its files, how it is written and read; `several` says whether a file holds codes of several coders.

    What is written comes as `{suffix: bytes}`, the file itself under an empty suffix; of a `folder`, as `{path: bytes}`.
    """

    name: str
    ending: str
    write: Writer
    read: Reader | None
    several: bool = True
    folder: bool = False


def _write_parquet(held: Held) -> dict[str, bytes]:
    return {"": tables.table_bytes(tables.frame_of(held), "codes.parquet")}


FORMATS: Mapping[str, Format] = {
    f.name: f
    for f in (
        Format("xlsx", ".xlsx", sheets.write_xlsx, sheets.read_xlsx),
        Format("csv", ".csv", tables.write_csv, tables.read_csv),
        Format("jsonl", ".jsonl", tables.write_jsonl, tables.read_jsonl),
        Format("parquet", ".parquet", _write_parquet, tables.read_parquet),
        Format("doccano", ".jsonl", doccano.write_spans, doccano.read_doccano, several=False),
        Format("doccano-text", ".jsonl", doccano.write_statements, doccano.read_doccano, several=False),
        Format("labelstudio", ".json", labelstudio.write_tasks, labelstudio.read_tasks),
        Format("docbin", ".spacy", docbin.write_docbin, docbin.read_docbin),
        Format("qdpx", ".qdpx", refi_project.write_project, refi_reading.read_project),
        Format("qdc", ".qdc", refi_codebook.write_codebook, None),
        Format("dataset", "", datasets.write_dataset, datasets.read_dataset, folder=True),
    )
}
_ENDINGS = ", ".join(dict.fromkeys(f.ending for f in FORMATS.values() if f.ending))


def format_of(path: str | Path, name: str = "") -> Format:
    """Return the format that a name asks for, else that of a file's ending: a folder where it has none. Raises ExchangeError."""
    if name:
        if name not in FORMATS:
            raise ExchangeError("xe_format", name=name, known=", ".join(FORMATS))
        return FORMATS[name]
    ending = Path(path).suffix.lower()
    for format in FORMATS.values():
        if format.ending == ending:
            return format
    raise ExchangeError("xe_ending", name=path, ending=ending, known=_ENDINGS)


def export(db: sqlite3.Connection, format: Format, *, coder: str = "", final: bool = False) -> dict[str, bytes]:
    """Return the codes of a study in a format, as `Format` says: those of all coders, of one, or the final ones.

    Statements without any code come too, so that they can be coded there. Raises ExchangeError where a format cannot hold them, StudyError
    where the study holds what cannot be written, such as bytes in the place of words.
    """
    if coder and final:
        raise ExchangeError("xe_final_of")
    settled = settled_name(db)
    held = hold(db, SETTLED if coder == settled else coder, final)
    named = tuple(replace(c, coder=settled) if c.coder == SETTLED else c for c in held.codes)
    held = replace(held, codes=named, coder=settled if held.coder == SETTLED else held.coder)
    coders = sorted({c.coder for c in held.codes})
    if len(coders) > 1 and not format.several:
        raise ExchangeError("xe_one_coder", coders=", ".join(coders))
    with sound():
        return format.write(held)


def write_out(files: Mapping[str, bytes], path: Path, format: Format) -> list[Path]:
    """Write what `export` gave: the file and what goes beside it, or the folder; all or nothing. Returns the paths."""
    from ...together import write_together

    if format.folder:
        places = dict(files)
    else:
        stem = path.name.removesuffix(format.ending)
        places = {stem + (name or path.suffix): content for name, content in files.items()}
    root = path if format.folder else path.parent
    write_together(root, places.items())
    return [root / name for name in places]


def read_file(db: sqlite3.Connection, files: Mapping[str, bytes], format: str = "", aliases: Mapping[str, str] | None = None) -> Reading:
    """Return what a file says of the statements of a study; nothing is written.

    `files` is the file by its name, or those of a folder; a ZIP is opened. `format` is told by the ending and the content, unless
    given. `aliases` are further names of codes. Raises ExchangeError for a file that cannot be read as a whole.
    """
    if not files:
        raise ExchangeError("xe_no_file")
    name, raw = next(iter(files.items()))
    if name.lower().endswith(".zip"):
        files = bundle.members(raw, name, _is_codes)
        if not files:
            raise ExchangeError("xe_zip_empty", name=name)
    chosen = format_of("", format) if format else _told(files)
    if chosen.read is None:
        raise ExchangeError("xe_codebook", name=name)
    held = hold(db, coder="", final=False)
    reading = chosen.read(files, held, names_of(codebook_of(db), aliases))
    few = few_found(held, reading.rows)
    return replace(reading, remarks=(few, *reading.remarks)) if few else reading


def _is_codes(name: str) -> bool:
    # The list of labels goes to doccano beside the codes.
    return name.lower().endswith((".jsonl", ".json", ".csv", ".parquet")) and not name.lower().endswith(".labels.json")


def _told(files: Mapping[str, bytes]) -> Format:
    name, raw = next(iter(files.items()))
    if len(files) > 1 or "/" in name:
        if any(n.endswith(".parquet") for n in files):
            return FORMATS["dataset"]
        if all(n.endswith(".jsonl") for n in files):
            return FORMATS["doccano"]
        if len(files) > 1:
            raise ExchangeError("xe_several_kinds", names=", ".join(list(files)[:5]))
    found = format_of(name)
    if found.folder:
        raise ExchangeError("xe_ending", name=name, ending="", known=_ENDINGS)
    if found.name == "jsonl" and any(doccano.is_doccano(record) for _, record in _first(name, raw)):
        return FORMATS["doccano"]
    return found


def _first(name: str, raw: bytes) -> list[tuple[str, object]]:
    line = next((line for line in raw.splitlines() if line.strip()), b"")
    return list(tables.json_lines({name: line})) if line else []


def import_file(
    db: sqlite3.Connection,
    files: Mapping[str, bytes],
    *,
    format: str = "",
    coder: str = "",
    of: str = "",
    replacing: bool = False,
    new_coders: bool = False,
    aliases: Mapping[str, str] | None = None,
    write: bool = True,
) -> Taken:
    """Read a file as `read_file` does and take its codes into the study as `taking.take` does; say what became of each row.

    A codebook (.qdc) becomes the next version of the study's; `aliases` give the ids of its new codes.
    """
    name = next(iter(files), "")
    if name.lower().endswith(".qdc") or format == "qdc":
        return _import_codebook(db, files[name], name, coder, aliases or {}, write)
    reading = read_file(db, files, format, aliases)
    return take(db, reading, coder=coder, of=of, replacing=replacing, new_coders=new_coders, write=write, source=name)


def _import_codebook(db: sqlite3.Connection, raw: bytes, name: str, coder: str, ids: Mapping[str, str], write: bool) -> Taken:
    book = codebook_of(db)
    yaml, remarks = refi_codebook.read_codebook(raw, name, book, ids)
    if write:
        add_version(db, yaml, coder, name)
    said = Remark("x_qdc_taken" if write else "x_qdc_ready", {"version": book.version + 1})
    return Taken(0, 0, 0, 0, (), (), (*remarks, said), write)


def coders_of(db: sqlite3.Connection) -> list[str]:
    """Return the coders of a study by name, without the settled codes."""
    return [r[0] for r in db.execute("SELECT name FROM coders WHERE name != ? ORDER BY name", (SETTLED,))]


__all__ = [
    "FORMATS", "ExchangeError", "Format", "Held", "Reading", "Remark", "Taken", "coders_of", "export", "format_of", "hold", "import_file",
    "read_file", "take", "write_out",
]  # fmt: skip
