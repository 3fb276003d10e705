"""gongkai (公开): read China's yearly 政府信息公开工作年度报告 and code what offices admit goes wrong and what they promise."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import plot
    from .analyse import analyse, analyse_corpus, analyse_files, analyse_many, load, report_frame, segment_frame, tag_frame
    from .answers import answers, unanswered
    from .candour import questions
    from .codebook import Codebook, CodebookError, load_codebook
    from .contrasts import differences
    from .corpus import CorpusRun, write_corpus
    from .correct import corrected, draw, plan, sensitivity
    from .dataset import Corpus, open_corpus
    from .describe import describe
    from .keyness import keywords
    from .labelled import load_corpus
    from .model import StatementCoder
    from .pairs import pairs
    from .query import corpus_spread, corpus_theme
    from .query_recur import corpus_recurring
    from .query_reuse import corpus_reuse
    from .read import read
    from .records import Analysis, Coding, Evidence, Failure, Missing, Report, Section, Statement
    from .recur import recurring
    from .repair import repair
    from .reuse import reuse, without_reuse
    from .segment import segment
    from .spread import spread
    from .statements import statements
    from .store import save
    from .tables import statutory_tables
    from .trends import trend

__version__ = "0.1.0"

# Names are looked up when they are first used, so that `import gongkai` and `gongkai --help` do not wait for scikit-learn.
_HOMES = {
    "answers": ("answers", "unanswered"),
    "candour": ("questions",),
    "contrasts": ("differences",),
    "corpus": ("CorpusRun", "write_corpus"),
    "dataset": ("Corpus", "open_corpus"),
    "query_recur": ("corpus_recurring",),
    "query_reuse": ("corpus_reuse",),
    "query": ("corpus_spread", "corpus_theme"),
    "correct": ("corrected", "draw", "plan", "sensitivity"),
    "keyness": ("keywords",),
    "pairs": ("pairs",),
    "recur": ("recurring",),
    "reuse": ("reuse", "without_reuse"),
    "tables": ("statutory_tables",),
    "trends": ("trend",),
    "analyse": ("analyse", "analyse_corpus", "analyse_files", "analyse_many", "load", "report_frame", "segment_frame", "tag_frame"),
    "codebook": ("Codebook", "CodebookError", "load_codebook"),
    "describe": ("describe",),
    "labelled": ("load_corpus",),
    "model": ("StatementCoder",),
    "read": ("read",),
    "records": ("Analysis", "Coding", "Evidence", "Failure", "Missing", "Report", "Section", "Statement"),
    "repair": ("repair",),
    "segment": ("segment",),
    "spread": ("spread",),
    "statements": ("statements",),
    "store": ("save",),
}
_WHERE = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Analysis",
    "Codebook",
    "CodebookError",
    "Coding",
    "Corpus",
    "CorpusRun",
    "Evidence",
    "Failure",
    "Missing",
    "Report",
    "Section",
    "Statement",
    "StatementCoder",
    "analyse",
    "analyse_corpus",
    "analyse_files",
    "analyse_many",
    "answers",
    "corpus_recurring",
    "corpus_reuse",
    "corpus_spread",
    "corpus_theme",
    "corrected",
    "describe",
    "differences",
    "draw",
    "keywords",
    "load",
    "load_codebook",
    "load_corpus",
    "open_corpus",
    "pairs",
    "plan",
    "plot",
    "questions",
    "read",
    "recurring",
    "repair",
    "report_frame",
    "reuse",
    "save",
    "segment",
    "segment_frame",
    "sensitivity",
    "spread",
    "statements",
    "statutory_tables",
    "tag_frame",
    "trend",
    "unanswered",
    "without_reuse",
    "write_corpus",
]


def __getattr__(name: str) -> Any:
    if name == "plot":
        return import_module(".plot", __name__)
    if name not in _WHERE:
        raise AttributeError(f"module 'gongkai' has no attribute {name!r}")
    value = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Keeps `gongkai.segment` the function: importing the room of that name would otherwise put the module in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return [*globals(), *__all__]
