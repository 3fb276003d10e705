"""The shape of the package: each room imports only from rooms above it, stays small, and knows no theme by name."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gongkai

PACKAGE = Path(gongkai.__file__).parent
# From the top down: a room may import from the rooms before it.
ROOMS = [
    "errors",
    "together",
    "guard",
    "resources",
    "garbage",
    "records",
    "codebook",
    "script",
    "compiled",
    "repair",
    "plain",
    "read.limits",
    "read.extract",
    "read.text",
    "read.numerals",
    "read.htmltable",
    "read.htmlpage",
    "read.htmllist",
    "read.htmlblocks",
    "read.htmlsource",
    "read.maintext",
    "read.html",
    "read.package",
    "read.numbering",
    "read.word_table",
    "read.word_walk",
    "read.word",
    "read.office",
    "read.shapes",
    "read.columns",
    "read.layout",
    "read.glyphs",
    "read.ruled",
    "read.scan",
    "read.pages",
    "read.breaks",
    "read.margins",
    "read.paragraphs",
    "read.pdf",
    "read.archive",
    "read.sniff",
    "read.worker",
    "read.pool",
    "read.rows",
    "read.walk",
    "read",
    "divisions",
    "regions",
    "offices",
    "sources",
    "metadata",
    "describe",
    "enumerators",
    "titles",
    "glance",
    "skimcode",
    "skim",
    "openings",
    "candidates",
    "assignment",
    "edges",
    "inferred",
    "segment",
    "wraps",
    "statements",
    "forms",
    "values",
    "slots",
    "sheet",
    "litigation",
    "placing",
    "balance",
    "tables",
    "phrases",
    "labelled",
    "alike",
    "words",
    "trie",
    "dictionary",
    "cutter",
    "features",
    "scoring",
    "stretches",
    "flat",
    "texts",
    "scorer",
    "fast",
    "calibrate",
    "rules",
    "model",
    "seen",
    "adapt",
    "saved",
    "store",
    "evidence",
    "careful",
    "analyse",
    "training",
    "weak",
    "intervals",
    "reliability",
    "agreement",
    "compare",
    "spread",
    "sums",
    "trends",
    "contrasts",
    "pairs",
    "keyness",
    "lists",
    "tense",
    "matching",
    "answers",
    "recur",
    "drawn",
    "reuse",
    "candour",
    "typeface",
    "canvas",
    "bars",
    "overtime",
    "heatmap",
    "flows",
    "ribbons",
    "plot",
    "evaluate",
    "ablate",
    "check",
    "stata",
    "export",
    "card",
    "streamed",
    "listing",
    "pieces",
    "parts",
    "chunkwork",
    "runrecord",
    "engines",
    "engine_dask",
    "setplace",
    "corpus",
    "dataset",
    "sums",
    "jobs",
    "query",
    "query_recur",
    "meeting",
    "alikeset",
    "query_reuse",
    "results",
    "poststratify",
    "sampling",
    "correct",
    "present.wording",
    "present.figures",
    "present.totals",
    "present.alone",
    "present.panels",
    "present.statutory",
    "present.chunks",
    "present.cells",
    "present.payload",
    "present.page",
    "present.safe",
    "present.told",
    "present.quotes",
    "present.differences",
    "present.followup",
    "present.keeping",
    "present.gathered",
    "present.brief",
    "present.sheets",
    "present.excelrows",
    "present.excel",
    "present.wordchart",
    "present.wordparts",
    "present.word",
    "present.folder",
    "present.setfolder",
    "present",
    "components",
    "review",
    "review.store",
    "review.whichmodel",
    "review.door",
    "review.predict",
    "review.given",
    "review.extras",
    "review.adding",
    "review.changes",
    "review.settle",
    "review.agree",
    "review.context",
    "review.cards",
    "review.codebooks",
    "review.told",
    "review.web",
    "review.boundaries",
    "review.parts",
    "review.arms",
    "review.queue",
    "review.routes_code",
    "review.routes_book",
    "review.frames",
    "review.exchange.held",
    "review.exchange.rows",
    "review.exchange.bundle",
    "review.exchange.names",
    "review.exchange.finding",
    "review.exchange.tables",
    "review.exchange.datasets",
    "review.exchange.passages",
    "review.exchange.marking",
    "review.exchange.docbin",
    "review.exchange.doccano",
    "review.exchange.labelstudio",
    "review.exchange.xmlfiles",
    "review.exchange.refi_codebook",
    "review.exchange.refi_project",
    "review.exchange.refi_reading",
    "review.exchange.sheets",
    "review.exchange.taking",
    "review.exchange",
    "review.routes_exchange",
    "review.samples",
    "review.routes_home",
    "review.jobs",
    "review.awaiting",
    "review.labels",
    "review.models",
    "review.learn",
    "review.curve",
    "review.shares",
    "review.routes_learn",
    "review.uploads",
    "review.incoming",
    "review.twins",
    "review.load",
    "review.look",
    "review.looking",
    "review.lookword",
    "review.lookfiles",
    "review.routes_look",
    "review.routes_people",
    "review.security",
    "review.app",
    "review.rebuild",
    "review.serve",
    "options",
    "cli_exchange",
    "cli_review",
    "cli_archive",
    "cli_corpus",
    "cli_shares",
    "cli_again",
    "cli_figures",
    "cli",
    "__main__",
]
FILES = {str(p.relative_to(PACKAGE).with_suffix("")).replace("/", "."): p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py"}
FILES = {name.removesuffix(".__init__"): path for name, path in FILES.items()}


def imported(name: str, path: Path) -> set[str]:
    """Rooms that a room imports when it is loaded or used (type-only imports aside)."""
    found = set()
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in skipped:
            base = package.split(".") if package else []
            base = base[: len(base) - node.level + 1]
            target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            names = [target] if node.module else [".".join([*base, alias.name]) for alias in node.names]
            found |= {n for n in names if n in FILES}
    return found


def test_every_room_is_listed():
    assert set(FILES) == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_imports_go_one_way(name):
    above = set(ROOMS[: ROOMS.index(name)])
    # `records` hands what is only made when somebody asks for it to the room that makes it.
    allowed = {"analyse", "tables"} if name == "records" else set()
    assert imported(name, FILES[name]) <= above | allowed


@pytest.mark.parametrize("name", ROOMS)
def test_rooms_stay_small(name):
    assert len(FILES[name].read_text("utf-8").splitlines()) <= 250


def test_no_theme_is_known_by_name():
    themes = set(gongkai.load_codebook().theme_ids) - {"general"}
    for path in FILES.values():
        tree = ast.parse(path.read_text("utf-8"))
        docs = {
            id(n.body[0].value)
            for n in ast.walk(tree)
            if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef) and n.body and isinstance(n.body[0], ast.Expr)
        }
        words = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs}
        assert not words & (themes - {"requests", "review"}), path.name


def test_command_line_starts_without_the_heavy_libraries():
    code = "import sys, gongkai.cli; print(sorted({'sklearn', 'pandas', 'spacy', 'scipy', 'jieba', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_rooms_do_not_hide_the_functions_of_their_name():
    import gongkai.segment
    import gongkai.spread

    assert callable(gongkai.segment)
    assert callable(gongkai.spread)
