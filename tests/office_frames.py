"""Small invented tables for the tests of the Word summary and the Excel workbook."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pandas as pd

from conftest import without
from gongkai.records import SEGMENT_COLUMNS, TAG_COLUMNS

BODIES = ("柳泉县青禾镇", "临沚县", "云渚市", "望溪区棠梨街道", "柳泉县水利局", "云渚市档案馆")
LEVELS = ("乡镇", "县区", "市", "街道", "部门(县级)", "事业单位或其他")
SLOW, THIN, TRAIN = "栏目{n}的消息总要拖上许久才挂到网页。", "公报{n}里实质内容不多。", "请老师{n}给经办人讲课。"
_NUMERALS = str.maketrans("0123456789", "零一二三四五六七八九")


def numeral(n: int) -> str:
    """A number in Chinese digits: sentences that differ in Arabic figures alone count as the same."""
    return str(n).translate(_NUMERALS)


def tables(bodies=BODIES, years=(2020, 2021, 2022), problem=lambda b, y: True) -> dict[str, pd.DataFrame]:
    """Statements, sections and reports: a report an office and year, with a slow updating where `problem` says so, and a training."""
    statements, sections, reports = [], [], []
    for i, body in enumerate(bodies):
        for year in years:
            report, n = f"{body}{year}年.txt", i * 100 + year - 2000
            about = (report, body, year, LEVELS[i % len(LEVELS)], "云渚市")
            reports.append((*about, f"in/{report}"))
            sections.append((report, "problems", 5, "存在的主要问题及改进情况", 10, 30, 200, 0.9, [], "五、存在的主要问题"))
            said = [(TRAIN, "measure", ["capacity"])]
            said += [(SLOW, "problem", ["timeliness"])] if problem(i, year) else [(THIN, "problem", ["depth"])]
            for k, (text, role, themes) in enumerate(said):
                at = 40 + 30 * k
                path = ("存在的主要问题及改进情况",)
                coded = (role, themes, 0.9, dict.fromkeys(themes, 0.8), [])
                statements.append((*about, "problems", path, at, at + 20, text.format(n=numeral(n)), *coded))
    frame = pd.DataFrame(statements, columns=list(TAG_COLUMNS)).astype({"year": "Int64"})
    about = pd.DataFrame(reports, columns=["report", "body", "year", "level", "region", "source"]).astype({"year": "Int64"})
    return {"statements": frame, "sections": pd.DataFrame(sections, columns=list(SEGMENT_COLUMNS)), "reports": about}


def converted(folder: Path, name: str, content: bytes) -> str:
    """The text that LibreOffice prints of a file."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None or shutil.which("pdftotext") is None:
        without("needs LibreOffice (soffice) and pdftotext")
    (folder / name).write_bytes(content)
    home = f"-env:UserInstallation={(folder / 'home').as_uri()}"
    command = [str(program), "--headless", home, "--convert-to", "pdf", "--outdir", str(folder), str(folder / name)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    pdf = (folder / name).with_suffix(".pdf")
    return subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
