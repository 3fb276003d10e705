"""Whether the same reports give the same bytes: on one and two cores, under any hash seed, and under other versions of Python.

python benchmarks/same_bytes.py [REPORTS] [--python FILE …] [--venv FILE …]

--python are interpreters that have gongkai's dependencies; --venv are bare ones, for each of which an environment is made below out/.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / ".ci" / "requirements.lock"
RUN = """
import os, sys
cores = int(sys.argv.pop(1))
os.cpu_count = lambda: cores
from gongkai import cli
cli.main()
"""


def samples(folder: Path) -> Path:
    """Put the invented reports into a folder, some of them as Word files and web pages, which processes of their own read."""
    import docx

    from gongkai import read

    folder.mkdir()
    for n, file in enumerate(sorted((ROOT / "corpus" / "reports").glob("*.txt"))):
        if n % 4 > 1:
            (folder / file.name).write_bytes(file.read_bytes())
            continue
        lines = read(file).text.splitlines()
        if n % 4:
            (folder / f"{file.stem}.html").write_text("<html><body>" + "".join(f"<p>{x}</p>" for x in lines) + "</body></html>", "utf-8")
        else:
            made = docx.Document()
            for line in lines:
                made.add_paragraph(line)
            made.save(folder / f"{file.stem}.docx")
    return folder


def made(python: str, reports: Path, out: Path, seed: int, cores: int) -> dict[str, str]:
    """Run the commands that write tables and pages, and return the hashes of what they wrote, by name."""
    env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT / "pkg")}
    commands = [
        ["report", reports.name, "-o", out / "page"],
        ["tag", reports.name, "-o", out / "tag.csv"],
        ["tag", reports.name, "-o", out / "tag.xlsx"],
        ["spread", out / "page", "-o", out / "spread.csv", "--by", "year"],
        ["corpus", reports.name, "-o", out / "set", "--workers", str(cores)],
    ]
    for command in commands:
        done = subprocess.run([python, "-c", RUN, str(cores), *map(str, command)], cwd=reports.parent, env=env, capture_output=True)
        if done.returncode or b"Traceback" in done.stderr:
            sys.exit(f"{python} {command[0]}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}")
    digests = {}
    for file in sorted(out.rglob("*")):
        name = file.relative_to(out).as_posix()
        if file.is_file() and ".gongkai/" not in name and file.name != "lock":
            digests[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    # A data set is done anew under another Python: its parts are named and recorded with the version, and hold the same.
    parts = [(name, digests.pop(name)) for name in list(digests) if name.startswith("set/")]
    digests["set"] = hashlib.sha256(repr(sorted((n.split("/")[1], d) for n, d in parts if not n.endswith(".json"))).encode()).hexdigest()
    return digests


def environment(python: str, place: Path) -> str:
    """Make an environment with gongkai's dependencies, in the versions of the lock, and return its interpreter."""
    subprocess.run([python, "-m", "venv", place], check=True)
    pip = [place / "bin" / "python", "-m", "pip", "install", "-q", "-e", f"{ROOT}[pdf,excel]"]
    subprocess.run(pip, check=True, env={**os.environ, "PIP_CONSTRAINT": str(LOCK)})
    return str(place / "bin" / "python")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("reports", type=Path, nargs="?")
    asked.add_argument("--python", nargs="*", default=[])
    asked.add_argument("--venv", nargs="*", default=[])
    given = asked.parse_args()
    pythons = [*given.python, *(environment(p, ROOT / "out" / f"venv-{n}") for n, p in enumerate(given.venv))]
    runs = [(sys.executable, 0, 1), (sys.executable, 1, 2), *((p, n + 2, 2) for n, p in enumerate(pythons))]
    differ = 0
    with tempfile.TemporaryDirectory() as place:
        reports = given.reports.resolve() if given.reports else samples(Path(place) / "reports")
        first: dict[str, str] = {}
        for n, (python, seed, cores) in enumerate(runs):
            found = made(python, reports, Path(place) / f"out{n}", seed, cores)
            first = first or found
            other = sorted(k for k in first.keys() | found.keys() if first.get(k) != found.get(k))
            differ += len(other)
            version = subprocess.run([python, "-V"], capture_output=True, text=True).stdout.strip()
            run = f"{version}, hash seed {seed}, {cores} core(s)"
            print(f"{run}: {len(found)} results, differing from the first run: {', '.join(other) or 0}")
    sys.exit(bool(differ))


if __name__ == "__main__":
    main()
