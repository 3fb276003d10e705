"""Tables to files and back: .jsonl .csv .parquet .xlsx .dta, chosen by the ending; `-` is JSON Lines on standard output."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .errors import UserError
from .guard import guarded, unguarded
from .records import TAG_COLUMNS
from .stata import dta_bytes, read_dta
from .together import write_together

ENDINGS = (".jsonl", ".csv", ".parquet", ".xlsx", ".dta")
# Excel's own limits; what does not fit is an error, never a cut.
_CELL, _ROWS = 32_767, 1_048_575
_NUMBERS = {"year", "start", "body_start", "end", "number", "confidence", "role_score"}
_CONTROL = re.compile("_x(00[01][0-9A-Fa-f])_")
_TEXTS = {"text", "themes", "path", "theme_scores", "evidence", "warnings"}


class TableError(UserError):
    """A table file that cannot be read or written; the message names the file and the cure."""


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table, whole or not at all, in the format of the ending; `-` writes JSON Lines to standard output.

    Raises TableError for an unknown ending and for what Excel or Stata cannot hold; warns (`stata.TableWarning`) where Stata calls a
    column otherwise.
    """
    if str(path) == "-":
        sys.stdout.buffer.write(_jsonl(frame))
        sys.stdout.buffer.flush()
        return
    file = Path(path)
    write_together(file.parent, [(file.name, table_bytes(frame, file))])


def table_bytes(frame: pd.DataFrame, path: str | Path) -> bytes:
    """Return a table in the format of a file's ending, as it is to be written there; raises TableError as `write_table` does."""
    check_ending(path)
    writers = {".jsonl": _jsonl, ".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx, ".dta": _dta}
    try:
        return writers[Path(path).suffix.lower()](frame)
    except UserError as error:
        raise TableError(f"{path}: {error}") from error


def check_ending(path: str | Path) -> None:
    """Raise TableError where a file's ending names no format."""
    if str(path) != "-" and Path(path).suffix.lower() not in ENDINGS:
        raise TableError(f"{path}: unknown ending {Path(path).suffix!r}; use one of {' '.join(ENDINGS)}, or - for standard output")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote, of any of its formats; of a workbook, the first sheet, for which openpyxl is needed.

    Raises TableError, naming the file and the cure.
    """
    file = Path(path)
    if not file.exists() or file.is_dir():
        said = "is a folder" if file.is_dir() else "no such file"
        raise TableError(f"{file}: {said}; give a file that gongkai tag or gongkai report wrote")
    if file.suffix.lower() not in ENDINGS:
        raise TableError(f"{file}: unknown ending {file.suffix!r}; give a {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} file")
    try:
        return _READERS[file.suffix.lower()](file)
    except ImportError as error:
        raise TableError(f"{file}: reading .xlsx needs openpyxl; pip install 'gongkai[excel]', or save the sheet as .csv") from error
    # Whatever a damaged file makes its library raise.
    except Exception as error:
        raise TableError(f"{file}: cannot be read ({error}); give a file that gongkai tag or gongkai report wrote") from error


def _read_jsonl(file: Path) -> pd.DataFrame:
    rows = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a line holds no record")
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(TAG_COLUMNS))


def _read_csv(file: Path) -> pd.DataFrame:
    return _typed(unguarded(pd.read_csv(file, dtype=str, encoding="utf-8-sig", keep_default_na=False, na_values=[""])))


def _read_parquet(file: Path) -> pd.DataFrame:
    return _unpacked(pd.read_parquet(file))


def _read_xlsx(file: Path) -> pd.DataFrame:
    frame = pd.read_excel(file, dtype=str, keep_default_na=False, na_values=[""], engine="openpyxl")
    # openpyxl leaves control characters as the file writes them.
    return _typed(frame.map(lambda text: _CONTROL.sub(lambda m: chr(int(m[1], 16)), text), na_action="ignore"))


def _read_dta(file: Path) -> pd.DataFrame:
    return _typed(read_dta(file))


_READERS = {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": _read_parquet, ".xlsx": _read_xlsx, ".dta": _read_dta}


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Make numbers of the columns that hold numbers by contract; ids and texts stay text."""
    for column in _NUMBERS & set(frame.columns):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        if wrong := [(n, v) for n, (v, m) in enumerate(zip(frame[column], numbers, strict=True), 1) if pd.isna(m) and pd.notna(v)]:
            raise ValueError(f"row {wrong[0][0]}: {column} {wrong[0][1]!r} is no number")
        frame[column] = numbers.astype("Float64") if column in ("confidence", "role_score") else numbers.astype("Int64")
    for column in _TEXTS & set(frame.columns):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    return frame


def _unpacked(frame: pd.DataFrame) -> pd.DataFrame:
    if "theme_scores" in frame:
        frame["theme_scores"] = frame["theme_scores"].map(lambda p: p if isinstance(p, str) else {s["code"]: s["score"] for s in p})
    return frame


def plain(value: Any) -> Any:
    """Return a cell as plain JSON data; missing values become None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(v) for v in value]
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain JSON data."""
    columns = [[plain(v) for v in frame[c].tolist()] for c in frame]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _jsonl(frame: pd.DataFrame) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records(frame)).encode("utf-8")


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame for formats that know no lists: `;` between themes, ` > ` between headings, `code:value` between the others."""
    out = frame.copy()
    for column in out:
        if out[column].map(lambda v: isinstance(v, list | tuple | dict | np.ndarray)).any():
            joint = " > " if column == "path" else ";"
            out[column] = out[column].map(lambda v, joint=joint: joint.join(_words(v)))
    return out


def _words(cell: Any) -> list[str]:
    value = plain(cell)
    if isinstance(value, dict):
        return [f"{k}:{v}" for k, v in value.items()]
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [f"{i['code']}:{i['start']}-{i['end']}" if isinstance(i, dict) and "code" in i else str(i) for i in items]


def _csv(frame: pd.DataFrame) -> bytes:
    return guarded(flat(frame)).to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = frame.copy()
    if "theme_scores" in out:
        # A struct would grow a column for every theme; a list of pairs keeps one shape for any codebook.
        out["theme_scores"] = out["theme_scores"].map(
            lambda d: [{"code": k, "score": v} for k, v in plain(d).items()] if isinstance(d, Mapping) else d
        )
    for column in out:
        if out[column].dtype == object:
            try:
                pa.array(out[column], from_pandas=True)
            except (pa.ArrowException, OverflowError):
                # Numbers and words in one column, or a number of too many digits: only text can hold them.
                out[column] = out[column].map(_as_text)
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(out, preserve_index=False), buffer, compression="zstd")
    return buffer.getvalue()


def _as_text(cell: Any) -> str | None:
    value = plain(cell)
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _dta(frame: pd.DataFrame) -> bytes:
    return dta_bytes(flat(frame))


def no_markup(text: str) -> str:
    """Return a text that XlsxWriter would take for markup of its own, and write unescaped, with a blank behind it.

    >>> no_markup("<r>公开</r>"), no_markup("公开")
    ('<r>公开</r> ', '公开')
    """
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _xlsx(frame: pd.DataFrame) -> bytes:
    import xlsxwriter

    table = flat(frame)
    if len(table) > _ROWS:
        raise TableError(f"{len(table)} rows are more than Excel holds ({_ROWS}); write .csv or .parquet")
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # Nothing of the hour: the same table gives the same bytes.
        book.set_properties({"created": datetime(1980, 1, 1)})
        sheet, head = book.add_worksheet("gongkai"), book.add_format({"bold": True, "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.freeze_panes(1, 0)
        for c, name in enumerate(table):
            long = name in ("text", "path", "warnings")
            sheet.set_column(c, c, 60 if name == "text" else 24 if long or name == "report" else 12, wrap if long else None)
            sheet.write_string(0, c, str(name), head)
            for r, value in enumerate(table[name].tolist(), 1):
                cell = plain(value)
                if isinstance(cell, str):
                    # Excel counts UTF-16 units.
                    if (units := len(cell.encode("utf-16-le", "surrogatepass")) // 2) > _CELL:
                        cure = "are more than an Excel cell holds; write .csv or .parquet"
                        raise TableError(f"row {r}, {name}: {units} characters {cure}")
                    sheet.write_string(r, c, no_markup(cell))
                elif cell is not None:
                    sheet.write(r, c, cell)
        sheet.autofilter(0, 0, max(1, len(table)), max(0, len(table.columns) - 1))
    return buffer.getvalue()
