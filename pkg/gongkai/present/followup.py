"""What the summary says beyond shares: what comes again, what stays without an answer, reused text, questions to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from ..codebook import Codebook
from ..reuse import OTHER, OWN
from ..spread import check_columns
from .alone import Alone, Asked, asked
from .figures import Frames, present
from .quotes import Quotes, cut, source
from .told import Block, counted, few, of_offices, percent, say

_PROBLEM, _MEASURE = "problem", "measure"
_RECURS, _DESPITE = ("recurs", "recurs_despite_promise"), "recurs_despite_promise"
_THEMES, _MOST, _CHAINS, _PAIRS, _OPEN, _ASKED = 3, 8, 5, 3, 3, 8


def recurring_blocks(recurring: pd.DataFrame, book: Codebook) -> Iterator[Block]:
    """Yield what is said of problems that come again from one report of an office to its next."""
    check_columns(recurring, ("body", "theme", "year", "next_year", "outcome"))
    told = recurring[recurring["outcome"].isin([*_RECURS, "disappears"])]
    hits = told["outcome"].isin(_RECURS)
    if not len(told):
        yield Block("text", say("recurring_none"))
        return
    figure = counted(hits.tolist(), told["body"].tolist(), _reports(told))
    yield Block("text", say("recurring_1", n=figure.n, count=figure.count, figure=figure.words, bodies=told.loc[hits, "body"].nunique()))
    if figure.count:
        yield Block("text", _by_theme(Counter(told["theme"]), Counter(told["theme"][hits]), book, "recurring"))
    for (body, first, last, n), found in _chains(told[hits & ~told["theme"].isin(book.alone) & told["body"].map(present)])[:_CHAINS]:
        themes = "".join(say("quoted", theme=book.label(t)) for t in book.theme_ids if t in found)
        yield Block("text", say("recurring_chain", body=cut(body, 40), themes=themes, first=first, last=last, n=n))


def _reports(told: pd.DataFrame) -> int:
    """How many reports pairs of years are made of."""
    return len({(b, y) for c in ("year", "next_year") for b, y in zip(told["body"], told[c], strict=True)})


def _by_theme(counts: Mapping[str, int], found: Mapping[str, int], book: Codebook, what: str) -> str:
    """The themes with the most hits, each with its count and denominator; of equal counts the larger share first.

    What ties with the last is told too: by name, or by its number where that would be too many names.
    """
    order = {t: i for i, t in enumerate(book.theme_ids)}
    ranked = sorted((t for t in found if found[t]), key=lambda t: (-found[t], -found[t] / counts[t], order.get(t, 0)))
    last = ranked[min(_THEMES, len(ranked)) - 1]
    top = [t for t in ranked if (found[t], found[t] / counts[t]) >= (found[last], found[last] / counts[last])]
    rest = 0
    if len(top) > _MOST:
        top = [t for t in ranked if found[t] > found[last]]
        rest = sum(found[t] == found[last] for t in ranked)
    names = [
        say(f"{what}_theme", theme=book.label(t), n=counts[t], count=found[t], percent=percent(found[t] / counts[t]), few=few(counts[t]))
        for t in top
    ]
    names += [say(f"{what}_tied", n=rest, count=found[last])] if rest else []
    return say(f"{what}_themes", themes=say("join").join(names))


def _chains(told: pd.DataFrame) -> list[tuple[tuple[str, int, int, int], set[str]]]:
    """Runs of reports of an office (name, first and last year, how many) with the themes that all of them name, the longest first."""
    keys = [c for c in ("region", "body", "theme") if c in told]
    runs: dict[tuple, list[list[int]]] = {}
    rows = told.sort_values("year", kind="stable")
    for *key, year, after in zip(*(rows[c].tolist() for c in (*keys, "year", "next_year")), strict=True):
        known = runs.setdefault(tuple(str(k) for k in key), [])
        if known and known[-1][1] == year:
            known[-1][1:] = [int(after), known[-1][2] + 1]
        else:
            known.append([int(year), int(after), 2])
    found: dict[tuple, set[str]] = {}
    for (*office, theme), of in runs.items():
        for first, last, n in of:
            found.setdefault((*office, first, last, n), set()).add(theme)
    ranked = sorted(found, key=lambda k: (-k[-1], -len(found[k]), -k[-2], k))
    return [((k[-4], k[-3], k[-2], k[-1]), found[k]) for k in ranked]


def despite_blocks(recurring: pd.DataFrame, book: Codebook, quotes: Quotes, tables: Frames) -> Iterator[Block]:
    """Yield what is said of problems that come again although a measure was promised, with the words of both years."""
    check_columns(recurring, ("problem", "measure"))
    told = recurring[recurring["problem"].eq(True) & recurring["measure"].eq(True)]
    if not len(told):
        yield Block("text", say("despite_none"))
        return
    figure = counted(told["outcome"].eq(_DESPITE).tolist(), told["body"].tolist(), _reports(told))
    yield Block("text", say("despite_1", n=figure.n, count=figure.count, figure=figure.words))
    at = {(r["body"], r["year"]): str(r["report"]) for r in tables.reports.to_dict("records")}
    shown: set[object] = set()
    rows = told[told["outcome"].eq(_DESPITE) & ~told["theme"].isin(book.alone)].sort_values(["next_year", "body", "theme"], ascending=False)
    for r in rows.to_dict("records"):
        if len(shown) == _PAIRS:
            return
        if r["body"] in shown:
            continue
        before, after = (
            str(r.get(c) or at.get((r["body"], float(r[y])), "")) for c, y in (("report", "year"), ("next_report", "next_year"))
        )
        promise, again = quotes.of_report(before, _MEASURE, r["theme"]), quotes.of_report(after, _PROBLEM, r["theme"])
        if promise and again:
            shown.add(r["body"])
            head = say("despite", body=cut(str(r["body"]), 40), theme=book.label(r["theme"]), year=int(r["year"]))
            yield Block("quote", promise.text, head, promise.source)
            yield Block("quote", again.text, say("despite_again", year=int(r["next_year"])), again.source)


def paired(statements: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return the problems and measures of a run with `answered`, from the pairs that `answers` names."""
    check_columns(answers, ("report", "problem", "measure"))
    met = {(r, s) for c in (_PROBLEM, _MEASURE) for r, s in zip(answers["report"], answers[c], strict=True)}
    rows = statements[statements["role"].isin((_PROBLEM, _MEASURE))]
    return rows.assign(answered=[(r, s) in met for r, s in zip(rows["report"], rows["start"], strict=True)])


def unanswered_blocks(unanswered: pd.DataFrame, tables: Frames, book: Codebook, quotes: Quotes, sums: Alone | None) -> Iterator[Block]:
    """Yield what is said of problems without a measure, and measures without a problem, with sentences to check.

    `sums` are those over all reports, where `unanswered` has those of some.
    """
    check_columns(unanswered, ("report", "start", "role", "themes", "answered"))
    if sums is None:
        sums = Alone()
        sums.add(unanswered, tables)
    if not sums.problems + sums.measures:
        yield Block("text", say("unanswered_none", problem=book.label(_PROBLEM), measure=book.label(_MEASURE)))
        return
    figure = of_offices(sums.offices.values(), sums.reports)
    values: dict[str, object] = {"n": figure.n, "count": figure.count, "figure": figure.words}
    values |= {"m": sums.measures, "alone": sums.measures_alone, "few": few(sums.measures)}
    yield Block("text", say("unanswered_1", problem=book.label(_PROBLEM), measure=book.label(_MEASURE), **values))
    if not figure.count:
        return
    yield Block("text", _by_theme(sums.themes, sums.hits, book, "unanswered"))
    problems = unanswered[unanswered["role"] == _PROBLEM]
    hits = ~problems["answered"].astype(bool)
    open_ones = set(zip(problems.loc[hits, "report"], problems.loc[hits, "start"], strict=True))
    order = {t: i for i, t in enumerate(book.theme_ids)}
    top = {t: n for t, n in sums.hits.items() if n and t not in book.alone}
    ranked = sorted(top, key=lambda t: (-top[t], order.get(t, 0)))[:_OPEN]
    shown = [q for t in ranked for q in quotes.best(_PROBLEM, t, 1, open_ones)]
    if shown:
        yield Block("text", say("unanswered_quotes", n=len(shown)))
    yield from (Block("quote", q.text, "", q.source) for q in shown)


def reuse_blocks(reuse: pd.DataFrame, coded: Collection[object]) -> Iterator[Block]:
    """Yield what is said of reports at least half of whose sentences stand nearly word for word elsewhere.

    `coded` are the reports that should be compared: those that could not be are counted, by reason.
    """
    check_columns(reuse, ("report", "rate", "source"))
    told = reuse[reuse["rate"].notna()]
    short, unread = len(reuse) - len(told), len(set(coded) - set(reuse["report"]))
    apart = say("reuse_apart", n=short + unread, short=short, unread=unread) if short or unread else ""
    if not len(told):
        yield Block("text", say("reuse_none", reports=len(reuse) + unread, apart=apart))
        return
    hits = told["rate"].astype(float) >= 0.5
    offices = told["body"] if "body" in told else told["report"]
    figure = counted(hits.tolist(), offices.where(offices.notna(), told["report"]).tolist())
    of = told.loc[hits, "source"].value_counts().to_dict()
    own, other = of.get(OWN, 0), of.get(OTHER, 0)
    values: Mapping[str, object] = {"own": own, "other": other, "unknown": figure.count - own - other}
    reports = len(reuse) + unread
    yield Block("text", say("reuse_1", reports=reports, n=figure.n, count=figure.count, figure=figure.words, apart=apart, **values))


def question_blocks(questions: pd.DataFrame, n_reports: int, sums: Asked | None = None) -> Iterator[Block]:
    """Yield the questions to ask, of as many signals and offices as may be, those that the report itself does not admit first.

    Before them stands of how many reports no statutory table was read, of which little could be asked. `sums` are the numbers over all
    reports, where `questions` has those of some.
    """
    check_columns(questions, ("report", "body", "year", "signal", "admitted", "question_zh"))
    rows, sums = questions.to_dict("records"), sums or asked(questions)
    judged = n_reports - (sums.untabled or 0)
    if sums.untabled:
        yield Block("text", say("questions_untabled", reports=n_reports, n=sums.untabled))
    if not sums.n:
        key = "questions_unknown" if sums.untabled is None else "questions_text_none" if sums.untabled and not judged else "questions_none"
        yield Block("text", say(key, reports=n_reports, n=judged))
        return
    silent = [r for r in rows if present(r["admitted"]) and not r["admitted"]]
    chosen = _varied(silent or rows)
    yield Block("text", say("questions_1", reports=n_reports, n=sums.n, count=sums.silent, top=len(chosen)))
    for n, r in enumerate(chosen, 1):
        yield Block("item", cut(str(r["question_zh"]), 200), f"{n}.", source(r["body"], r["year"], r["report"]))


def _varied(rows: Sequence[dict]) -> list[dict]:
    """Rows of different signals in turn, each of another office while there are such."""
    by_signal: dict[object, list[dict]] = {}
    for r in rows:
        by_signal.setdefault(r["signal"], []).append(r)
    chosen: list[dict] = []
    seen: Counter[object] = Counter()
    while len(chosen) < _ASKED and any(by_signal.values()):
        for waiting in by_signal.values():
            if waiting and len(chosen) < _ASKED:
                best = min(range(min(len(waiting), 50)), key=lambda i: seen[waiting[i]["body"]])
                chosen.append(waiting.pop(best))
                seen[chosen[-1]["body"]] += 1
    return chosen
