"""Score the shipped coder against expectations written down by hand as offsets and labels.

python benchmarks/expected.py FOLDER [EXPECTED.json]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sklearn.metrics import f1_score

import gongkai

EXPECTED = Path(__file__).parent.parent / "tests" / "expected" / "seeds.json"


def main(folder: str, expected: str | Path = EXPECTED) -> None:
    """Print sections and statements found to the character, roles and themes."""
    reports = json.loads(Path(expected).read_text("utf-8"))
    coder = gongkai.load()
    sections = cut = right = 0
    units, true, got = 0, [], []
    for report in reports:
        analysis = gongkai.analyse(Path(folder) / report["file"], coder)
        found = analysis.section("problems")
        sections += found is not None and {"start": found.start, "body_start": found.body_start, "end": found.end} == report["section"]
        codings = {(c.statement.start, c.statement.end): c for c in analysis.codings}
        for unit in report["statements"]:
            units += 1
            coding = codings.get((unit["start"], unit["end"]))
            cut += coding is not None
            right += coding is not None and coding.role == unit["role"]
            true.append([t in unit["themes"] for t in coder.themes_])
            got.append([coding is not None and t in coding.themes for t in coder.themes_])
    print(f"problem sections to the character  {sections} of {len(reports)}")
    print(f"statements to the character        {cut} of {units}")
    print(f"roles right                        {right / units:.3f}")
    print(f"theme micro-F1                     {f1_score(true, got, average='micro', zero_division=0):.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
