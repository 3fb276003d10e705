"""What is harmed: small files of our own in every format, made once."""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pandas as pd

from gongkai.codebook import load_codebook
from gongkai.model import StatementCoder
from gongkai.store import save
from pages import pages
from pdf_writer import Sheet, pdf
from review_study import code_some, small_study

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
from sample_reports import Sample, sample_reports  # noqa: E402
from writers import FORMATS, plain_text  # noqa: E402

SECTION = (
    "五、存在的主要问题及改进情况\n（一）存在的问题\n1.网页更新慢；\n2.人手少，形式单一。\n（二）改进措施\n一是加强培训。二是充实人手。\n"
)
STATEMENTS = ["更新不及时。", "加强培训。", "渠道单一，更新慢。", "组织全员培训。"]
BOOK = """version: 3
unit: 句
roles:
  problem: {zh: 问题, en: problem, definition: 说到不足, cues: [不及时, 单一], themed: true}
  measure: {zh: 措施, en: measure, definition: 说到打算, examples: [加强培训], themed: true}
  other: {zh: 其他, en: other, definition: 其余, themed: false}
rules: [一句一个角色, "主题可以有几个"]
themes:
  - {id: timeliness, zh: 时效, en: timeliness, definition: 更新慢, not: 内容少, cues: [更新]}
  - {id: channels, zh: 渠道, en: channels, definition: 渠道少}
  - {id: capacity, zh: 队伍, en: capacity, definition: &any 人手少, examples: [*any], alone: false}
"""


@cache
def samples() -> tuple[Sample, ...]:
    """Some invented reports with all their tables."""
    return tuple(sample_reports(6))


@cache
def files(kind: str) -> tuple[bytes, ...]:
    """Whole files of a kind: docx, html, pdf, text, zip or rows."""
    match kind:
        case "docx":
            return tuple(FORMATS["docx"].write(s) for s in samples()[:4])
        case "html":
            return tuple(FORMATS[name].write(s) for s in samples()[:2] for name in ("html-cms", "html-old", "html-word"))
        case "pdf":
            return tuple(_pdf(s, turn) for turn, s in enumerate(samples()[:3]))
        case "zip":
            return (_zip(zipfile.ZIP_DEFLATED), _zip(zipfile.ZIP_STORED), _zip(zipfile.ZIP_LZMA), _zip(zipfile.ZIP_BZIP2))
        case "rows":
            return tuple(_rows())
    written = [FORMATS[name].write(s) for s in samples()[:3] for name in ("txt", "txt-cells", "txt-flat", "md")]
    return tuple(written + [p.text.encode() for p in pages(SECTION, 2021)])


def _pdf(sample: Sample, turn: int) -> bytes:
    lines = [line[i : i + 30] for line in plain_text(sample).split("\n") for i in range(0, max(1, len(line)), 30)]
    sheets = [Sheet().lines(72, 90, lines[i : i + 24]) for i in range(0, len(lines), 24)][:4]
    sheets[-1].grid([72, 200, 330], [760, 780, 800])
    if turn:
        sheets.append(Sheet().picture(8, 8, bytes(range(64))))
    return pdf(*sheets)


def _zip(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as packed:
        for name, kind in (("甲.txt", "text"), ("下/乙.docx", "docx"), ("丙.html", "html"), ("丁", "text"), ("戊.aspx", "html")):
            packed.writestr(name, files(kind)[0])
    return buffer.getvalue()


def _rows() -> list[bytes]:
    frame = pd.DataFrame(
        [(f"r{n}", plain_text(s), "柳泉县水利局", 2019 + n) for n, s in enumerate(samples()[:3])], columns=["id", "text", "body", "year"]
    )
    parquet = io.BytesIO()
    frame.to_parquet(parquet, index=False)
    return [frame.to_json(orient="records", lines=True, force_ascii=True).encode(), frame.to_csv(index=False).encode(), parquet.getvalue()]


@cache
def coder() -> StatementCoder:
    """A coder of a few statements: the smallest that knows roles, themes, words and neighbours."""
    n = 5
    texts = STATEMENTS * n
    X = pd.DataFrame({"report": [str(i % 4) for i in range(len(texts))], "text": texts, "path": [("问题",)] * len(texts)})
    codes = {
        "problem": [1, 0, 1, 0],
        "measure": [0, 1, 0, 1],
        "timeliness": [1, 0, 1, 0],
        "channels": [0, 0, 1, 0],
        "capacity": [0, 1, 0, 1],
    }
    return StatementCoder(load_codebook(), min_df=1, folds=2).fit(X, pd.DataFrame({k: v * n for k, v in codes.items()}))


@cache
def model() -> dict[str, bytes]:
    """The files of a saved coder."""
    with tempfile.TemporaryDirectory() as place:
        save(coder(), place)
        return {p.name: p.read_bytes() for p in Path(place).iterdir()}


@cache
def study() -> bytes:
    """A study of one report with two coders, one of whom has coded something."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "study.db"
        db = small_study(file, reports=[ROOT / "corpus" / "reports" / "柳泉县青禾镇2021年.txt"])
        code_some(db, "甲", (row[0] for row in db.execute("SELECT id FROM statements LIMIT 5").fetchall()))
        db.execute("PRAGMA journal_mode = DELETE")
        db.close()
        return file.read_bytes()
