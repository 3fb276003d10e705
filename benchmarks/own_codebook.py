"""Scores of a codebook of one's own on offices held out: without labels, with 200 and with 1,000 labelled statements.

The codebook is the shipped one, its themes merged into six; its examples are the only cues.

python benchmarks/own_codebook.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import yaml

from gongkai import StatementCoder, weak
from gongkai.evaluate import fit_on, groups_of, judged
from gongkai.labelled import Labelled, load_corpus

CORPUS = Path(__file__).parent.parent / "corpus"
MERGED = {
    "content": ["timeliness", "coverage", "depth", "standardization"],
    "reach": ["demand", "channels", "interpretation", "publicity"],
    "answers": ["participation", "requests"],
    "people": ["awareness", "capacity"],
    "order": ["mechanism", "supervision", "review", "imbalance"],
    "unspecific": ["general"],
}
HELD_OUT, ROLES, POOL, DRAWS = 2500, 2500, 3000, 3
SCORES, NAMES = ("theme micro-F1", "role macro-F1"), ("id", "zh", "en", "definition")


def own_corpus(folder: Path) -> Labelled:
    """Write and load a corpus of the merged codebook, without a thesaurus."""
    shutil.copytree(CORPUS, folder, dirs_exist_ok=True)
    (folder / "thesaurus.csv").unlink(missing_ok=True)
    table, places = (pd.read_csv(CORPUS / name, dtype=str, keep_default_na=False) for name in ("statements.csv", "reports.csv"))
    order = pd.Series(np.random.default_rng(0).permutation(places["body"].nunique()), places["body"].unique())
    place = table["report"].map(places.set_index("report")["body"].map(order))
    table = table[place <= place.sort_values().iloc[HELD_OUT + ROLES + POOL]]
    book = yaml.safe_load((CORPUS / "codebook.yaml").read_text("utf-8"))
    said = {m: [e for t in book["themes"] if t["id"] in themes for e in t["examples"]] for m, themes in MERGED.items()}
    book["themes"] = [{**dict.fromkeys(NAMES, m), "alone": m == "unspecific", "examples": said[m]} for m in MERGED]
    merged = [";".join(m for m, themes in MERGED.items() if set(cell.split(";")) & set(themes)) for cell in table["themes"]]
    table.assign(themes=merged).to_csv(folder / "statements.csv", index=False)
    (folder / "codebook.yaml").write_text(yaml.safe_dump(book, allow_unicode=True), "utf-8")
    return load_corpus(folder)


def main(folder: Path) -> None:
    """Measure and print."""
    labelled = own_corpus(folder)
    X, Y, groups, coder = labelled.X, labelled.Y, groups_of(labelled), StatementCoder(codebook=labelled.codebook, n_jobs=2)
    rows = np.concatenate([np.flatnonzero(groups == g) for g in np.random.default_rng(0).permutation(np.unique(groups))])
    test, helper, pool = np.split(rows[: HELD_OUT + ROLES + POOL], [HELD_OUT, HELD_OUT + ROLES])
    # The shipped coder, which gives unlabelled texts their roles, has seen the whole corpus: another stands in for it.
    stand_in = fit_on(labelled, coder, helper[groups[helper] != groups[test[-1]]], groups)
    print(f"{len(MERGED)} themes, {len(labelled.phrases)} examples; {len(test)} statements of offices held out; mean (lowest-highest)")
    print(f"role macro-F1, shipped coder's stand-in: {judged(stand_in, X.iloc[test], Y.iloc[test], groups[test]).summary[SCORES[1]]:.2f}")
    print(f"{'':36s}{'learned from':>14s}" + "".join(f"{s:>24s}" for s in SCORES))
    for labels, drawn in ((0, draws := np.array_split(pool, DRAWS)), (0, [pool]), (200, [d[:200] for d in draws]), (1000, draws)):
        found = []
        for mine in drawn:
            with patch.object(weak, "load", lambda: stand_in):
                some = None if labels else weak.weak_labels([folder / n for n in X["report"].iloc[mine].unique()], labelled.codebook)
            fitted = coder.fit(some.X, some.Y, some.X["report"], some.phrases) if some else fit_on(labelled, coder, mine, groups)
            said = judged(fitted, X.iloc[test], Y.iloc[test], groups[test]).summary
            found.append([len(some.X if some else mine), *(said[score] for score in SCORES)])
        sizes, *scores = zip(*found, strict=True)
        kind = f"{labels:,} labels" if labels else f"no label, texts of {len(drawn[0]):,} statements"
        print(f"{kind:36s}{np.mean(sizes):14.0f}" + "".join(f"{f'{np.mean(s):.2f} ({min(s):.2f}-{max(s):.2f})':>24s}" for s in scores))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
