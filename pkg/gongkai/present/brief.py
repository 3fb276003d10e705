"""What the Word summary says, block by block: every sentence is made from computed figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from ..codebook import Codebook
from ..records import Failure
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS
from .alone import OfAll, asked
from .differences import Groups, difference_blocks, groups
from .figures import LOW, Frames, themed_roles
from .followup import despite_blocks, paired, question_blocks, recurring_blocks, reuse_blocks, unanswered_blocks
from .quotes import Quotes, cut
from .safe import Cleaner
from .told import Block, Figure, facts, figure_of, figures_of, percent, say, years_of
from .totals import Totals, totals

_TOP, _MOST = 5, 8
_QUOTED, _WELL_QUOTED = 2, 3
_COMPARED = ("year", "level")
# Characters of a name at most.
_NAME = 40


@dataclass(frozen=True, slots=True)
class Brief:
    """The summary before it is laid out: its title, the reserve above it ("" once reviewed), its blocks, and the table of the annex.

    `figures` are the shares of reports by (role, theme), `order` the themes in the order of table and chart.
    """

    title: str
    reserve: str
    blocks: tuple[Block, ...]
    figures: Mapping[tuple[str, str], Figure]
    order: tuple[str, ...]
    n_coded: int

    @property
    def drawn(self) -> bool:
        """Whether any theme is named: without one, chart and table would hold nothing but zeros."""
        return any(figure.count for figure in self.figures.values())


def brief(
    tables: Frames,
    book: Codebook,
    *,
    shares: pd.DataFrame | None = None,
    answers: pd.DataFrame | None = None,
    unanswered: pd.DataFrame | None = None,
    recurring: pd.DataFrame | None = None,
    reuse: pd.DataFrame | None = None,
    questions: pd.DataFrame | None = None,
    failures: Sequence[Failure] | None = None,
    run: Mapping[str, object] | None = None,
    reviewed: bool = False,
    of_all: OfAll | None = None,
) -> Brief:
    """Return what the summary says.

    `shares` is what `spread` or `corrected` gives (without groups; where it is not given the plain shares are counted here), the
    others what the functions of these names give. A part whose frame is not given is left out, and the first section says so.
    `reviewed` says that people checked the codes: until then 机器标注，未经核校 stands on top. `of_all` are numbers over all reports
    where `unanswered`, `questions` and `failures` have those of some. Raises UserError for frames that lack a column.
    """
    counts = tables.spread(book)
    shares = counts if shares is None else shares
    of = figures_of(shares, counts)
    roles, quotes = themed_roles(book), Quotes(tables)
    order = tuple(sorted(book.theme_ids, key=lambda t: [-(of[r, t].value or 0.0) for r in roles]))
    if unanswered is None and answers is not None:
        unanswered = paired(tables.statements, answers)
    given = {"unanswered": unanswered, "recurring": recurring, "reuse": reuse, "questions": questions, "failures": failures, "run": run}
    lacking = [k for k, v in given.items() if v is None]
    compared = {by: groups(tables, book, by) for by in _COMPARED}
    whole, all_of = totals(tables, book), of_all or OfAll()
    made = Brief("", "", (), of, order, whole.coded)
    parts: list[tuple[str, list[tuple[str, list[Block]]]]] = [
        ("scope", [("", list(_scope(tables, book, shares, run or {}, reviewed, lacking)))]),
    ]
    if any(whole.roles[r] for r in roles):
        found = [("overall", list(_overall(tables, book, of)))]
        if made.drawn:
            found[0][1].append(Block("chart", say("chart", n=whole.coded)))
        found += [(book.label(r), list(_findings(book, of, r, quotes))) for r in roles]
        found += [(f"by_{by}", list(difference_blocks(compared[by], book))) for by in _COMPARED]
        parts.append(("findings", found))
        follow = []
        if recurring is not None:
            follow.append(("recurring", list(recurring_blocks(recurring, book))))
        if unanswered is not None:
            follow.append(("unanswered", list(unanswered_blocks(unanswered, tables, book, quotes, all_of.alone))))
        if recurring is not None:
            follow.append(("despite", list(despite_blocks(recurring, book, quotes, tables))))
        if reuse is not None:
            follow.append(("reuse", list(reuse_blocks(reuse, tables.coded["report"].tolist()))))
        if follow:
            parts.append(("follow", follow))
    else:
        named = "".join(say("quoted", theme=book.label(r)) for r in roles)
        parts.append(("findings", [("", [Block("text", say("nothing", reports=whole.reports, roles=named))])]))
    if questions is not None:
        parts.append(("questions", [("", list(question_blocks(questions, whole.reports, all_of.asked)))]))
    untabled = ((all_of.asked or asked(questions)).untabled or 0) if questions is not None else 0
    failed = all_of.failures if all_of.failures is not None else None if failures is None else len(failures)
    pairs = None if unanswered is None else all_of.alone.problems + all_of.alone.measures if all_of.alone else len(unanswered)
    parts.append(("limits", [("", list(_limits(tables, whole, roles, pairs, failed, compared, untabled)))]))
    reserve = "" if reviewed else data("summary.yaml")["reserve"]
    title = say("title", years=years_of(whole.years))
    return replace(made, title=title, reserve=reserve, blocks=tuple(_cleaned(_numbered(parts))))


def _cleaned(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks with texts that a document can hold; what had to be changed is said behind the last."""
    clean, n = Cleaner(), 0
    for block in blocks:
        n = 0 if block.kind == "heading1" else n + (block.kind == "item")
        yield Block(block.kind, clean(block.text), clean(block.head), clean(block.source))
    if clean.changed:
        yield Block("item", say("limit_cleaned", n=clean.changed), f"{n + 1}.")


def _numbered(parts: Sequence[tuple[str, list[tuple[str, list[Block]]]]]) -> Iterator[Block]:
    """The blocks with their headings, numbered 一、 and （一）."""
    words = data("summary.yaml")
    numerals, headings = words["numerals"], words["headings"]
    for n, (key, subparts) in enumerate(parts):
        yield Block("heading1", f"{numerals[n]}、{headings[key]}")
        for m, (name, blocks) in enumerate(subparts):
            if name:
                yield Block("heading2", f"（{numerals[m]}）{headings.get(name, name)}")
            yield from blocks


def _scope(
    tables: Frames, book: Codebook, shares: pd.DataFrame, run: Mapping[str, object], reviewed: bool, lacking: Sequence[str]
) -> Iterator[Block]:
    whole, words = totals(tables, book), data("summary.yaml")
    span, undated = years_of(whole.years), whole.years[None]
    if span and undated:
        span = say("scope_undated", years=span, n=undated)
    elif span:
        span = say("scope_years", years=span)
    levels: Counter[str] = Counter()
    for level, n in whole.levels.items():
        levels[cut(str(level), _NAME) if level is not None else words["unknown"]["level"]] += n
    ranks = {v: i for i, v in enumerate(words["levels"])}
    named = [say("scope_level", level=v, n=levels[v]) for v in sorted(levels, key=lambda v: (ranks.get(v, len(ranks)), v))]
    said = say("join").join(say("scope_role", role=book.label(r), n=whole.roles[r]) for r in book.role_ids)
    ranked = say("scope_levels", levels=say("join").join(named)) if named else ""
    counts = {"reports": whole.reports, "coded": whole.coded, "statements": whole.statements}
    first = say("scope_1", years=span, bodies=len(whole.bodies), levels=ranked, roles=said, **counts)
    known = facts(run)
    version, model = known.get("gongkai") or known.get("version"), known.get("model") or known.get("model.sha256", "")[:12]
    if known.get("model.facts.weak") == "True":
        model = say("scope_weak", model=model)
    sampled = int(shares["sampled"].max()) if "corrected" in shares and shares["corrected"].notna().any() else 0
    second = say(
        "scope_2",
        version=say("scope_version", version=cut(version, _NAME)) if version else "",
        model=say("scope_model", model=cut(model, _NAME)) if model else "",
        codebook=book.version,
        reviewed=say("scope_reviewed" if reviewed else "scope_machine"),
        corrected=say("scope_corrected", sampled=sampled) if sampled else say("scope_naive"),
    )
    third = say("scope_lacking", n=len(lacking), parts=say("join").join(words["parts"][k] for k in lacking)) if lacking else ""
    yield Block("text", first + second + third)


def _overall(tables: Frames, book: Codebook, of: Mapping[tuple[str, str], Figure]) -> Iterator[Block]:
    said = []
    spoken = totals(tables, book).spoken()
    for n, role in enumerate(themed_roles(book)):
        figure = figure_of(spoken, n)
        top = max((of[role, t].count for t in book.theme_ids), default=0)
        themes = "".join(say("quoted", theme=book.label(t)) for t in book.theme_ids if of[role, t].count == top)
        values = {"n": figure.n, "role": book.label(role), "count": figure.count, "figure": figure.words, "themes": themes, "top": top}
        said.append(say("overall_1" if top else "overall_bare" if figure.count else "overall_none", **values))
    yield Block("text", "".join(said))


def _findings(book: Codebook, of: Mapping[tuple[str, str], Figure], role: str, quotes: Quotes) -> Iterator[Block]:
    """The themes most reports name in a role, ties taken along, each with its figure and sentences."""
    ranked = sorted((t for t in book.theme_ids if of[role, t].count), key=lambda t: -(of[role, t].value or 0.0))
    if not ranked:
        yield Block("text", say("role_none", role=book.label(role)))
        return
    least = of[role, ranked[min(_TOP, len(ranked)) - 1]].count
    shown = [t for t in ranked[:_MOST] if of[role, t].count >= least]
    yield Block("text", say("role_1", role=book.label(role), n=len(ranked), top=len(shown)))
    for n, theme in enumerate(shown, 1):
        figure = of[role, theme]
        yield Block("item", say("finding", n=figure.n, count=figure.count, figure=figure.words), f"{n}.{book.label(theme)}。")
        for quote in quotes.best(role, theme, _WELL_QUOTED if n == 1 else _QUOTED):
            yield Block("quote", quote.text, "", quote.source)


def _limits(
    tables: Frames,
    whole: Totals,
    roles: Sequence[str],
    pairs: int | None,
    failures: int | None,
    compared: Mapping[str, Groups],
    untabled: int,
) -> Iterator[Block]:
    share = percent(whole.unsure / whole.statements) if whole.statements else say("figure_none")
    silent = whole.coded - int(whole.spoken().count[0, 0]) if roles and whole.coded else 0
    missing = whole.reports - whole.coded
    failed = say("limit_failed", n=failures) if failures is not None else ""
    small = {by: len(groups.small) for by, groups in compared.items()}
    said = [
        say("limit_scores", n=whole.statements, count=whole.unsure, low=LOW, percent=share),
        say("limit_missing", reports=whole.reports, missing=missing, failed=failed),
        say("limit_silence", n=whole.coded, count=silent, role=whole.book.label(roles[0])) if roles else "",
        say("limit_untabled", reports=whole.reports, n=untabled) if untabled else "",
        say("limit_small", least=LEAST, clusters=LEAST_CLUSTERS, years=small["year"], levels=small["level"]),
        say("limit_clusters", n=len(whole.bodies)),
        say("limit_pairs", n=pairs) if pairs is not None else "",
        say("limit_kept", n=len(tables.reports), reports=whole.reports) if len(tables.reports) < whole.reports else "",
    ]
    yield from (Block("item", text, f"{n}.") for n, text in enumerate(filter(None, said), 1))
