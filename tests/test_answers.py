"""Which measure answers which problem, and what is done and what is planned."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.answers import ANSWER_COLUMNS, answers, answers_and_unanswered, unanswered
from gongkai.labelled import label_pieces
from gongkai.read import decode
from gongkai.tense import tenses

CODED = pd.read_csv(Path(__file__).parent / "expected" / "answers.csv")


def rows(*lines, report="a"):
    """Statements from (role letter, text, themes); starts count on."""
    out, at = [], 0
    for letter, text, themes in lines:
        role = {"P": "problem", "M": "measure", "O": "other"}[letter]
        out.append((report, at, at + len(text), text, role, themes))
        at += len(text) + 1
    return pd.DataFrame(out, columns=["report", "start", "end", "text", "role", "themes"])


def pairs(frame):
    """The pairs as positions among the statements."""
    order = {start: n for n, start in enumerate(frame["start"])}
    return [(order[p], order[m]) for p, m in answers(frame)[["problem", "measure"]].values]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # A theme that only the two have.
        ([("P", "更新拖沓。", "timeliness"), ("P", "人手单薄。", "capacity"), ("M", "配两名专干。", "capacity")], [(1, 2)]),
        # The same theme everywhere: the numbers decide.
        (
            [
                ("P", "一是镇村更新慢。", "timeliness"),
                ("P", "二是站所更新慢。", "timeliness"),
                ("M", "一是镇村按旬更新。", "timeliness"),
                ("M", "二是站所按月更新。", "timeliness"),
            ],
            [(0, 2), (1, 3)],
        ),
        # Other themes in the same place are no answer by that alone.
        (
            [
                ("P", "一是更新慢。", "timeliness"),
                ("P", "二是人少。", "capacity"),
                ("M", "一是拓渠道。", "channels"),
                ("M", "二是抓宣传。", "publicity"),
            ],
            [],
        ),
        # A list that turns the order round.
        (
            [
                ("P", "一是更新慢。", "timeliness"),
                ("P", "二是人少。", "capacity"),
                ("M", "一是配齐专干。", "capacity"),
                ("M", "二是按旬更新。", "timeliness"),
            ],
            [(0, 3), (1, 2)],
        ),
        # A caption and what elaborates it go together.
        (
            [
                ("P", "（一）人手单薄。", "capacity"),
                ("P", "党政办一人兼四摊。", "capacity"),
                ("P", "（二）渠道单一。", "channels"),
                ("M", "（一）充实力量。", "capacity"),
                ("M", "再配一名专干。", "capacity"),
                ("M", "（二）拓宽渠道。", "channels"),
            ],
            [(0, 3), (0, 4), (1, 3), (1, 4), (2, 5)],
        ),
        # Each problem followed by its measure.
        (
            [
                ("P", "目录编排混乱。", "standardization"),
                ("M", "今后照模板编排目录。", "general"),
                ("P", "人手少。", "capacity"),
                ("M", "还将增配专干。", "capacity"),
            ],
            [(0, 1), (2, 3)],
        ),
        # One problem, one measure, both vague.
        ([("P", "与要求还有差距。", "general"), ("M", "今后继续努力。", "general")], [(0, 1)]),
        # The measure names the problem again.
        (
            [
                ("P", "一是群众留言无人回复。", "participation"),
                ("P", "二是栏目久不更新。", "timeliness"),
                ("M", "针对栏目久不更新的问题，定下限期。", "mechanism;timeliness"),
            ],
            [(1, 2)],
        ),
        # What was done before the problems are told answers other problems.
        (
            [
                ("M", "一是年内已增配专干。", "capacity"),
                ("M", "二是已按旬更新。", "timeliness"),
                ("P", "一是干部不熟业务。", "capacity"),
                ("P", "二是宣传不多。", "publicity"),
            ],
            [],
        ),
        ([("P", "更新慢。", "timeliness"), ("O", "下一步打算如下：", "")], []),
        ([("M", "按旬更新。", "timeliness")], []),
    ],
)
def test_what_answers_what(lines, expected):
    assert pairs(rows(*lines)) == expected


@pytest.mark.parametrize(
    "marks", [["一是", "二是", "三是"], ["1.", "2、", "2、"], ["（一）", "（二）", "（四）"], ["1是", "2、二是", "3."], ["①", "②", "③"]]
)
def test_lists_with_their_slips(marks):
    said = ["更新慢。", "更新乱。", "更新少。"]
    frame = rows(*[("P", m + t, "timeliness") for m, t in zip(marks, said, strict=True)], *[("M", m + "改。", "timeliness") for m in marks])
    assert {(0, 3), (1, 4), (2, 5)} <= set(pairs(frame))


def test_a_stray_role_does_not_cut_a_list():
    frame = rows(
        ("P", "一是更新慢。", "timeliness"),
        ("M", "二是部门要配合。", "mechanism"),
        ("P", "三是更新乱。", "timeliness"),
        ("M", "一是定时更新。", "timeliness"),
        ("M", "二是部门配合。", "mechanism"),
        ("M", "三是有序更新。", "timeliness"),
    )
    assert pairs(frame) == [(0, 3), (2, 5)]


def test_reasons_scores_and_tense():
    frame = rows(
        ("P", "一是目录凌乱。", "standardization"), ("P", "二是人少。", "capacity"), ("M", "一是2022年将重编目录。", "standardization")
    )
    (row,) = answers(frame.assign(year=2021)).to_dict("records")
    assert row["why"] == "theme;wording"
    assert 0.5 <= row["score"] <= 1
    assert row["tense"] == "planned"


def test_what_stays_without_an_answer():
    frame = rows(
        ("P", "一是更新慢。", "timeliness"),
        ("P", "二是人少。", "capacity"),
        ("O", "针对以上不足：", ""),
        ("M", "今年以来已按旬更新。", "timeliness"),
        ("M", "明年再按日更新。", "timeliness"),
        ("M", "组织一次测评。", "supervision"),
    )
    table = unanswered(frame)
    columns = ["answered", "partners", "tense", "partners_done", "partners_planned"]
    assert table[columns].astype(object).where(table[columns].notna(), None).values.tolist() == [
        [True, 2, None, 1, 1],
        [False, 0, None, 0, 0],
        [True, 1, "done", None, None],
        [True, 1, "planned", None, None],
        [False, 0, "planned", None, None],
    ]
    assert table["role"].tolist() == ["problem", "problem", "measure", "measure", "measure"]


@pytest.mark.parametrize(
    ("text", "path", "year", "expected"),
    [
        ("已开通公众号。", [], 2021, "done"),
        ("现已建成公开专区。", [], None, "done"),
        ("今年以来举办培训三次。", [], None, "done"),
        ("全年办班3期。", [], None, "done"),
        ("2022年配齐专干。", [], 2021, "planned"),
        ("2021年配齐专干。", [], 2021, "unknown"),
        ("2022年配齐专干。", [], None, "unknown"),
        ("我苏木将把公示贴进嘎查。", [], None, "planned"),
        ("已办班两期，下一步还将扩大范围。", [], None, "planned"),
        ("将公开列入考核。", ["（二）2021年改进情况"], 2021, "done"),
        ("把公开列入考核。", ["（二）2021年改进情况"], 2021, "done"),
        ("把公开列入考核。", ["（一）2020年存在问题的改进情况"], 2021, "done"),
        ("把公开列入考核。", ["2022年改进措施"], 2021, "planned"),
        ("把公开列入考核。", ["五、存在的主要问题及改进情况"], 2021, "unknown"),
        ("把公开列入考核。", ["存在的主要问题及改进情况", "（二）改进措施"], None, "planned"),
        ("把公开列入考核。", "存在的主要问题 > 下一步打算", None, "planned"),
        ("对已公开的信息逐条核对。", [], None, "unknown"),
        ("变“要我公开”为“我要公开”。", [], None, "unknown"),
        ("加强学习。", None, None, "unknown"),
    ],
)
def test_done_or_planned(text, path, year, expected):
    frame = pd.DataFrame([("a", 0, text, "measure", path, year)], columns=["report", "start", "text", "role", "path", "year"])
    assert tenses(frame).tolist() == [expected]


def test_a_lead_in_holds_for_its_list_until_the_next_problem():
    frame = rows(
        ("O", "2022年打算：", ""), ("M", "一是按旬更新。", "timeliness"), ("P", "人少。", "capacity"), ("M", "配专干。", "capacity")
    )
    assert tenses(frame).tolist() == ["planned", "planned", "unknown", "unknown"]


@pytest.fixture(scope="module")
def coded(sample):
    """The statements of the reports whose pairs were coded by hand, with the corpus's roles and themes."""
    root = sample.parent
    table = pd.read_csv(root / "statements.csv", keep_default_na=False)
    years = pd.read_csv(root / "reports.csv").set_index("report")["year"]
    table = table[table["report"].isin(CODED["report"])].reset_index(drop=True)
    cut = {(r, p.start): (p.text, list(p.path)) for r in CODED["report"].unique() for p in label_pieces(decode((root / r).read_bytes()))}
    found = [cut.get((r, s), (t, [])) for r, s, t in table[["report", "start", "text"]].values]
    return table.assign(text=[t for t, _ in found], path=[p for _, p in found], year=table["report"].map(years).astype("Int64"))


def test_pairs_coded_by_hand(coded):
    """The half of the coded sections that no weight was fitted on; pairs coded as doubtful count neither way."""
    judged = CODED[CODED["half"] == "judge"]
    found = answers(coded[coded["report"].isin(judged["report"])])
    both = found.merge(judged, how="outer", on=["report", "problem", "measure"])
    both = both[both["coded"] != "doubtful"]
    given, sure = both["score"].notna(), both["coded"].notna()
    assert judged["report"].nunique() >= 40
    assert (given & sure).sum() / given.sum() >= 0.95
    assert (given & sure).sum() / sure.sum() >= 0.95


def test_tenses_coded_by_hand(coded):
    told = coded.assign(told=tenses(coded)).set_index(["report", "start"])["told"]
    measures = CODED.drop_duplicates(["report", "measure"])
    assert (told.loc[list(zip(measures["report"], measures["measure"], strict=True))].to_numpy() == measures["tense"]).mean() >= 0.97


TEXTS = st.sampled_from(["一是更新慢。", "二是人少。", "按旬更新。", "1.配专干；", "", "🙂"])
LINES = st.lists(st.tuples(st.sampled_from("PMO"), TEXTS, st.sampled_from(["timeliness", "capacity", "", "general"])), max_size=9)


@settings(max_examples=20)
@given(LINES, LINES, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_other_reports_matter(first, second, random):
    a, b = rows(*first, report="a").assign(start=range(len(first))), rows(*second, report="b").assign(start=range(len(second)))
    both = pd.concat([b, a], ignore_index=True)
    mixed = both.sample(frac=1, random_state=random.randint(0, 999))
    apart = pd.concat([answers(a), answers(b)], ignore_index=True)
    for frame in (both, mixed):
        assert answers(frame).values.tolist() == apart.values.tolist()
    assert sorted(set(unanswered(mixed)["role"]) - {"problem", "measure"}) == []
    for at_once, apart in zip(answers_and_unanswered(mixed), (answers(mixed), unanswered(mixed)), strict=True):
        pd.testing.assert_frame_equal(at_once, apart)


def test_themes_as_csv_has_them_and_as_lists():
    frame = rows(("P", "更新慢、人少。", "timeliness;capacity"), ("M", "配专干。", "capacity"))
    assert answers(frame).equals(answers(frame.assign(themes=frame["themes"].str.split(";"))))


def test_a_report_of_one_huge_list():
    frame = rows(
        *[("P", f"{n}.更新慢。", "timeliness") for n in range(1, 90)], *[("M", f"{n}.按旬更新。", "timeliness") for n in range(1, 90)]
    )
    assert len(answers(frame)) == 89


@pytest.mark.parametrize("frame", [pd.DataFrame(), rows(), rows(("O", "无。", ""))])
def test_nothing_gives_empty_frames(frame):
    assert list(answers(frame).columns) == list(ANSWER_COLUMNS)
    assert len(answers(frame)) == len(unanswered(frame)) == 0
    assert {"answered", "partners", "tense"} <= set(unanswered(frame).columns)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"no column text.*role"):
        answers(rows(("P", "更新慢。", "timeliness")).drop(columns="text"))


def test_on_real_output(sample):
    frame = gongkai.analyse(sample / "柳泉县青禾镇2022年.txt").to_frame()
    assert unanswered(frame)["answered"].mean() > 0.8
