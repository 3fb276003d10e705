"""Score the shipped coder on coded sections placed in whole reports of many page forms.

python benchmarks/coded_sections.py CODED.jsonl SCORE.py [--errors]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from pages import pages


def place(coded: Path, folder: Path) -> Path:
    """Write every placement of every coded section, and the gold offsets that score.py reads."""
    gold = []
    (folder / "pages").mkdir()
    for line in coded.read_text("utf-8").splitlines():
        section = json.loads(line)
        for n, page in enumerate(pages(section["text"], int(section["year"] or 2021))):
            name = f"{section['id']}-{n:02d}"
            (folder / "pages" / f"{name}.txt").write_bytes(page.text.encode(page.encoding))
            units = [{**s, "start": s["start"] + page.start, "end": s["end"] + page.start} for s in section["statements"]]
            end = page.start + len(section["text"].rstrip())
            gold.append({"id": name, "form": page.form, "start": page.start, "end": end, "units": units})
    file = folder / "gold.jsonl"
    file.write_text("".join(json.dumps(g, ensure_ascii=False) + "\n" for g in gold), "utf-8")
    return file


def main(coded: str, score: str, *options: str) -> None:
    """Place, run the commands, score."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        gold = place(Path(coded), folder)
        for command in ("segment", "tag"):
            subprocess.run([sys.executable, "-m", "gongkai", command, folder / "pages", "-o", folder / f"{command}.jsonl"], check=True)
        subprocess.run([sys.executable, score, gold, folder / "segment.jsonl", folder / "tag.jsonl", *options], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
