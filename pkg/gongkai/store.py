"""Save and load a coder without pickle: `weights.npz`, `model.json`, and hashes that tell a torn or altered file."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

from .errors import UserError
from .features import PLACE, ContextFeatures, TextFeatures
from .model import StatementCoder
from .saved import Told, arrays_of, reason
from .together import write_together

FORMAT = 1
_SETTINGS = ("characters", "words", "path", "neighbours", "place", "clauses", "C", "min_df", "max_features", "folds", "random_state")
_LEARNED = ("role_coef_", "role_intercept_", "theme_coef_", "theme_intercept_", "platt_", "thresholds_")
# No fitted weight comes near it, and no sum of so many overflows.
_LARGEST = 1e6


class ModelError(UserError):
    """A model folder that cannot be used; the message names the file and the cure."""


def save(coder: StatementCoder, folder: str | Path, facts: dict[str, Any] | None = None) -> None:
    """Write a fitted coder into a folder; an error leaves the model that was there. The same coder gives the same bytes.

    `facts` (what it was trained on, scores) are kept in `model.json`.
    """
    root = Path(folder)
    arrays = {name.rstrip("_"): getattr(coder, name) for name in _LEARNED}
    vocabularies: dict[str, list[str]] = {}
    for name, vectorizer in _vectorizers(coder).items():
        arrays[f"idf_{name}"] = vectorizer.idf_.astype(np.float32)
        vocabularies[name] = list(vectorizer.get_feature_names_out())
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    weights = buffer.getvalue()
    settings = {name: getattr(coder, name) for name in _SETTINGS}
    model = {
        "format": FORMAT,
        "sha256": {"weights.npz": hashlib.sha256(weights).hexdigest()},
        "settings": settings,
        "roles": list(coder.roles_),
        "themes": list(coder.themes_),
        "themed_roles": list(coder.themed_roles_),
        "alone": list(coder.alone_),
        "codebook": coder.codebook_.model_dump(mode="json", by_alias=True, exclude_none=True),
        "facts": facts or {},
        "vocabularies": vocabularies,
    }
    described = (json.dumps(model, ensure_ascii=False, indent=0) + "\n").encode("utf-8")
    write_together(root, [("weights.npz", weights), ("model.json", described)])


def load_model(folder: str | Path) -> StatementCoder:
    """Load a coder that `save` wrote; nothing in the folder is ever executed.

    Raises ModelError for a missing, torn or altered file, a shape that does not fit, and a format of another version.
    """
    root = Path(folder)
    model = _described(root)
    try:
        weights = (root / "weights.npz").read_bytes()
    except OSError as error:
        raise _absent(root, error) from error
    if {"weights.npz": hashlib.sha256(weights).hexdigest()} != model.get("sha256"):
        raise ModelError(f"{root / 'weights.npz'}: does not belong to model.json, or was altered; copy both files again or train anew")
    try:
        told = Told.model_validate(model)
        told.check()
        return _restore(told, arrays_of(weights, told.bytes()))
    # Whatever a damaged file makes its library raise.
    except Exception as error:
        raise ModelError(f"{root}: model.json and weights.npz do not fit together ({reason(error)}); train the model again") from error


def facts_of(folder: str | Path) -> dict[str, Any]:
    """Return the facts that were saved with a model; raises ModelError as `load_model` does."""
    facts = _described(Path(folder)).get("facts", {})
    if not isinstance(facts, dict):
        raise ModelError(f"{Path(folder) / 'model.json'}: its facts are no names with values; train the model again")
    return facts


def sha256_of(folder: str | Path) -> str:
    """Return the hash of a model folder: that of its `model.json`, which holds the one of its weights; ModelError where there is none."""
    root = Path(folder)
    try:
        return hashlib.sha256((root / "model.json").read_bytes()).hexdigest()
    except OSError as error:
        raise _absent(root, error) from error


def _described(root: Path) -> dict[str, Any]:
    """What `model.json` says of a coder."""
    try:
        model = json.loads((root / "model.json").read_text("utf-8"))
    except OSError as error:
        raise _absent(root, error) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{root / 'model.json'}: damaged ({error}); train the model again") from error
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise ModelError(f"{root / 'model.json'}: not a model of format {FORMAT}; train it again with this version of gongkai")
    return model


def _absent(root: Path, error: OSError) -> ModelError:
    return ModelError(f"{root}: not a model folder ({error.strerror}: {error.filename}); give the folder that gongkai train wrote")


def versions() -> dict[str, str]:
    """Return the versions of what shapes a model."""
    return {"numpy": np.__version__, "scikit-learn": sklearn.__version__}


def _vectorizers(coder: StatementCoder) -> dict[str, TfidfVectorizer]:
    return {**coder.text_.vectorizers_, **{f"context_{k}": v for k, v in coder.context_.vectorizers_.items()}}


def _restore(told: Told, arrays: dict[str, np.ndarray]) -> StatementCoder:
    coder = StatementCoder(codebook=told.codebook, **told.settings.model_dump())
    coder.codebook_ = told.codebook
    for name in ("roles", "themes", "themed_roles", "alone"):
        setattr(coder, f"{name}_", getattr(told, name))
    coder.classes_ = np.array([*coder.roles_, *coder.themes_], dtype=object)
    coder.text_ = TextFeatures(coder.characters, coder.words, coder.min_df, coder.max_features)
    coder.context_ = ContextFeatures(coder.path, coder.neighbours, coder.place, coder.min_df)
    widths = []
    for part, prefix in ((coder.text_, ""), (coder.context_, "context_")):
        part.vectorizers_ = {}
        for name, vectorizer in part.blank().items():
            if prefix + name in told.vocabularies:
                part.vectorizers_[name] = _fitted(vectorizer, told.vocabularies[prefix + name], arrays[f"idf_{prefix}{name}"])
        widths.append(sum(len(v.vocabulary_) for v in part.vectorizers_.values()))
    for name in _LEARNED:
        setattr(coder, name, _finite(name, arrays[name.rstrip("_")]))
    place = len(PLACE) if coder.place else 0
    n, m = len(coder.roles_), len(coder.themes_)
    shapes = {
        "role_coef_": (n, widths[0] + widths[1] + place),
        "role_intercept_": (n,),
        "theme_coef_": (m, widths[0]),
        "theme_intercept_": (m,),
        "platt_": (n + m, 2),
        "thresholds_": (m,),
    }
    for name, shape in shapes.items():
        if getattr(coder, name).shape != shape:
            raise ValueError(f"{name} has the shape {getattr(coder, name).shape}, not {shape}")
    return coder


def _finite(name: str, array: np.ndarray) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.dtype != np.float32 or not (np.abs(array) <= _LARGEST).all():
        raise ValueError(f"{name} holds no 32-bit numbers up to {_LARGEST:g}")
    return array


def _fitted(vectorizer: TfidfVectorizer, vocabulary: list[str], idf: np.ndarray) -> TfidfVectorizer:
    if idf.shape != (len(vocabulary),) or len(set(vocabulary)) != len(vocabulary):
        raise ValueError("a vocabulary and its frequencies differ in length")
    vectorizer.vocabulary_ = {term: i for i, term in enumerate(vocabulary)}
    vectorizer.idf_ = _finite("idf", idf)
    return vectorizer
