"""Fit a coder to a labelled corpus and save it, with the facts that tell what it was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from .codebook import Codebook
from .labelled import Labelled, load_corpus
from .model import StatementCoder
from .store import save, versions


def train(corpus: str | Path, model: str | Path, codebook: Codebook | None = None, n_jobs: int | None = None) -> StatementCoder:
    """Fit a coder to a labelled corpus and write it into the folder `model`: the same corpus gives the same bytes.

    Raises CorpusError and CodebookError for a corpus that cannot be used.
    """
    labelled = load_corpus(corpus, codebook)
    coder = StatementCoder(codebook=labelled.codebook, n_jobs=n_jobs)
    coder.fit(labelled.X, labelled.Y, groups=offices(labelled), phrases=labelled.phrases)
    save(coder, model, facts(labelled))
    return coder


def offices(labelled: Labelled) -> list[str]:
    """Return the office of each statement (its report, where the corpus names no offices), to keep one office in one fold."""
    X = labelled.X
    bodies = X["body"] if "body" in X else X["report"]
    return [str(b) if isinstance(b, str) and b else str(r) for b, r in zip(bodies, X["report"], strict=True)]


def facts(labelled: Labelled) -> dict[str, Any]:
    """Return what a model was made from: counts, hash of texts and labels, versions."""
    digest = hashlib.sha256()
    for column in ("report", "start", "end", "text"):
        digest.update("\x1f".join(map(str, labelled.X[column])).encode("utf-8"))
    digest.update(labelled.Y.to_csv(index=False).encode("utf-8"))
    digest.update(labelled.phrases.to_csv(index=False).encode("utf-8"))
    return {
        "sections": int(labelled.X["report"].nunique()),
        "statements": len(labelled.X),
        "phrases": len(labelled.phrases),
        "labels": {str(k): int(v) for k, v in labelled.Y.sum().items()},
        "corpus_sha256": digest.hexdigest(),
        "codebook_version": labelled.codebook.version,
        "versions": versions(),
    }
