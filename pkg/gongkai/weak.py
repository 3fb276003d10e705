"""A start without labels: statements coded weakly, by the cues and examples of a codebook alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from .analyse import Prepared, load, prepare_found
from .codebook import Codebook
from .errors import UserError
from .features import clauses
from .labelled import Labelled
from .model import StatementCoder
from .phrases import codebook_phrases, joined
from .read import find
from .records import Failure
from .store import save
from .training import facts

# A clause says a phrase where it holds this share of its pairs of characters.
_ALIKE = 0.6
_FEWEST = 30
Tell = Callable[[list[Failure]], None]


class WeakError(UserError):
    """A codebook and reports that give no start; the message says what to add."""


def train_from_codebook(
    inputs: Iterable[str | Path], codebook: Codebook, model: str | Path, n_jobs: int | None = None, tell: Tell | None = None
) -> StatementCoder:
    """Fit a coder to reports without labels and write it into the folder `model`, marked as `weak` in its facts.

    `tell` is given the reports that cannot be read. Raises WeakError where cues and examples say too little.
    """
    labelled = weak_labels(inputs, codebook, tell)
    coder = StatementCoder(codebook=codebook, n_jobs=n_jobs)
    coder.fit(labelled.X, labelled.Y, groups=labelled.X["report"].tolist(), phrases=labelled.phrases)
    save(coder, model, {**facts(labelled), "weak": True})
    return coder


def weak_labels(inputs: Iterable[str | Path], codebook: Codebook, tell: Tell | None = None) -> Labelled:
    """Return the statements of reports with weak labels: themes by phrases of the codebook, roles by the shipped coder or by phrases.

    Statements of which nothing can be said are left out.
    """
    phrases = joined([codebook_phrases(codebook)])
    X, failures = _statements(inputs)
    if tell:
        tell(failures)
    if X.empty or not (phrases["phrase"].str.len() > 1).any():
        lacking = "the reports hold no statement" if X.empty else "the codebook has neither cues nor examples of two characters or more"
        raise WeakError(f"{lacking}; give reports with a problem section, and a codebook whose themes have cues or examples")
    said = _said(X["text"].tolist(), phrases["phrase"].tolist())
    Y = pd.DataFrame(0, index=X.index, columns=[*codebook.role_ids, *codebook.theme_ids], dtype="int8")
    for theme in codebook.theme_ids:
        mine = np.array([theme in t for t in phrases["themes"]])
        Y.loc[said[:, mine].max(axis=1, initial=0) >= _ALIKE, theme] = 1
    roles = _roles(X, codebook, said, phrases)
    for role in codebook.role_ids:
        Y.loc[roles == role, role] = 1
    themes = list(codebook.theme_ids)
    Y.loc[np.isin(roles, list(codebook.themeless_roles)), themes] = 0
    # Nothing tells which of them is meant where a theme that stands alone is said beside others.
    Y.loc[Y[themes].sum(axis=1) > 1, list(codebook.alone)] = 0
    kept = (roles != "") & (Y[themes].any(axis=1) | np.isin(roles, list(codebook.themeless_roles)))
    if kept.sum() < _FEWEST or X.loc[kept, "report"].nunique() < 2:
        raise WeakError(
            f"the codebook's cues and examples speak of only {int(kept.sum())} of {len(X)} statements; "
            f"add cues to its themes, or more reports, until there are {_FEWEST} in at least two reports"
        )
    return Labelled(X[kept].reset_index(drop=True), Y[kept].reset_index(drop=True), codebook, phrases)


def _statements(inputs: Iterable[str | Path]) -> tuple[pd.DataFrame, list[Failure]]:
    rows: list[dict[str, Any]] = []
    files, failures = find(inputs)
    for got in prepare_found(files, {}):
        if isinstance(got, Prepared):
            rows += [{"report": got.report.id, "start": s.start, "end": s.end, "text": s.text, "path": s.path} for s in got.statements]
        else:
            failures.append(got)
    return pd.DataFrame(rows, columns=["report", "start", "end", "text", "path"]), failures


def _said(texts: list[str], phrases: list[str]) -> np.ndarray:
    """How far each statement says each phrase (0-1): the greatest share of the phrase's character pairs in one of its clauses."""
    parts = [(i, t[a:b]) for i, t in enumerate(texts) for a, b in clauses(t)]
    pairs = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, lowercase=False).fit(phrases)
    wanted = pairs.transform(phrases)
    shares = (pairs.transform([c for _, c in parts]) @ wanted.T).toarray() / np.maximum(1, wanted.sum(axis=1).A1)
    said = np.zeros((len(texts), len(phrases)))
    np.maximum.at(said, [i for i, _ in parts], shares)
    return said


def _roles(X: pd.DataFrame, codebook: Codebook, said: np.ndarray, phrases: pd.DataFrame) -> np.ndarray:
    """The role of each statement: the shipped coder's where it knows these roles, else by the roles' own phrases; empty where open."""
    shipped = load()
    if set(codebook.role_ids) == set(shipped.roles_):
        return np.array([role for role, _ in shipped.decide(shipped.predict_proba(X))], dtype=object)
    of = phrases["role"].to_numpy()
    if not set(codebook.role_ids) <= set(of):
        raise WeakError(
            f"the roles {', '.join(codebook.role_ids)} are not those of the shipped coder ({', '.join(shipped.roles_)}); "
            "use these, or give each of your roles examples or cues"
        )
    best = np.column_stack([said[:, of == role].max(axis=1) for role in codebook.role_ids])
    return np.where(best.max(axis=1) >= _ALIKE, np.array(codebook.role_ids, dtype=object)[best.argmax(axis=1)], "")
