"""Reports to measure with: invented ones, real or sample ones altered so that none repeats another, and the same ones again and again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from random import Random

import gongkai

sys.path.insert(0, str(Path(__file__).parent))
from report_scale import YEARS, mixed, reports
from sample_reports import SEED, _sample
from sample_sources import sources
from writers import plain_text

ROOT = Path(__file__).parent.parent
SEEDS = ROOT.parent / "shared" / "reports" / "seeds"
# Shorter lines are headings and cells; what a sentence begins with, an enumerator or a lead, stays.
_SENTENCE, _LONG, _SWAPS = re.compile("[^。；！？]+[。；！？]*"), 25, 3
_BASES = 1_000


def seeds(folder: Path | None = None) -> list[str]:
    """The texts of a folder: the real reports beside the repository where there are any, else those of its corpus."""
    root = folder or (SEEDS if SEEDS.is_dir() else ROOT / "corpus" / "reports")
    return [gongkai.read(file).text for file in sorted(root.iterdir()) if file.suffix in (".txt", ".md")]


def altered(texts: Sequence[str]) -> Iterator[str]:
    """Texts by turns, without end; half of their digits and some pairs of characters in the sentences of long lines are changed."""
    for n in count():
        rng = Random(f"{SEED} {n}")
        lines = texts[n % len(texts)].split("\n")
        yield "\n".join("".join(_sentence(part, rng, len(line) < _LONG) for part in _SENTENCE.findall(line)) for line in lines)


def _sentence(said: str, rng: Random, short: bool) -> str:
    cells = [rng.choice("0123456789") if c.isascii() and c.isdigit() and rng.random() < 0.5 else c for c in said]
    pairs = [k for k in range(len(cells) * 2 // 5, len(cells) - 1) if all("一" <= c <= "龥" for c in cells[k : k + 2])]
    for at in rng.sample(pairs, min(_SWAPS, len(pairs))) if not short else ():
        cells[at], cells[at + 1] = cells[at + 1], cells[at]
    return "".join(cells)


def invented() -> Iterator[str]:
    """Invented reports without end, each of another office and with other sentences."""
    given = sources()
    for office in count():
        source, rng = given[office % len(given)], Random(f"{SEED} {office}")
        heading, *lines = source.text.split("\n")
        text = "\n".join([heading, *(mixed(line, rng) for line in lines)])
        told = replace(source, file=f"{office}", year=YEARS[office % len(YEARS)], text=text)
        yield plain_text(_sample(told, 2019 if told.year <= 2020 else 2021, office))


def again(texts: Sequence[str]) -> Iterator[str]:
    """The same texts again and again."""
    return (texts[n % len(texts)] for n in count())


def archive(n: int) -> Iterator[tuple[str, str]]:
    """Names and texts of `n` reports: a thousand invented ones as they are, then those with other offices, years and sentences."""
    rng, bases = Random(SEED), []
    for k, sample in enumerate(islice(reports(_BASES), n)):
        text = plain_text(sample)
        yield f"{k:07d} {sample.name}", text
        before, found, after = text.partition(sample.problems)
        if not found:
            raise AssertionError(f"{sample.name}: section 五 is not in its text")
        bases.append((sample.name[:-5], int(sample.name[-5:-1]), before, sample.problems.split("\n"), after))
    for k in range(_BASES, n):
        body, year, before, (heading, *lines), after = bases[k % len(bases)]
        # The county keeps its last characters, so that levels stay as they are.
        name = f"{rng.choice(bases)[0][:2]}{body[2:]}"
        said = "\n".join([heading, *(mixed(line, rng) for line in lines)])
        now = rng.choice(YEARS[:1] if year <= YEARS[0] else YEARS[1:])
        text = f"{before}{said}{after}".replace(body, name)
        # The year is that of the report, and the one after it that of its publication.
        for told, instead in ((f"{year + 1}-", f"{now + 1}-"), (f"{year}年", f"{now}年")):
            text = text.replace(told, instead)
        yield f"{k:07d} {name}{now}年", text


def write_archive(n: int, folder: Path) -> int:
    """Write the reports of `archive` as Parquet tables of 50,000 rows, and return how many bytes their texts have."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    given, size = archive(n), 0
    for part in count():
        rows = list(islice(given, 50_000))
        if not rows:
            return size
        size += sum(len(text.encode("utf-8")) for _, text in rows)
        table = pa.table({"id": [name for name, _ in rows], "text": [text for _, text in rows]})
        pq.write_table(table, folder / f"part{part:04d}.parquet", compression="zstd", row_group_size=1_000)
    raise AssertionError
