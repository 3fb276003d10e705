"""Short ways of saying a theme: the thesaurus of a corpus, and the cues and examples that a codebook itself gives."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import UserError

COLUMNS = ("role", "themes", "phrase")


class ThesaurusError(UserError):
    """A thesaurus that cannot be used; the message names the file, the line and the cure."""


def read_thesaurus(file: str | Path, codebook: Codebook) -> pd.DataFrame:
    """Read a table of phrases with the columns `role, themes, phrase` (themes joined by `;`; an empty role leaves it open).

    Returns the same columns, `themes` as tuples. Raises ThesaurusError for missing columns, unknown ids and broken rules.
    """
    try:
        # Blank lines are read and then left out, so that the line of each row is known.
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ThesaurusError(f"{file}: cannot be read ({error}); it must be a CSV file in UTF-8") from error
    if lacking := [c for c in COLUMNS if c not in table]:
        raise ThesaurusError(f"{file}: lacks the column {', '.join(lacking)}; it needs {', '.join(COLUMNS)}")
    table = table[(table != "").any(axis=1)]
    themes = [tuple(t for t in cell.split(";") if t) for cell in table["themes"]]
    for line, role, mine, phrase in zip(table.index + 2, table["role"], themes, table["phrase"], strict=True):
        wrong = codebook.check(role, mine) if role else [w for w in codebook.check(codebook.role_ids[0], mine) if w.startswith("theme")]
        if not role and not mine:
            wrong.append("neither a role nor a theme is given")
        if not phrase.strip():
            wrong.append("the phrase is empty")
        if wrong:
            raise ThesaurusError(f"{file}: line {line}: {'; '.join(wrong)}")
    return pd.DataFrame({"role": table["role"], "themes": themes, "phrase": table["phrase"].str.strip()}).reset_index(drop=True)


def codebook_phrases(codebook: Codebook) -> pd.DataFrame:
    """Return the examples and cues of a codebook as phrases; whose role is open, they have an empty `role`.

    >>> from gongkai import load_codebook
    >>> codebook_phrases(load_codebook()).iloc[0].tolist()
    ['', ('timeliness',), '部分栏目更新拖后']
    """
    rows: list[tuple[str, tuple[str, ...], str]] = []
    for theme in codebook.themes:
        rows += [("", (theme.id,), phrase) for phrase in dict.fromkeys((*theme.examples, *theme.cues))]
    for role_id, role in codebook.roles.items():
        rows += [(role_id, (), phrase) for phrase in dict.fromkeys((*role.examples, *role.cues))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return several tables of phrases as one: each phrase once for a role, with the themes of all its rows."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for table in tables:
        for role, themes, phrase in zip(*(table[c] for c in COLUMNS), strict=True):
            found[role, phrase] = tuple(dict.fromkeys((*found.get((role, phrase), ()), *themes)))
    return pd.DataFrame([(role, themes, phrase) for (role, phrase), themes in found.items()], columns=list(COLUMNS))


def labels_of(phrases: pd.DataFrame, codes: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the 0/1 labels `(n, n_codes)` of phrases and, for each phrase, whether it says its role."""
    names = list(codes)
    at = {c: i for i, c in enumerate(names)}
    Y = np.zeros((len(phrases), len(names)), dtype=np.int8)
    for n, (role, themes) in enumerate(zip(phrases["role"], phrases["themes"], strict=True)):
        for code in (role, *themes):
            if code in at:
                Y[n, at[code]] = 1
    return Y, (phrases["role"] != "").to_numpy(dtype=bool)
