"""Figures for a paper: theme shares, their course over the years, groups side by side, what answers what; and the files of them.

They are matplotlib Figures as wide as the text of an A4 page, without a title; Chinese in them never turns to boxes.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .bars import shares
from .errors import UserError
from .flows import flow_table
from .heatmap import heat_map
from .overtime import over_time
from .resources import data
from .ribbons import flow
from .typeface import chinese_font, dress, pdf_type, quietly

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["chinese_font", "flow", "flow_table", "heat_map", "over_time", "save", "shares", "svg"]

ENDINGS = (".pdf", ".png", ".svg")
_DPI = 300
_SHOWN = 12


def svg(figure: Figure) -> str:
    """Return a figure as SVG whose words stay words: the viewer's own Chinese font shows them, wherever it was drawn."""
    drawn = _written(figure, "svg", {"svg.fonttype": "none", "svg.hashsalt": "gongkai"}, metadata={"Date": None}).decode("utf-8")
    return re.sub(r"((?:font: (?:[\w.]+ )*?[\d.]+px|font-family:) )[^;\"]+", lambda m: m[1] + data("plot.yaml")["viewer"], drawn)


def save(figure: Figure, path: str | Path, force: bool = False) -> Path:
    """Write a figure, one of yours too, as `.png` (300 dpi), `.pdf` (fonts embedded) or `.svg` (words stay words); returns the path.

    Raises UserError for other endings, a folder that is not there, a file that is there already unless `force`, and, for PNG and PDF,
    where no installed font has some character of the figure.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UserError(f"{path}: a figure is written as {', '.join(ENDINGS)}; give a name that ends so")
    if path.exists() and not force:
        raise UserError(f"{path} exists and is not overwritten; give another name, or force=True")
    if not path.parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.parent}; make it first")
    if ending == ".svg":
        content = svg(figure).encode("utf-8")
    else:
        if lacking := dress(figure):
            named = " ".join(f"{c} (U+{ord(c):04X})" for c in lacking[:_SHOWN]) + (" …" if len(lacking) > _SHOWN else "")
            cure = "install one, such as Noto Sans CJK or fonts-wqy-zenhei, or write .svg, which is shown in the fonts of who views it"
            raise UserError(f"{path}: no installed font has {named}; {cure}")
        metadata = {"Software": None} if ending == ".png" else {"CreationDate": None}
        content = _written(figure, ending[1:], {"pdf.fonttype": pdf_type(figure), "pdf.use14corefonts": False}, dpi=_DPI, metadata=metadata)
    from .together import write_whole

    write_whole(path, content)
    return path


def _written(figure: Figure, kind: str, settings: Any, **more: Any) -> bytes:
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context(settings), quietly():
        figure.savefig(buffer, format=kind, **more)
    return buffer.getvalue()
