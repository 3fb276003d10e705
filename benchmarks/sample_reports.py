"""Invented yearly reports whose sections, statements and table cells are known, for every writer to write the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sample_numbers import STYLES, numbers, written
from sample_sources import Source, chosen, done_work
from statutory_forms import Key, Table, tables

SEED = 20_261
YEARS = {2019: (2019, 2020), 2021: (2021, 2022, 2023, 2024)}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `kind` is title, published, text, heading (of a statutory section), subheading, signature or contact."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A report: its paragraphs and tables in order, the text of its section 五, and every cell of its tables as written.

    `turn` counts the reports of one form, so that writers can vary their layout.
    """

    name: str
    form: int
    turn: int
    style: str
    blocks: tuple[Paragraph | Table, ...]
    problems: str
    cells: dict[Key, str]

    def table(self, name: str) -> Table:
        """The table of a name."""
        return next(b for b in self.blocks if isinstance(b, Table) and b.name == name)


@cache
def phrases() -> dict[str, Any]:
    """The wording outside section 五."""
    return yaml.safe_load((Path(__file__).parent / "sample_phrases.yaml").read_text("utf-8"))


def sample_reports(n: int = 40) -> list[Sample]:
    """The first `n` reports, by turns in the form of 2019 and of 2021; the same ones every time."""
    picked = {form: chosen(years, (n + 1) // 2, Random(SEED + form)) for form, years in YEARS.items()}
    return [
        _sample(source, form, turn)
        for turn, pair in enumerate(zip(*picked.values(), strict=True))
        for source, form in zip(pair, picked, strict=True)
    ][:n]


def _sample(source: Source, form: int, turn: int) -> Sample:
    rng, p = Random(f"{SEED} {source.file}"), phrases()
    style = STYLES[turn % len(STYLES)]
    counted = numbers(rng, form, p["requests"][source.level])
    cells = written(rng, form, counted, style, p["marks"])
    made = tables(form, cells, broken=turn % 2 == 1)
    words = _words(source, counted, rng)
    blocks = [b for b in _blocks(source, made, words, counted, rng) if isinstance(b, Table) or b.text]
    stripped = {key: text.strip() for key, text in cells.items()}
    return Sample(f"{source.body}{source.year}年", form, turn, style, tuple(blocks), source.text, stripped)


def _words(source: Source, counted: dict[Key, int], rng: Random) -> dict[str, object]:
    """What the phrases speak of, numbers of the tables among them."""
    of_requests = {row: n for (table, row, column), n in counted.items() if table == "requests" and column == "total"}
    of_courts = sum(counted["litigation", "cases", f"{stage}_total"] for stage in ("direct", "after_review"))
    return {
        "body": source.body,
        "year": source.year,
        "after": source.year + 1,
        "day": rng.randint(10, 28),
        "phone": rng.randint(10_000, 99_999),
        **of_requests,
        "natural": counted["requests", "new", "natural"] + counted["requests", "carried_in", "natural"],
        "made": counted["proactive", "normative_documents", "made"],
        "licences": counted["proactive", "licences", "decisions"],
        "penalties": counted["proactive", "penalties", "decisions"],
        "review": counted["litigation", "cases", "review_total"],
        "court": of_courts,
    }


def _blocks(
    source: Source, made: dict[str, Table], words: dict[str, object], counted: dict[Key, int], rng: Random
) -> Iterator[Paragraph | Table]:
    p = phrases()

    def said(kind: str, text: str) -> Paragraph:
        return Paragraph(kind, text.format(**words))

    def heading(number: str, name: str) -> Paragraph:
        return Paragraph("heading", f"{number}、{rng.choice(p['headings'][name])}")

    yield from (said("title", line) for line in rng.choice(p["titles"]))
    yield said("published", p["published"])
    yield said("contact", p["contact"])
    yield said("text", rng.choice(p["prefaces"]))
    yield heading("一", "overview")
    yield said("text", rng.choice(p["openings"]))
    yield said("text", p["overview"]["proactive"])
    yield said("text", p["overview"]["requests" if words["new"] else "no_requests"])
    for label in p["overview"]["rest"]:
        yield Paragraph("text", label + "".join(rng.sample(done_work(source.level), 2)))
    yield heading("二", "proactive")
    yield made["proactive"]
    yield heading("三", "requests")
    yield made["requests"]
    yield said("text", p["after_requests"] if words["new"] and rng.random() < 0.5 else "")
    yield heading("四", "litigation")
    yield made["litigation"]
    yield said("text", p["after_litigation"] if rng.random() < 0.3 else "")
    first, *lines = source.text.split("\n")
    yield Paragraph("heading", first)
    for line in lines:
        yield Paragraph("subheading" if re.fullmatch(r"（[一二三四五六七八九十]+）[^。；：]{2,20}", line) else "text", line)
    yield heading("六", "other_matters")
    yield from (said("text", line) for line in rng.choice(p["other_matters"]))
    if rng.random() < 0.5:
        yield from (said("signature", line) for line in p["signature"])
