"""The model card: what a coder was made from, how good it is and where it fails, written from an evaluation in two languages."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from .agreement import agreement_of
from .codebook import Codebook
from .errors import UserError
from .evaluate import Evaluation
from .export import table_bytes
from .labelled import Labelled
from .resources import resource_text
from .store import facts_of
from .together import write_together
from .training import facts


class CardError(UserError):
    """A model and a corpus that do not belong together."""


_PAIRS, _SENTENCES, _LONGEST = 10, 2, 60


def scores(found: Evaluation) -> dict[str, Any]:
    """Return the scores of an evaluation as plain data: summary, intervals, codes, confusion of roles, calibration."""
    return {
        "summary": found.summary,
        "intervals": found.intervals().to_dict("records"),
        "codes": found.by_code.to_dict("records"),
        "roles": found.roles.to_dict("index"),
        "calibration": found.calibration.to_dict("records"),
    }


def mixed_up(found: Evaluation, X: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pairs of codes that are most often taken for each other, with sentences of the corpus: `missed, said, n, sentences`.

    A code that is missed, or said, without another in its place has an empty partner.
    """
    texts = X["text"].tolist()
    pairs: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], list[str]] = {}
    for i in (found.true != found.predicted).any(axis=1).nonzero()[0]:
        missed = [c for c, y, z in zip(found.codes, found.true[i], found.predicted[i], strict=True) if y > z]
        said = [c for c, y, z in zip(found.codes, found.true[i], found.predicted[i], strict=True) if z > y]
        for pair in [(m, s) for m in missed or [""] for s in said or [""]]:
            pairs[pair] += 1
            where.setdefault(pair, []).append(texts[i])
    return [
        {"missed": m, "said": s, "n": n, "sentences": sorted(where[m, s], key=lambda t: (len(t) > _LONGEST, len(t) < 12, t))[:_SENTENCES]}
        for (m, s), n in pairs.most_common(_PAIRS)
    ]


def check_card(model: Path, labelled: Labelled) -> dict[str, Any]:
    """Return the facts of a model that was made from a corpus; raises CardError, naming the cure, for any other."""
    made = facts_of(model)
    if made.get("corpus_sha256") != facts(labelled)["corpus_sha256"]:
        raise CardError(f"{model}: was not trained on this corpus; run gongkai train first, so that card and model belong together")
    return made


def write_tables(
    folder: str | Path, found: Evaluation, X: pd.DataFrame, curve: pd.DataFrame | None = None, ablated: pd.DataFrame | None = None
) -> list[Path]:
    """Write an evaluation into a folder as CSV: scores, codes, roles, calibration, errors, and curve and ablation where given."""
    root = Path(folder)
    tables = {
        "scores": found.intervals(),
        "codes": found.by_code,
        "roles": found.roles.rename_axis("role").reset_index(),
        "calibration": found.calibration,
        "errors": found.errors(X),
        "curve": curve,
        "ablation": ablated,
    }
    made = {f"{name}.csv": table_bytes(t, f"{name}.csv") for name, t in tables.items() if t is not None}
    write_together(root, made.items())
    return [root / name for name in made]


def write_card(
    model: str | Path,
    corpus: str | Path,
    labelled: Labelled,
    found: Evaluation,
    curve: pd.DataFrame | None = None,
    ablated: pd.DataFrame | None = None,
) -> list[Path]:
    """Write `card.md` (Chinese, then English) and `scores.json` into a model folder, from an evaluation on the corpus it was made of.

    Raises CardError where the model was not made from this corpus.
    """
    root = Path(model)
    made = check_card(root, labelled)
    agreed = agreement_of(corpus, labelled.codebook)
    data = {
        **scores(found),
        "corpus_sha256": made["corpus_sha256"],
        "curve": [] if curve is None else curve.to_dict("records"),
        "ablation": [] if ablated is None else ablated.to_dict("records"),
        # JSON knows no nan, which stands for a theme on which neither coder has a case.
        "agreement": [] if agreed is None else agreed.astype(object).where(agreed.notna(), None).to_dict("records"),
    }
    size = sum((root / name).stat().st_size for name in ("weights.npz", "model.json"))
    card = _card(labelled.codebook, data, made, mixed_up(found, labelled.X), size)
    told = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    write_together(root, [("card.md", card.encode("utf-8")), ("scores.json", told)])
    return [root / "card.md", root / "scores.json"]


def _card(book: Codebook, data: dict[str, Any], made: dict[str, Any], pairs: list[dict[str, Any]], size: int) -> str:
    env = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    env.filters["share"] = lambda value: "" if value is None or value != value else f"{value:.3f}"
    env.filters["count"] = lambda value: f"{int(value):,}"
    template = env.from_string(resource_text("card.md.jinja"))
    return template.render(book=book, made=made, pairs=pairs, megabytes=f"{size / 1e6:.1f}", **data)
