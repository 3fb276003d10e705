"""Time and peak memory of the process that reads a PDF of 300 pages and a text of 100 MB.

python benchmarks/large_files.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from sample_reports import sample_reports
from writers import plain_text, write_all

PAGES, MEGABYTES = 300, 100
# The reader itself in a process of its own, since a worker's memory cannot be seen from outside once it is reused.
READ = """
import resource, sys, time
from pathlib import Path
from gongkai.read.limits import Limits
from gongkai.read.worker import extract_bytes
path = Path(sys.argv[1])
begin = time.perf_counter()
got = extract_bytes(path.read_bytes(), path.suffix, Limits())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"| {sys.argv[2]} | {len(got.text):,} | {len(got.grids)} | {time.perf_counter() - begin:.1f} | {peak:.0f} |")
"""


def pdf(folder: Path) -> Path:
    """A PDF of 300 pages, from those of some reports."""
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for path in write_all("pdf", sample_reports(6), folder) * PAGES:
        source = pypdfium2.PdfDocument(path)
        whole.import_pages(source, list(range(min(len(source), PAGES - len(whole)))))
        if len(whole) == PAGES:
            break
    whole.save(folder / "large.pdf")
    return folder / "large.pdf"


def text(folder: Path) -> Path:
    """A text of 100 MB, from the same reports."""
    once = "\n".join(map(plain_text, sample_reports(6))).encode()
    (folder / "large.txt").write_bytes(once * (MEGABYTES * 1_000_000 // len(once)))
    return folder / "large.txt"


def main() -> None:
    """Measure and print."""
    print("| file | characters | tables | seconds | peak MB |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        for path, what in ((pdf(Path(name)), f"PDF, {PAGES} pages"), (text(Path(name)), f"text, {MEGABYTES} MB")):
            subprocess.run([sys.executable, "-c", READ, str(path), what], check=True)


if __name__ == "__main__":
    main()
