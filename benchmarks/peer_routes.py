"""What a user would pick instead of gongkai to code statements: scikit-learn, spaCy, fastText; and a plain way to cut a report."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Protocol

import numpy as np

# How many statements spaCy is given at a time.
_PIPED = 500
# A plain cut: from a heading that speaks of problems to the next one, and sentences of some length in between.
_SECTION = re.compile(r"^[一二三四五六七八九十]、[^\n]{0,12}(?:问题|不足)[^\n]*\n(.*?)(?=^[一二三四五六七八九十]、|\Z)", re.M | re.S)
_STATEMENT = re.compile(r"[^。！？；\n]{6,}[。！？；]?")


def plain_cut(text: str) -> list[str]:
    """Statements as a short script would find them.

    >>> plain_cut("五、存在的主要问题及改进情况\\n一是信息更新不及时。二是渠道还不够多；\\n六、其他需要报告的事项\\n没有别的要报告。")
    ['一是信息更新不及时。', '二是渠道还不够多；']
    """
    return [s for section in _SECTION.findall(text) for s in _STATEMENT.findall(section)]


class Peer(Protocol):
    """A way from statements to scores of all codes, `(n, n_codes)`; a theme is said where its score is above `threshold`."""

    name: str
    threshold: float

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> None:
        """Learn from statements and their 0/1 codes."""

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Score statements."""


class Linear:
    """scikit-learn's TF-IDF of characters 1-4 and one linear support vector machine a code."""

    name, threshold = "scikit-learn, TF-IDF of characters 1–4 and linear SVMs", 0.0

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.multiclass import OneVsRestClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC

        self.pipeline = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True),
            OneVsRestClassifier(LinearSVC(C=0.5, random_state=0)),
        ).fit(texts, labels)

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        return self.pipeline.decision_function(texts)


class Spacy:
    """spaCy's textcat_multilabel with its bag-of-words model over the characters that `blank("zh")` gives, 1-3 at a time."""

    name, threshold = "spaCy textcat_multilabel, bag of words", 0.5

    def __init__(self, epochs: int = 6) -> None:
        self.epochs = epochs

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> None:
        import spacy
        from spacy.training import Example
        from spacy.util import fix_random_seed

        fix_random_seed(0)
        self.nlp = spacy.blank("zh")
        bow = {"@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": False, "ngram_size": 3, "no_output_layer": False}
        self.nlp.add_pipe("textcat_multilabel", config={"model": {**bow, "length": 262_144}})
        self.names = [f"c{i:02d}" for i in range(labels.shape[1])]
        rows = [dict(zip(self.names, map(float, row), strict=True)) for row in labels]
        examples = [Example.from_dict(self.nlp.make_doc(t), {"cats": row}) for t, row in zip(texts, rows, strict=True)]
        self.nlp.initialize(lambda: examples)
        rng = Random(0)
        for _ in range(self.epochs):
            rng.shuffle(examples)
            for start in range(0, len(examples), 64):
                self.nlp.update(examples[start : start + 64])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[doc.cats[c] for c in self.names] for doc in self.nlp.pipe(texts, batch_size=_PIPED)])


class FastText:
    """fastText with one loss a code, over characters 1-4 at a time."""

    name, threshold = "fastText, characters 1–4", 0.5

    def __init__(self, epochs: int = 40) -> None:
        self.epochs = epochs

    def fit(self, texts: Sequence[str], labels: np.ndarray) -> None:
        import fasttext

        self.n = labels.shape[1]
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "train.txt"
            lines = (" ".join([*(f"__label__{i}" for i in np.flatnonzero(row)), _spaced(t)]) for t, row in zip(texts, labels, strict=True))
            file.write_text("\n".join(lines) + "\n", "utf-8")
            self.model = fasttext.train_supervised(
                str(file), loss="ova", wordNgrams=4, epoch=self.epochs, lr=0.3, dim=50, bucket=500_000, minCount=1, thread=1, verbose=0
            )

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), self.n))
        labels, chances = self.model.predict([_spaced(t) for t in texts], k=-1)
        for row, mine, p in zip(found, labels, chances, strict=True):
            row[[int(label.removeprefix("__label__")) for label in mine]] = p
        return found


def _spaced(text: str) -> str:
    return " ".join("".join(text.split()))


def said(scores: np.ndarray, n_roles: int, threshold: float) -> np.ndarray:
    """0/1 codes from scores: the best role, and every theme above the threshold."""
    codes = (scores > threshold).astype(np.int8)
    codes[:, :n_roles] = np.arange(n_roles) == scores[:, :n_roles].argmax(axis=1)[:, None]
    return codes


def peers(small: bool) -> list[Peer]:
    """The peers that can be had here."""
    found: list[Peer] = [Linear(), Spacy(1 if small else 6)]
    if find_spec("fasttext"):
        found.append(FastText(5 if small else 40))
    else:
        print("fastText is not installed (pip install fasttext-numpy2-wheel): left out", file=sys.stderr)
    return found
