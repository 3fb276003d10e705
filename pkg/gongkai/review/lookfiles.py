"""What can be taken away of one report: Word, Excel and JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .. import __version__
from ..analyse import report_frame, segment_frame, tag_frame
from ..answers import unanswered
from ..export import records
from ..present.excel import workbook
from ..resources import data
from ..tables import findings_frame, tables_frame
from .look import view
from .looking import Looked
from .lookword import word_summary

FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def download(looked: Looked, form: str) -> bytes:
    """Return one report as the bytes of a file: `docx` (summary), `xlsx` (tables) or `json` (records and the text)."""
    return {"docx": _word, "xlsx": _excel, "json": _json}[form](looked)


def made_by(looked: Looked) -> dict[str, Any]:
    """Return what read and coded a report: versions and hashes."""
    return {
        "program": "gongkai",
        "version": __version__,
        "model": {"sha256": looked.model.sha256, "facts": dict(looked.model.facts)},
        "codebook_version": looked.coder.codebook_.version,
    }


def _word(looked: Looked) -> bytes:
    return word_summary(looked, view(looked.analysis))


def _excel(looked: Looked) -> bytes:
    analysis, book = looked.analysis, looked.coder.codebook_
    tagged, of = tag_frame([analysis]), {analysis.report.id: analysis.tables}
    paired = unanswered(tagged, book) if {"problem", "measure"} <= set(book.role_ids) else None
    tagged[data("look.yaml")["word"]["headings"]["evidence"]] = [_stretches(looked, cell) for cell in tagged["evidence"]]
    return workbook(
        tagged, segment_frame([analysis]), report_frame([analysis]), book,
        unanswered=paired, cells=tables_frame(of), checks=findings_frame(of), failures=(), run=made_by(looked),
    )  # fmt: skip


def _stretches(looked: Looked, carried: list[dict[str, Any]]) -> str:
    words, text, book = data("look.yaml")["word"], looked.analysis.report.text, looked.coder.codebook_
    return str(words["join"]).join(words["stretch"].format(text=text[e["start"] : e["end"]], code=book.label(e["code"])) for e in carried)


def _json(looked: Looked) -> bytes:
    analysis = looked.analysis
    report, of = analysis.report, {analysis.report.id: analysis.tables}
    sections = records(segment_frame([analysis]).drop(columns="text"))
    content = {
        "made": made_by(looked),
        "file": {"name": looked.upload.name, "sha256": looked.upload.sha256, "bytes": looked.upload.size},
        "report": {**records(report_frame([analysis]))[0], "text_sha256": hashlib.sha256(report.text.encode("utf-8")).hexdigest()},
        "sections": [s for s in sections if s["kind"] != "missing"],
        "missing": [{"kind": m.kind, "reason": m.reason} for m in analysis.missing],
        "statements": records(tag_frame([analysis])),
        "tables": records(tables_frame(of)),
        "checks": records(findings_frame(of)),
        "warnings": list(analysis.warnings),
        "text": report.text,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8")
