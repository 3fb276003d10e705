"""The statutory tables of a report, with what does not add up in them; and both as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .balance import balance, named
from .placing import statutory_cells
from .records import FINDING_COLUMNS, TABLE_COLUMNS, Report, Section, Tables

if TYPE_CHECKING:
    import pandas as pd


def statutory_tables(report: Report, sections: Sequence[Section]) -> Tables:
    """Return the tables of sections 二, 三 and 四 cell by cell, and what is wrong or doubtful about them.

    >>> from gongkai.segment import segment
    >>> text = "二、主动公开政府信息情况\\n信息内容\\t本年处理决定数量\\n行政许可\\t12\\n三、收到和处理政府信息公开申请情况\\n无\\n"
    >>> statutory_tables(Report("a", text), segment(text).sections).value("proactive", "licences", "decisions")
    12.0
    """
    cells, findings = statutory_cells(report, sections)
    return Tables(tuple(cells), (*findings, *balance(cells), *named(report.readable(), sections, cells)))


def tables_frame(read: Mapping[str, Tables]) -> pd.DataFrame:
    """Return one row a table cell, with the columns of `gongkai tables`, from the tables by report.

    `value` counts pieces or 万元; `raw` is missing where a cell could not be placed with certainty.
    """
    import pandas as pd

    found = [(report, c.table, c.row, c.column, c.value, c.raw, c.start, c.end) for report, t in read.items() for c in t.cells]
    return pd.DataFrame(found, columns=list(TABLE_COLUMNS)).astype({"value": "Float64", "start": "Int64", "end": "Int64"})


def findings_frame(read: Mapping[str, Tables]) -> pd.DataFrame:
    """Return one row a finding about the tables; `places` are `start-end` offsets into the report's text."""
    import pandas as pd

    found = [
        (report, f.check, f.table, f.row, f.column, f.expected, f.found, f.message, [f"{s}-{e}" for s, e in f.places])
        for report, t in read.items()
        for f in t.findings
    ]
    return pd.DataFrame(found, columns=list(FINDING_COLUMNS)).astype({"expected": "Float64", "found": "Float64"})
