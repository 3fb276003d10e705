"""Random numbers for the statutory tables that keep their rules, and the ways in which offices write them down."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from statutory_forms import APPLICANTS, STAGES, Key, keys, results

STYLES = ("plain", "blank", "slash", "padded", "none", "plain", "dash", "wide", "plain", "plain")
OUTCOMES = ("upheld", "overturned", "other", "pending")
# Some outcomes are frequent, some applicants too.
_WEIGHTS = {"granted": 40, "partial": 8, "unavailable_1": 20, "unavailable_2": 4, "not_processed_1": 6, "refused_8": 3}
_SHARES = {"natural": 1.0, "commercial": 0.3, "legal": 0.1, "other": 0.05, "research": 0.02, "social": 0.02}


def numbers(rng: Random, form: int, most: int) -> dict[Key, int]:
    """Whole numbers for every cell but sums of money; `most` requests in the year."""
    return _requests(rng, form, most) | _litigation(rng, most) | _proactive(rng, form, most)


def _proactive(rng: Random, form: int, most: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    many = rng.choice((0, 3, 40)) * (most + rng.randrange(9))
    for key in (k for k in keys(form) if k[0] == "proactive" and k[2] != "amount"):
        table, row, column = key
        if row == "regulations":
            found[key] = _some(rng, 4) if most > 300 else 0
        elif column == "change":
            found[key] = rng.randint(-(found[table, row, "last_year"] // 2), 160) if rng.random() < 0.7 else 0
        else:
            found[key] = _some(rng, many if column in ("decisions", "last_year") else 6)
    if form == 2019:
        for row in ("regulations", "normative_documents"):
            made, published, total = (("proactive", row, column) for column in ("made", "published", "total"))
            found[published] = rng.randint(0, found[made])
            found[total] = max(found[total], found[published])
    return found


def _some(rng: Random, most: int) -> int:
    return rng.randint(0, most) if rng.random() < 0.75 else 0


def _requests(rng: Random, form: int, most: int) -> dict[Key, int]:
    rows, found = results(form), dict.fromkeys((k for k in keys(form) if k[0] == "requests"), 0)
    none = most < 20 and rng.random() < 0.2
    for column in APPLICANTS:
        new = 0 if none else rng.randint(0, round(most * _SHARES[column]))
        carried_in = rng.randint(0, new // 10 + 1) if new else 0
        done = new + carried_in - rng.randint(0, new // 10)
        counted = {"new": new, "carried_in": carried_in, "total": done, "carried_out": new + carried_in - done}
        for row in rng.choices(rows, [_WEIGHTS.get(r, 1) for r in rows], k=done):
            counted[row] = counted.get(row, 0) + 1
        for row, n in counted.items():
            found["requests", row, column] = n
            found["requests", row, "total"] += n
    return found


def _litigation(rng: Random, most: int) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for stage in STAGES:
        counted = [rng.randint(0, most // 12) if rng.random() < 0.6 else 0 for _ in OUTCOMES]
        for outcome, n in zip((*OUTCOMES, "total"), (*counted, sum(counted)), strict=True):
            found["litigation", "cases", f"{stage}_{outcome}"] = n
    return found


def written(rng: Random, form: int, counted: Mapping[Key, int], style: str, marks: Mapping[str, str]) -> dict[Key, str]:
    """What stands in every cell: `style` says what zeros look like (totals stay numbers) or how numbers are set."""
    texts: dict[Key, str] = {}
    for key in keys(form):
        table, row, column = key
        if key not in counted:
            texts[key] = _money(rng, row)
        elif style in marks and counted[key] == 0 and (row == "regulations" or (table != "proactive" and not column.endswith("total"))):
            texts[key] = marks[style]
        else:
            signed = column == "change" and rng.random() < 0.7
            texts[key] = f"{counted[key]:+d}" if signed and counted[key] else str(counted[key])
    if style == "padded":
        pads = ("\xa0{}", "{}\u3000", "\u3000{}", "{} ", "{}")
        return {key: rng.choice(pads).format(text) for key, text in texts.items()}
    if style == "wide":
        wide = {ord(c): ord(c) - 0x20 + 0xFF00 for c in "0123456789"}
        return {key: text.translate(wide) if rng.random() < 0.5 else text for key, text in texts.items()}
    return texts


def _money(rng: Random, row: str) -> str:
    if rng.random() < 0.2:
        return "0"
    sum_of = rng.randrange(10_000, 9_000_000)
    plain = rng.choice((f"{sum_of / 10_000:.2f}", f"{sum_of / 10_000:.1f}", f"{sum_of // 10_000}"))
    # The form of 2021 gives the unit in the head of the column, and still some write it again.
    units = (f"{plain}万元", f"{sum_of}元") if row == "procurement" else (plain, plain, plain, f"{plain}万元")
    return rng.choice(units)
