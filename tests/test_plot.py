"""Figures for papers: what they show, that nothing overlaps or is cut, and that Chinese never turns to boxes."""

from __future__ import annotations

import io
import math
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from conftest import without
from gongkai import plot
from gongkai.codebook import parse_codebook

SHIPPED = gongkai.load_codebook()
OWN = parse_codebook(
    """
version: 1
roles:
  problem: {zh: 难点, en: difficulty, definition: x, themed: true}
  measure: {zh: 办法, en: remedy, definition: x, themed: true}
  talk: {zh: 空话, en: talk, definition: x, themed: false}
themes:
  - {id: late, zh: 迟缓, en: lateness, definition: x}
  - {id: thin, zh: 单薄, en: thinness, definition: x}
  - {id: staff, zh: 人手, en: staff, definition: x}
"""
)
THEMES = OWN.theme_ids


def shares_of(groups, by="year", themes=THEMES, role="problem", unit="reports", **columns):
    """A table as `spread` gives it: `groups` maps a group to the shares of the themes, or to one share of all."""
    rows = []
    for group, shares in groups.items():
        for n, theme in enumerate(themes):
            share = shares[n] if isinstance(shares, tuple) else shares
            rows.append((group, role, theme, unit, share))
    table = pd.DataFrame(rows, columns=[by, "role", "theme", "unit", "share"])
    table["low"], table["high"] = (table["share"] - 0.1).clip(0), (table["share"] + 0.1).clip(upper=1)
    return table.assign(**{"count": 3, "denominator": 12, "clusters": 9, "small": False} | columns)


def words(figure):
    """All text of a figure, in the order it was written."""
    from matplotlib.text import Text

    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def panels(figure):
    """The axes with data: all but the sheet, which has the words."""
    return figure.axes[1:]


def untidy(figure):
    """Texts that overlap, or stand out of the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t.get_rotation() in (0, 90)]
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in texts]
    wide, high = figure.bbox.width, figure.bbox.height
    cut = [t.get_text() for t, b in zip(texts, boxes, strict=True) if b.x0 < -1 or b.y0 < -1 or b.x1 > wide + 1 or b.y1 > high + 1]
    x0, y0, x1, y1 = np.array([[b.x0 + 1, b.y0 + 1.5, b.x1 - 1, b.y1 - 1.5] for b in boxes]).T
    over = (x0[:, None] < x1) & (x1[:, None] > x0) & (y0[:, None] < y1) & (y1[:, None] > y0)
    pairs = [(texts[i].get_text(), texts[j].get_text()) for i, j in zip(*np.nonzero(np.triu(over, 1)), strict=True)]
    return cut + pairs


@pytest.fixture
def font():
    """A Chinese font of this machine."""
    return plot.chinese_font() or without("needs a Chinese font, such as fonts-wqy-zenhei")


@pytest.fixture
def no_chinese(monkeypatch):
    """A machine whose only font is the one that comes with matplotlib."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", [f for f in manager.ttflist if f.name == "DejaVu Sans"])
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *args, **more: [])
    manager._findfont_cached.cache_clear()
    yield
    manager._findfont_cached.cache_clear()


@pytest.fixture(scope="module")
def coded():
    """Statements of 120 invented reports of many years and levels, coded with the shipped codebook."""
    rng, rows = np.random.default_rng(1), []
    levels = ("省", "市", "县区", "乡镇", "街道", "部门(县级)")
    for n in range(120):
        about = (f"{n}.txt", f"云渚市第{n // 3}镇", 2016 + n % 9, levels[n % 6])
        for k in range(8):
            role = ("problem", "measure")[k // 4]
            themes = list(rng.choice(SHIPPED.theme_ids, 1 + (k % 3 == 0), replace=False))
            rows.append((*about, k * 20, k * 20 + 19, f"{k}是更新慢。", role, themes))
    return pd.DataFrame(rows, columns=["report", "body", "year", "level", "start", "end", "text", "role", "themes"])


class TestOverTime:
    def test_years_are_whole_numbers_and_lines_stop_where_a_year_is_missing(self):
        table = shares_of({2019: 0.2, 2020: 0.3, 2022: 0.4, 2023: math.nan, 2024: 0.1, 2025: 0.2}).sample(frac=1, random_state=2)
        (axes,) = panels(plot.over_time(table, codebook=OWN))
        lines = [np.round(line.get_xdata()).tolist() for line in axes.lines if line.get_linestyle() == "-"]
        assert {tuple(x) for x in lines if len(x) > 1} == {(2019, 2020), (2024, 2025)}
        assert {round(x) for line in axes.lines for x in line.get_xdata()} == {2019, 2020, 2022, 2024, 2025}
        assert [t.get_text() for t in axes.get_xticklabels()] == ["2019", "2020", "2021", "2022", "2023", "2024", "2025"]

    def test_more_themes_than_six_have_a_panel_each_on_one_scale(self):
        some = SHIPPED.theme_ids[:7]
        table = shares_of({y: tuple(n / 10 for n in range(7)) for y in (2020, 2021)}, themes=some)
        figure = plot.over_time(table)
        assert len(panels(figure)) == 7
        assert len({axes.get_ylim() for axes in panels(figure)}) == 1
        names = [w for w in words(figure) if w in {SHIPPED.label(t) for t in some}]
        assert names == [SHIPPED.label(t) for t in reversed(some)]
        assert len(panels(plot.over_time(table, themes=list(some[:6])))) == 1

    def test_small_cells_are_hollow_and_the_key_tells(self):
        table = shares_of({2020: 0.2, 2021: 0.3})
        few = table.assign(small=table["year"] == 2021)
        (axes,) = panels(plot.over_time(few, themes=["late"], codebook=OWN))
        hollow = [line.get_xdata().tolist() for line in axes.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
        assert hollow == [[2021.0]]
        assert any("样本小" in w for w in words(plot.over_time(few, codebook=OWN)))
        assert not any("样本小" in w for w in words(plot.over_time(table, codebook=OWN)))

    def test_reports_of_unknown_year_stand_by_themselves(self):
        table = shares_of({2020: 0.2, 2021: 0.3, None: 0.4})
        figure = plot.over_time(table, themes=["late"], codebook=OWN)
        (axes,) = panels(figure)
        assert max(x for line in axes.lines for x in line.get_xdata()) > 2022
        assert next(line.get_xdata().tolist() for line in axes.lines if len(line.get_xdata()) == 2) == [2020, 2021]
        assert "?：年份不详" in words(figure)

    @pytest.mark.parametrize("years", [["2020", "2021"], [2020.0, 2021.0], pd.array([2020, 2021], dtype="Int64")])
    def test_years_of_any_type(self, years):
        table = shares_of({0: 0.2, 1: 0.3})
        table["year"] = pd.Series(years).repeat(3).reset_index(drop=True)
        assert {"2020", "2021"} <= set(words(plot.over_time(table, codebook=OWN)))

    def test_no_interval_no_key_of_it(self):
        table = shares_of({2020: 0.2, 2021: 0.3}).assign(low=math.nan, high=math.nan)
        figure = plot.over_time(table, codebook=OWN, language="en")
        assert "confidence interval" not in words(figure)
        assert "% of reports: difficulty" in words(figure)


class TestHeatMap:
    @pytest.mark.parametrize(
        ("share", "text"),
        [(0, "0"), (0.004, "<1"), (0.005, "1"), (1 / 8, "13"), (5 / 8, "63"), (0.5, "50"), (0.994, "99"), (0.996, ">99"), (1, "100")],
    )
    def test_percentages(self, share, text):
        assert text in words(plot.heat_map(shares_of({"市": (share, 0.31, 0.31)}, by="level"), "level", codebook=OWN))

    def test_small_cells_are_in_brackets_and_withheld_ones_a_dash(self):
        table = shares_of({"市": (0.2, 0.3, math.nan)}, by="level")
        table["small"] = table["theme"] != "late"
        said = words(plot.heat_map(table, "level", codebook=OWN))
        assert {"20", "(30)", "—"} <= set(said)
        assert "无数据或未列出" in said

    @pytest.mark.parametrize(
        ("groups", "order"),
        [
            (["2021", "2019", "2020"], ["2019", "2020", "2021"]),
            ([2021.0, math.nan, 2019.0], ["2019", "2021", "不详"]),
            (["街道", "省", "县区"], ["省", "县区", "街道"]),
            (["丙", "甲", "乙"], ["乙", "甲", "丙"]),
            (["", "乙", "甲"], ["甲", "乙", "不详"]),
            (pd.Categorical(["近", "远", "中"], ["远", "中", "近"]), ["远", "中", "近"]),
            ([True, False], ["False", "True"]),
        ],
    )
    def test_groups_in_their_natural_order_with_their_sizes(self, groups, order):
        table = pd.concat([shares_of({0: 0.2}, by="g", denominator=10 * n).assign(g=[g] * 3) for n, g in enumerate(groups, 1)])
        table["g"] = pd.Series(groups).repeat(3).to_numpy() if not isinstance(groups, pd.Categorical) else groups.repeat(3)
        said = words(plot.heat_map(table, "g", codebook=OWN))
        assert [w for w in said if w in order] == order
        assert {str(10 * n) for n in range(1, len(groups) + 1)} <= set(said)

    def test_themes_by_their_share_over_all_groups(self):
        table = shares_of({"市": (0.1, 0.3, 0.2), "省": (0.9, 0.3, 0.8)}, by="level")
        table["denominator"] = table["level"].map({"市": 1000, "省": 10})
        said = words(plot.heat_map(table, "level", codebook=OWN))
        assert [w for w in said if w in ("迟缓", "单薄", "人手")] == ["单薄", "人手", "迟缓"]

    def test_levels_are_named_in_english(self):
        assert "township" in words(plot.heat_map(shares_of({"乡镇": 0.2}, by="level"), "level", language="en", codebook=OWN))

    def test_every_number_stands_out_from_its_cell(self):
        from matplotlib.colors import to_rgb

        def light(colour):
            linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

        figure = plot.heat_map(
            shares_of({y: (0.03 * n, 0.03 * n + 0.01, 0.03 * n + 0.02) for n, y in enumerate(range(2000, 2016))}), "year", codebook=OWN
        )
        cells = [p for p in figure.axes[0].patches if p.get_width() > 0.25 and p.get_height() > 0.15]
        for text in figure.axes[0].texts:
            x, y = text.get_position()
            under = [p for p in cells if p.get_x() < x < p.get_x() + p.get_width() and p.get_y() < y < p.get_y() + p.get_height()]
            if under and text.get_text() != "—":
                one, two = sorted((light(text.get_color()), light(under[0].get_facecolor())))
                assert (two + 0.05) / (one + 0.05) >= 4.5, text.get_text()

    @pytest.mark.slow
    def test_forty_groups_are_rows_on_one_page(self):
        table = shares_of({f"云渚市第{n}区": 0.1 for n in range(40)}, by="region", themes=SHIPPED.theme_ids)
        across, up = plot.heat_map(table, "region").get_size_inches()
        assert across <= 6.5
        assert up < 11


class TestShares:
    def test_a_bar_a_theme_and_role_in_the_order_of_the_first_role(self):
        table = pd.concat([shares_of({0: (0.1, 0.3, 0.2)}), shares_of({0: (0.5, 0.1, 0.1)}, role="measure")]).drop(columns="year")
        figure = plot.shares(table, codebook=OWN)
        (axes,) = panels(figure)
        assert sorted(round(p.get_width()) for p in axes.patches) == [10, 10, 10, 20, 30, 50]
        assert [w for w in words(figure) if w in ("迟缓", "单薄", "人手")] == ["单薄", "人手", "迟缓"]
        assert {"难点", "办法", "置信区间"} <= set(words(figure))

    def test_groups_are_refused(self):
        with pytest.raises(ValueError, match=r"groups of year too; pass what gongkai.spread\(statements, by=\[\]\) returned"):
            plot.shares(shares_of({2020: 0.1, 2021: 0.1}), codebook=OWN)


def statements(*lines):
    """Statements of one report from (role, themes, text)."""
    rows = [("a", n * 10, text, role, themes) for n, (role, themes, text) in enumerate(lines)]
    return pd.DataFrame(rows, columns=["report", "start", "text", "role", "themes"])


def pairs_of(*pairs):
    return pd.DataFrame([("a", p * 10, m * 10) for p, m in pairs], columns=["report", "problem", "measure"])


P, M = "problem", "measure"


class TestFlow:
    @pytest.mark.parametrize(
        ("lines", "pairs", "expected"),
        [
            # Answered in kind, and not at all.
            ([(P, "late", ""), (P, "thin", ""), (M, "late", "")], [(0, 2)], {("late", "late"): 1, ("thin", "-"): 1}),
            # Both themes of a problem are mentions, shared among the themes of what answers.
            (
                [(P, "late;thin", ""), (M, "late;staff", "")],
                [(0, 1)],
                {("late", "late"): 0.5, ("late", "staff"): 0.5, ("thin", "late"): 0.5, ("thin", "staff"): 0.5},
            ),
            # Two measures share the mention, each its part among its own themes.
            (
                [(P, "late", ""), (M, "late", ""), (M, "thin;staff", "")],
                [(0, 1), (0, 2)],
                {("late", "late"): 0.5, ("late", "thin"): 0.25, ("late", "staff"): 0.25},
            ),
            # One measure answers two problems: it counts for both.
            ([(P, "late", ""), (P, "thin", ""), (M, "staff", "")], [(0, 2), (1, 2)], {("late", "staff"): 1, ("thin", "staff"): 1}),
            # Without themes.
            ([(P, [], ""), (M, None, "")], [(0, 1)], {(None, None): 1}),
            ([(M, "late", "")], [], {}),
        ],
    )
    def test_counts(self, lines, pairs, expected):
        table = plot.flow_table(statements(*lines), pairs_of(*pairs))
        found = {(p, m if a else "-"): n for p, m, a, n in table.itertuples(index=False)}
        assert found == expected

    @settings(max_examples=12)
    @given(st.data())
    def test_the_mentions_of_a_theme_add_up_to_its_problems(self, data):
        line = st.tuples(st.sampled_from([P, M]), st.lists(st.sampled_from(THEMES), min_size=1, max_size=3, unique=True), st.just(""))
        lines = data.draw(st.lists(line, min_size=1, max_size=8))
        ways = [(p, m) for p, a in enumerate(lines) for m, b in enumerate(lines) if a[0] == P and b[0] == M]
        chosen = data.draw(st.lists(st.sampled_from(ways), unique=True)) if ways else []
        found = plot.flow_table(statements(*lines), pairs_of(*chosen)).groupby("problem")["mentions"].sum()
        assert found.round(6).to_dict() == Counter(t for role, themes, _ in lines for t in themes if role == P)

    def test_pairs_are_found_where_they_are_not_given(self):
        frame = statements((P, "timeliness", "一是更新不及时。"), (M, "timeliness", "下一步，一是按月更新。"))
        assert plot.flow_table(frame)[["problem", "measure", "answered"]].values.tolist() == [["timeliness", "timeliness", True]]

    def test_figure_names_themes_with_their_counts(self):
        frame = statements((P, "late", ""), (P, "late", ""), (P, "thin", ""), (M, "late", ""))
        said = words(plot.flow(frame, pairs_of((0, 3)), codebook=OWN))
        assert {"难点", "办法", "迟缓 2", "单薄 1", "迟缓 1", "未见对应措施 2 (67%)"} <= set(said)

    def test_mentions_are_rounded_half_up_and_the_key_says_what_is_shared(self):
        lines = [(P, "late", "")] * 41 + [(M, "late", ""), (M, "thin", "")]
        said = words(plot.flow(statements(*lines), pairs_of(*((n, m) for n in range(41) for m in (41, 42))), codebook=OWN))
        assert {"迟缓 41", "迟缓 21", "单薄 21"} <= set(said)
        assert any("左右两侧" in w and "平均分摊" in w for w in said)
        few = words(plot.flow(statements(*lines[:1], *lines[-2:]), pairs_of((0, 1), (0, 2)), codebook=OWN, language="en"))
        assert "lateness 0.5" in few
        assert any("shared evenly" in w for w in few)

    def test_what_stays_unanswered_is_rounded_half_up(self):
        frame = statements(*[(P, "late", "")] * 8, (M, "late", ""))
        said = words(plot.flow(frame, pairs_of(*((n, 8) for n in range(7))), codebook=OWN))
        assert "未见对应措施 1 (13%)" in said

    def test_small_flows_are_gathered_and_counted(self):
        lines = [(P, "late", "")] * 30 + [(P, "thin", ""), (P, "staff", ""), (M, "late", ""), (M, "thin", ""), (M, "staff", "")]
        pairs = [*((n, 32) for n in range(30)), (30, 33), (31, 34)]
        assert "其余2条小流向 2" in words(plot.flow(statements(*lines), pairs_of(*pairs), least=0.1, codebook=OWN))
        assert not any("小流向" in w for w in words(plot.flow(statements(*lines), pairs_of(*pairs), least=0, codebook=OWN)))

    @pytest.mark.parametrize(
        ("frame", "pairs", "message"),
        [
            (
                pairs_of((0, 1)),
                None,
                r"columns report, start, role, themes are needed.*pass flow\(statements, gongkai.answers\(statements\)\)",
            ),
            (
                statements((P, "late", "")),
                pairs_of((0, 1)),
                "a measure at 10 of a that the statements do not have; pass what gongkai.answers",
            ),
            (statements((P, "late", "")), statements((P, "late", "")), "pairs need the columns report, problem, measure"),
            (statements((M, "late", "")), pairs_of(), "no statement has the role 'problem'"),
            (pd.concat([statements((P, "late", ""))] * 2), pairs_of(), "two statements of a start at 0"),
        ],
    )
    def test_wrong_tables(self, frame, pairs, message):
        with pytest.raises(ValueError, match=message):
            plot.flow(frame, pairs, codebook=OWN)

    def test_a_codebook_without_problems_and_measures(self):
        other = parse_codebook(
            "version: 1\nroles: {lack: {zh: 缺, en: lack, definition: x}}\nthemes: [{id: late, zh: 迟, en: late, definition: x}]"
        )
        with pytest.raises(ValueError, match="'problem' is not in the codebook"):
            plot.flow(statements((P, "late", "")), pairs_of(), codebook=other)


FULL = shares_of({2020: 0.2, 2021: 0.3})


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (FULL.drop(columns="year"), {}, r"no column year; pass what gongkai.spread\(statements, by=\['year'\]\) returned"),
        (FULL.drop(columns=["low", "small"]), {}, "no column low, small"),
        (FULL.iloc[:0], {}, "the table has no rows"),
        ("shares.csv", {}, "a table is needed, not str"),
        (FULL, {"unit": "offices"}, "unit 'offices' is not in the table; choose from reports"),
        (FULL, {"role": "measure"}, "role 'measure' is not in the table; choose from problem"),
        (FULL, {"themes": ["speed"]}, "theme 'speed' is not in the table; choose from late, thin, staff"),
        (FULL, {"themes": "late"}, "themes='late' is no list"),
        (FULL, {"themes": []}, "no list of themes"),
        (FULL, {"language": "fr"}, "language 'fr' is not known; choose from zh, en"),
        (FULL, {"codebook": SHIPPED}, "theme 'late' is not in the table; give the codebook="),
        (FULL.assign(role="lack"), {}, "roles of the table, lack, are not in the codebook"),
        (FULL.assign(year="二〇二一"), {"themes": ["late"]}, "groups of|there twice"),
        (FULL.assign(year=FULL["year"] + 0.5), {}, "year 2020.5 is no whole number"),
        (FULL.assign(year=FULL["year"].map({2020: "2021", 2021: "2021.0"})), {}, "the column year has 2021, in two spellings"),
        (FULL.assign(share=20.0), {}, "share 20.0 is not in 0-1"),
        (pd.concat([FULL.assign(level="市"), FULL.assign(level="省")]), {}, r"groups of level too.*table\[table\['level'\] == …\]"),
    ],
)
def test_wrong_tables(table, options, message):
    with pytest.raises(ValueError, match=message):
        plot.over_time(table, **{"codebook": OWN} | options)


@pytest.mark.parametrize(
    ("table", "by", "message"),
    [
        (FULL, "level", r"no column level; pass what gongkai.spread\(statements, by=\['level'\]\)"),
        (FULL, ["year", "level"], "groups of one column"),
        (
            pd.concat([shares_of({"": 0.1}, by="g"), shares_of({None: 0.1}, by="g")]),
            "g",
            "the unknown, empty and missing, in two spellings",
        ),
    ],
)
def test_wrong_tables_of_groups(table, by, message):
    with pytest.raises(ValueError, match=message):
        plot.heat_map(table, by, codebook=OWN)


NAMES = {f"柳泉县{'青禾' * (n % 9)}镇人民政府办公室（政务公开科）{n}": 0.1 * (n % 8) for n in range(9)}


@pytest.mark.slow
@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "draw",
    [
        lambda s, **to: plot.over_time(gongkai.spread(s, by=["year"]), **to),
        lambda s, **to: plot.heat_map(gongkai.spread(s, by=["level"]), "level", **to),
        lambda s, **to: plot.flow(s, **to),
        lambda s, **to: plot.shares(gongkai.spread(s), unit="statements", **to),
        lambda s, **to: plot.over_time(gongkai.spread(s, by=["year"]), themes=list(SHIPPED.theme_ids[:6]), role="measure", **to),
        lambda s, **to: plot.heat_map(gongkai.spread(s, by=["year"], suppress=True), "year", unit="statements", **to),
        lambda s, **to: plot.heat_map(shares_of(NAMES, by="body", themes=SHIPPED.theme_ids, small=True), "body", **to),
    ],
    ids=["panels", "levels", "flow", "bars", "lines", "years", "names"],
)
def test_nothing_overlaps_and_nothing_is_cut(coded, draw, language):
    figure = draw(coded, language=language)
    assert untidy(figure) == []
    assert figure.get_size_inches()[0] <= 6.5


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("groups", [{2021: 0.4}, dict.fromkeys(range(1999, 2026), 0.4), {2020: 0.1, 2021: 0.9, None: 0.3}, {None: 0.2}])
@pytest.mark.parametrize("count", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_years_of_any_number_are_tidy(groups, count):
    assert untidy(plot.over_time(shares_of(groups, themes=SHIPPED.theme_ids[:count]), language="en")) == []


def test_names_are_written_as_they_are():
    names = ["$x_1$ 镇", "_望溪区", "云渚市\n水利局", "100%"]
    said = words(plot.heat_map(shares_of(dict.fromkeys(names, 0.2), by="body"), "body", codebook=OWN))
    assert {"$x_1$ 镇", "_望溪区", "100%"} <= set(said)
    assert "云渚市水利局" in "".join(said).replace(" ", "")


def test_figures_are_no_state_of_pyplot():
    import matplotlib.pyplot as plt

    plot.over_time(FULL, codebook=OWN)
    assert plt.get_fignums() == []


@pytest.mark.slow
def test_matplotlib_is_loaded_by_drawing_only():
    code = "import sys, gongkai.plot; print([m for m in ('matplotlib', 'sklearn') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.fixture(scope="module")
def english():
    """A figure that any machine can draw."""
    return plot.over_time(FULL, codebook=OWN, language="en")


class TestFiles:
    def test_png_of_300_dpi(self, font, tmp_path):
        from PIL import Image

        figure = plot.over_time(FULL, codebook=OWN)
        with Image.open(plot.save(figure, tmp_path / "图.png")) as image:
            assert image.size[0] == 1950
            assert round(image.info["dpi"][0]) == 300

    @pytest.mark.slow
    def test_pdf_holds_its_fonts_and_words(self, font, tmp_path):
        import pypdfium2

        figure = plot.heat_map(shares_of({"市": 0.2, "囧−①": 0.2}, by="g"), "g", codebook=OWN)
        path = plot.save(figure, tmp_path / "a.pdf")
        text = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
        assert all(w in text for w in ("迟缓", "囧−①", "占报告的百分比"))
        assert b"/FontFile2" in path.read_bytes() or b"/Type3" in path.read_bytes()

    @pytest.mark.parametrize("ending", ["svg", *(pytest.param(e, marks=pytest.mark.slow) for e in ("png", "pdf"))])
    def test_the_same_figure_gives_the_same_bytes(self, font, tmp_path, ending):
        one, two = (plot.save(plot.shares(FULL[FULL["year"] == 2020], codebook=OWN), tmp_path / f"{n}.{ending}") for n in "ab")
        assert one.read_bytes() == two.read_bytes()

    def test_svg_keeps_words_and_asks_for_chinese_fonts(self):
        root = ET.fromstring(plot.svg(plot.over_time(FULL, codebook=OWN)))
        texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
        assert {"迟缓", "单薄", "人手"} <= {e.text for e in texts}
        assert all(re.search(r"\d+px|font-size", e.get("style", "")) and "'Noto Sans CJK SC'" in e.get("style", "") for e in texts)

    def test_bold_text_of_your_own_keeps_its_size_in_svg(self):
        figure = plot.over_time(FULL, codebook=OWN)
        figure.suptitle("题", weight="bold", fontsize=10)
        assert re.search(r"(?:font: (?:bold|700) |font-weight: 700; font-size: )10px(?:; font-family:)? 'PingFang SC'", plot.svg(figure))

    def test_without_a_chinese_font_svg_is_written_and_pictures_are_refused(self, no_chinese, english, tmp_path):
        assert plot.chinese_font() is None
        figure = plot.over_time(FULL, codebook=OWN)
        for ending in ("png", "pdf"):
            with pytest.raises(ValueError, match=r"no installed font has .*\(U\+[0-9A-F]+\).*install one.*fonts-wqy-zenhei, or write .svg"):
                plot.save(figure, tmp_path / f"a.{ending}")
        assert "迟缓" in plot.save(figure, tmp_path / "a.svg").read_text("utf-8")
        assert plot.save(english, tmp_path / "en.png").exists()
        assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.svg", "en.png"]

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_character_that_no_font_has_is_named(self, font, tmp_path, language):
        figure = plot.heat_map(shares_of({"青\U000fabcd镇": 0.2}, by="g"), "g", codebook=OWN, language=language)
        with pytest.raises(ValueError, match=r"no installed font has \S+ \(U\+FABCD\); install"):
            plot.save(figure, tmp_path / "a.png")

    def test_text_of_your_own_is_looked_at_too(self, font, tmp_path):
        figure = plot.over_time(FULL, codebook=OWN, language="en")
        title = figure.suptitle("标题 title", family="DejaVu Sans Mono")
        plot.save(figure, tmp_path / "a.png")
        assert title.get_fontfamily() == ["DejaVu Sans Mono", font]

    def test_files_are_not_overwritten_unawares(self, english, tmp_path):
        path = plot.save(english, str(tmp_path / "a.svg"))
        with pytest.raises(ValueError, match="exists and is not overwritten; give another name, or force=True"):
            plot.save(english, path)
        assert plot.save(english, path, force=True) == path

    @pytest.mark.parametrize(
        ("name", "message"), [("a.jpg", r"written as .pdf, .png, .svg"), ("a", "give a name"), ("no/a.png", "there is no folder")]
    )
    def test_names_that_cannot_be(self, english, tmp_path, name, message):
        with pytest.raises(ValueError, match=message):
            plot.save(english, tmp_path / name)


@pytest.mark.usefixtures("font")
@pytest.mark.slow
def test_no_box_is_drawn_for_any_character(tmp_path):
    """Each name drawn alone differs from the box that stands for a glyph that is not there."""
    from matplotlib.figure import Figure
    from PIL import Image

    def ink(text):
        figure = Figure(figsize=(0.4, 0.4))
        figure.text(0.2, 0.3, text, fontsize=12)
        with Image.open(io.BytesIO(plot.save(figure, tmp_path / "c.png", force=True).read_bytes())) as image:
            return image.convert("L").tobytes()

    drawn = [ink(c) for c in "−时效囧①①—"]
    assert drawn[4] == drawn[5]
    assert len(set(drawn)) == 6
