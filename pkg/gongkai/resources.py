"""Find the files that travel with gongkai: in the wheel beside the package, in a checkout at its top."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PACKAGE = Path(__file__).parent
_ROOTS = (_PACKAGE / "shipped", _PACKAGE.parent.parent)


def resource(*parts: str) -> Path:
    """Return the path of a shipped file or folder, as `resource("corpus", "codebook.yaml")`.

    Raises FileNotFoundError where the installation lacks it.
    """
    for root in _ROOTS:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(parts)} is missing from this installation of gongkai; install it anew")


@cache
def data(name: str) -> Any:
    """Return a vocabulary file of the package (YAML in `data/`), parsed."""
    return yaml.safe_load((_PACKAGE / "data" / name).read_text("utf-8"))


def resource_text(name: str) -> str:
    """Return a plain-text file of the package's `data/` folder."""
    return (_PACKAGE / "data" / name).read_text("utf-8")
