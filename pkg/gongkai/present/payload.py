"""What the page's script starts from: the words, the codes, and for every report a few small integers to count with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..codebook import Codebook
from ..resources import data
from ..spread import themes_of
from .cells import cells
from .chunks import Blocks
from .figures import GROUPS, OFFICES, SMALL, Frames, Heat, Place, Share, areas, plain_value, themed_roles
from .panels import flat
from .wording import named, translated

SHAPES = ("■", "●", "▲", "◆")
_STATES = {"found": "f", "low": "l", "missing": "m", "not_due": "n"}


def head(
    tables: Frames,
    book: Codebook,
    shares: dict[tuple[str, str, str], Share],
    heats: Sequence[Heat],
    states: Sequence[tuple[dict, list[Place]]],
    kept: Blocks,
) -> dict[str, Any]:
    """Return the head of the data: columns by report, counts by report as one flat list, intervals of the unfiltered shares."""
    words, roles, about = data("page.yaml"), themed_roles(book), _described(tables, heats)
    summed = cells(tables.whole, about["groups"], about["regions"]) if tables.whole is not None else None
    return {
        "ui": words["ui"],
        "levels": words["levels"],
        "kinds": words["kinds"],
        "names": words["names"],
        "roles": [{"id": r, "zh": book.label(r, "zh"), "en": book.label(r, "en")} for r in book.role_ids],
        "themed": [book.role_ids.index(r) for r in roles],
        "shapes": SHAPES,
        "themes": [
            {"id": t.id, "zh": t.zh, "en": t.en, "definition": t.definition, "not": named(t.not_ or "", book), "examples": t.examples}
            for t in book.themes
        ],
        "small": SMALL,
        "offices": OFFICES,
        **about,
        "cells": summed,
        **_counts(tables, book, roles),
        "spans": _spans(book, roles, shares, heats),
        "places": _places(states),
        "first": kept.first,
        "whole": kept.whole,
        "told": kept.told,
        "paths": [list(p) for p in kept.paths],
    }


def _described(tables: Frames, heats: Sequence[Heat]) -> dict[str, Any]:
    """Who, when and where of every report, by number; the values of a group stand in the order of its heat table."""
    about = tables.reports
    orders = {h.by: [v for v, _ in h.columns] for h in heats}
    groups: dict[str, list] = {}
    reports: dict[str, list] = {"id": [str(r) for r in about["report"]]}
    for by in GROUPS:
        values = [plain_value(by, v) for v in about[by]]
        others = [k[GROUPS.index(by)] for k in tables.whole.cells] if tables.whole is not None else []
        given = [plain_value(by, v) for v in orders.get(by, [])]
        more = {plain_value(by, v) for v in others}
        ranked = sorted({*values, *more} - set(given), key=lambda v: (v is None, str(v)))
        groups[by] = given + ranked
        at = {v: i for i, v in enumerate(groups[by])}
        reports[by] = [at[v] for v in values]
    bodies: dict[str, int] = {}
    reports["body"] = [bodies.setdefault(b, len(bodies)) if b is not None else -1 for b in about["body"]]
    chains: dict[str, tuple[int, int]] = {}
    elsewhere = [k[GROUPS.index("area")] for k in tables.whole.cells] if tables.whole is not None else []
    for region in [*about["region"].dropna().unique(), *dict.fromkeys(r for r in elsewhere if r is not None)]:
        above = -1
        for name in areas(str(region)):
            above = chains.setdefault(name, (len(chains), above))[0]
    reports["region"] = [chains[areas(str(r))[-1]][0] if r is not None else -1 for r in about["region"]]
    regions = [[name, above] for name, (_, above) in chains.items()]
    return {"groups": groups, "bodies": list(bodies), "regions": regions, "reports": reports}


def _counts(tables: Frames, book: Codebook, roles: Sequence[str]) -> dict[str, Any]:
    at = {str(r): i for i, r in enumerate(tables.reports["report"])}
    ranks, numbers = {r: i for i, r in enumerate(roles)}, {r: i for i, r in enumerate(book.role_ids)}
    themes = {t: i for i, t in enumerate(book.theme_ids)}
    totals = [0] * (len(at) * len(numbers))
    counts: list[dict[int, int]] = [{} for _ in at]
    for report, role, of in zip(*(tables.statements[c].tolist() for c in ("report", "role", "themes")), strict=True):
        i = at[str(report)]
        if role in numbers:
            totals[i * len(numbers) + numbers[role]] += 1
        for t in set(themes_of(of)) if role in ranks else ():
            pair = ranks[role] * len(themes) + themes[t]
            counts[i][pair] = counts[i].get(pair, 0) + 1
    coded = set(tables.coded["report"].astype(str))
    return {"coded": [int(r in coded) for r in at], "totals": totals, "counts": flat(counts)}


def _spans(book: Codebook, roles: Sequence[str], shares: dict[tuple[str, str, str], Share], heats: Sequence[Heat]) -> dict[str, Any]:
    """[low, high, small] of every share by role and theme, without groups by unit, and by the columns of each heat table."""

    def span(s: Share | None) -> list | None:
        return [s.low, s.high, int(s.small)] if s else None

    out: dict[str, Any] = {u: [span(shares.get((t, r, u))) for r in roles for t in book.theme_ids] for u in ("reports", "statements")}
    for h in heats:
        by_theme = dict(h.rows)
        out[h.by] = [[span(by_theme[t][r][i]) for r in roles for t in book.theme_ids] for i in range(len(h.columns))]
    return out


def _places(states: Sequence[tuple[dict, list[Place]]]) -> dict[str, Any]:
    """A letter a report and section, and the notes where there are any: report → section → (confidence in hundredths, notes)."""
    texts: dict[str, int] = {}
    notes: dict[int, dict[int, list]] = {}
    for i, (_, row) in enumerate(states):
        for k, place in enumerate(row):
            if place.notes or place.state == "low":
                said = [texts.setdefault(n, len(texts)) for n in place.notes]
                sure = round(place.confidence * 100) if place.state == "low" and place.confidence is not None else None
                notes.setdefault(i, {})[k] = [sure, said]
    return {
        "kinds": list(data("headings.yaml")["statutory"]),
        "states": ["".join(_STATES[p.state] for p in row) for _, row in states],
        "texts": [[translated(t), t] for t in texts],
        "notes": notes,
    }
