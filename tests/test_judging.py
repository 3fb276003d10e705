"""How coders are taught by phrases and judged on offices they have not seen: thesaurus, weak start, evaluation, card."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

import gongkai
from gongkai.ablate import ablation, learning_curve
from gongkai.calibrate import calibration_error, reliability
from gongkai.card import CardError, check_card, mixed_up, scores, write_card, write_tables
from gongkai.codebook import parse_codebook
from gongkai.errors import UserError
from gongkai.evaluate import Evaluation, EvaluationError, evaluate, fit_on, groups_of, splits
from gongkai.labelled import CorpusError, Labelled
from gongkai.phrases import ThesaurusError, read_thesaurus
from gongkai.store import ModelError, facts_of, load_model, save
from gongkai.training import facts, train
from gongkai.weak import WeakError, train_from_codebook, weak_labels

DONE, NOTHING, USAGE, SOME_FAILED = 0, 1, 2, 3
TITLE = "五、存在的主要问题及改进情况\n"
CODES = [("problem", "timeliness"), ("problem", "channels"), ("measure", "timeliness"), ("measure", "capacity;channels"), ("other", "")]
# Offices, each with a statement of each of these codes.
OFFICES = {
    "青禾镇": "文件印出半月才上网，更新滞后。 只靠一块公示栏，渠道单一。 做到当日印发当日更新。 轮训信息员，开通公众号。 以上请审阅。",
    "白石乡": "惠民通知晚发三周。 手机端看不到，渠道偏窄。 建立月度更新提醒。 配齐人员，增设电子屏。 全年工作平稳。",
    "水文局": "雨情通报晚了三天，更新慢。 没有政务微博，渠道少。 汛期每小时更新水位。 请专家培训，拓宽短视频渠道。 无其他事项。",
    "民政局": "低保名单逾期未更新。 老人不会上网，无处查看。 按季度公布救助名册。 选派骨干培训，设村级广播渠道。 情况汇报如下。",
    "林业局": "防火公告拖延更新。 山区收不到信号，渠道不畅。 缩短审签时间，随签随更新。 组织护林员培训，增加宣传车渠道。 特此报告。",
    "教育局": "招生政策更新迟缓。 家长群之外没有渠道。 开学前更新学区图。 校办人员培训，开辟校园橱窗渠道。 成绩有目共睹。",
    "住建局": "工程进度表久未更新。 现场缺公示牌，渠道欠缺。 验收后两日内更新台账。 增加专职并培训，接入客户端渠道。 整改如下。",
    "卫健委": "门诊排班更新跟不上。 热线占线，渠道不便。 夜间同步更新疫苗库存。 与院校合办培训班，打通小程序渠道。 主要有两方面。",
}
OFFICES = {office: texts.split(" ") for office, texts in OFFICES.items()}
# The shipped roles and four themes, of which nobody has coded one.
BOOK = """
version: 7
roles:
  problem: {zh: 问题, en: problem, definition: d, themed: true}
  measure: {zh: 措施, en: measure, definition: d, themed: true}
  other: {zh: 其他, en: other, definition: d, themed: false}
themes:
  - {id: timeliness, zh: 时效, en: timeliness, definition: d, examples: [更新拖沓]}
  - {id: channels, zh: 渠道, en: channels, definition: d, cues: [渠道不多]}
  - {id: capacity, zh: 能力, en: capacity, definition: d}
  - {id: depth, zh: 深度, en: depth, definition: d}
"""
# Roles and themes of one's own.
OWN = """
version: 3
roles:
  lack: {zh: 不足, en: lack, definition: d, themed: true, cues: [有待加强]}
  plan: {zh: 打算, en: plan, definition: d, themed: true, cues: [我们打算]}
themes:
  - {id: speed, zh: 快慢, en: speed, definition: d, cues: [更新不及时, 拖了很久]}
  - {id: staff, zh: 人手, en: staff, definition: d, examples: [人手不够]}
  - {id: vague, zh: 笼统, en: vague, definition: d, alone: true, cues: [还有差距]}
"""
TOPICS = [
    "公告",
    "通知",
    "台账",
    "栏目",
    "名册",
    "预算",
    "规划",
    "招标",
    "救助",
    "低保",
    "学区",
    "水价",
    "房产",
    "林权",
    "疫苗",
    "公交",
    "医保",
]


@pytest.fixture
def run(run, monkeypatch):
    """Run `gongkai ARGS` as the other tests do, and in one process."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    return run


def write_corpus(folder, sections):
    """Write a labelled corpus of (office, statements) with a section each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "codebook.yaml").write_text(BOOK, "utf-8")
    rows = []
    for n, (_, texts) in enumerate(sections):
        at, body = len(TITLE), TITLE
        for text, (role, themes) in zip(texts, CODES, strict=True):
            rows.append((f"{n}.txt", at, at + len(text), text, role, themes))
            body += text + "\n"
            at = len(body)
        (folder / f"{n}.txt").write_text(body, "utf-8")
    pd.DataFrame(rows, columns=["report", "start", "end", "text", "role", "themes"]).to_csv(folder / "statements.csv", index=False)
    offices = [(f"{n}.txt", office) for n, (office, _) in enumerate(sections)]
    pd.DataFrame(offices, columns=["report", "body"]).to_csv(folder / "reports.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("judged") / "corpus", list(OFFICES.items()))


@pytest.fixture(scope="module")
def tiny(corpus):
    return gongkai.load_corpus(corpus)


@pytest.fixture(scope="module")
def some(small, tiny):
    """Six hundred statements of the shipped corpus, with the codes of BOOK alone."""
    X, Y = small
    return Labelled(X[:600], Y.loc[:599, list(tiny.Y)], tiny.codebook, tiny.phrases)


@pytest.fixture(scope="module")
def coder():
    return gongkai.StatementCoder(parse_codebook(BOOK), words=None, folds=2)


@pytest.fixture(scope="module")
def model(tmp_path_factory, tiny, coder):
    folder = tmp_path_factory.mktemp("model") / "m"
    save(coder.fit(tiny.X, tiny.Y, tiny.X["body"], tiny.phrases), folder, facts(tiny))
    return folder


@pytest.fixture(scope="module")
def found(tiny, coder):
    return evaluate(tiny, coder, folds=4)


def probability(coder, text, code):
    return coder.predict_proba(pd.DataFrame({"text": [text]}))[0, list(coder.classes_).index(code)]


# The thesaurus


def test_a_thesaurus_is_read_with_themes_as_tuples(tmp_path):
    text = "role,themes,phrase,note\nproblem,depth;channels, 浅而窄 ,x\n\n,depth,不深入,\n,,,\nother,,特此说明,\n"
    (tmp_path / "t.csv").write_text(text, "utf-8-sig")
    table = read_thesaurus(tmp_path / "t.csv", gongkai.load_codebook())
    expected = [["problem", ("depth", "channels"), "浅而窄"], ["", ("depth",), "不深入"], ["other", (), "特此说明"]]
    assert table.to_numpy().tolist() == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("role,phrase\nproblem,慢\n", ["lacks the column themes"]),
        ("themes\ndepth\n", ["lacks the column role, phrase"]),
        ("", ["cannot be read"]),
        ("role,themes,phrase\nproblem,depth,浅,多,余\nproblem,depth,浅,多,余,太\n", ["cannot be read"]),
        ("role,themes,phrase\nproblem,depth,浅\nproblem,speed,慢\n", ["line 3", "theme 'speed'", "timeliness"]),
        ("role,themes,phrase\n,speed,慢\n", ["line 2", "theme 'speed'"]),
        ("role,themes,phrase\n\nproblem,depth,浅\n\n,speed,慢\n", ["line 5", "theme 'speed'"]),
        ("role,themes,phrase\nlack,depth,浅\n", ["line 2", "role 'lack'"]),
        ("role,themes,phrase\nproblem,,浅\n", ["line 2", "at least one theme"]),
        ("role,themes,phrase\nother,depth,浅\n", ["line 2", "carries no theme"]),
        ("role,themes,phrase\nproblem,general;depth,浅\n", ["line 2", "stands alone"]),
        ("role,themes,phrase\n,general;depth,浅\n", ["line 2", "stands alone"]),
        ("role,themes,phrase\n,,浅\n", ["line 2", "neither a role nor a theme"]),
        ("role,themes,phrase\nproblem,depth,浅\nproblem,depth,  \n", ["line 3", "phrase is empty"]),
        ("role,themes,phrase\nproblem,depth\n", ["line 2", "phrase is empty"]),
    ],
)  # fmt: skip
def test_a_wrong_thesaurus_is_refused_with_file_and_line(tmp_path, text, words):
    (tmp_path / "mine.csv").write_text(text, "utf-8")
    with pytest.raises(ThesaurusError) as error:
        read_thesaurus(tmp_path / "mine.csv", gongkai.load_codebook())
    assert all(word in str(error.value) for word in ["mine.csv: ", *words]), error.value


@pytest.mark.parametrize("content", [None, "role,themes,phrase\nproblem,depth,更新慢\n".encode("gb18030")])
def test_a_thesaurus_that_cannot_be_read_is_named(tmp_path, content):
    if content:
        (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(ThesaurusError, match=r"mine\.csv.*UTF-8"):
        read_thesaurus(tmp_path / "mine.csv", gongkai.load_codebook())


THESAURUS = "role,themes,phrase\nproblem,timeliness,慢如蜗牛\nproblem,timeliness,蜗牛爬坡\n"


def test_a_thesaurus_beside_the_statements_is_learned_from_and_told(tmp_path, tiny):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items()))
    train(folder, tmp_path / "without")
    (folder / "thesaurus.csv").write_text(THESAURUS, "utf-8")
    train(folder, tmp_path / "with")
    without, taught = load_model(tmp_path / "without"), load_model(tmp_path / "with")
    assert probability(taught, "蜗牛", "timeliness") > probability(without, "蜗牛", "timeliness") + 0.2
    before, after = facts_of(tmp_path / "without"), facts_of(tmp_path / "with")
    assert after["phrases"] == before["phrases"] + 2
    assert after["corpus_sha256"] != before["corpus_sha256"] == facts(tiny)["corpus_sha256"]
    assert after["statements"] == before["statements"] == len(tiny.X)


def test_a_wrong_thesaurus_stops_the_loading_of_its_corpus(tmp_path, run):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items()))
    (folder / "thesaurus.csv").write_text(THESAURUS + "problem,speed,慢\n", "utf-8")
    code, _, err = run("train", folder, "-o", "m")
    assert (code, err.count("\n")) == (NOTHING, 1)
    assert "thesaurus.csv: line 4" in err


def test_a_phrase_of_several_rows_has_all_their_themes(tmp_path):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items()))
    rows = ["role,themes,phrase", "problem,depth,又浅又窄", ",depth,又浅又窄", "problem,channels;depth,又浅又窄"]
    (folder / "thesaurus.csv").write_text("\n".join(rows), "utf-8")
    phrases = gongkai.load_corpus(folder).phrases
    mine = phrases[phrases["phrase"] == "又浅又窄"]
    assert sorted(zip(mine["role"], mine["themes"], strict=True)) == [("", ("depth",)), ("problem", ("depth", "channels"))]


def phrases_of(*rows):
    return pd.DataFrame(rows, columns=["role", "themes", "phrase"])


def fitted(coder, tiny, *rows):
    return gongkai.StatementCoder(**coder.get_params()).fit(tiny.X, tiny.Y, tiny.X["body"], phrases_of(*rows))


def test_a_phrase_without_a_role_teaches_themes_but_not_roles(coder, tiny):
    said = fitted(coder, tiny, ("measure", ("depth",), "龙腾虎跃"), ("measure", ("depth",), "虎跃龙腾"))
    open_ = fitted(coder, tiny, ("", ("depth",), "龙腾虎跃"), ("", ("depth",), "虎跃龙腾"))
    assert probability(open_, "龙腾", "depth") == pytest.approx(probability(said, "龙腾", "depth"), abs=1e-6)
    margins = open_.decision_function(pd.DataFrame({"text": ["龙腾", "麤麤", "渠道"]}))
    depth = list(open_.classes_).index("depth")
    assert margins[0, depth] > margins[1, depth] + 0.5
    # Of roles it says no more than a word that was never seen.
    assert np.allclose(margins[0, :3], margins[1, :3])
    assert not np.allclose(margins[2, :3], margins[1, :3])
    assert probability(said, "龙腾", "measure") > probability(open_, "龙腾", "measure") + 0.05


def test_a_phrase_that_says_only_its_role_leaves_its_themes_open(coder, tiny):
    bare = fitted(coder, tiny, ("problem", (), "龙腾虎跃"), ("problem", (), "虎跃龙腾"))
    margins = bare.decision_function(pd.DataFrame({"text": ["龙腾", "麤麤"]}))
    assert np.allclose(margins[0, 3:], margins[1, 3:])
    assert margins[0, 0] > margins[1, 0]
    none = fitted(coder, tiny, ("other", (), "更新龙腾"), ("other", (), "更新虎跃"))
    assert probability(none, "更新龙腾", "timeliness") < probability(bare, "更新龙腾", "timeliness")


# A start from a codebook alone


def write_reports(folder, lines, reports=4):
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(reports):
        mine = "".join(f"{line}\n" for line in lines[n::reports])
        (folder / f"r{n}.txt").write_text(
            f"柳泉县第{n}镇2021年政府信息公开工作年度报告\n{TITLE}{mine}六、其他需要报告的事项\n无。\n", "utf-8"
        )
    return folder


SAID = [line for t in TOPICS for line in (f"{t}信息更新不及时，力度有待加强。", f"为了{t}办好，我们打算解决人手不够的难题。")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    return write_reports(tmp_path_factory.mktemp("weak") / "in", [*SAID, "今天下雨。", "更新不及时，还有差距，有待加强。"])


@pytest.fixture(scope="module")
def own():
    return parse_codebook(OWN)


def test_weak_labels_come_from_cues_and_examples(reports, own):
    labelled = weak_labels([reports], own)
    codes = {t: tuple(c for c in labelled.Y if row[c]) for t, row in zip(labelled.X["text"], labelled.Y.to_dict("records"), strict=True)}
    assert {codes[line] for line in SAID[::2]} == {("lack", "speed")}
    assert {codes[line] for line in SAID[1::2]} == {("plan", "staff")}
    assert codes["更新不及时，还有差距，有待加强。"] == ("lack", "speed")
    assert "今天下雨。" not in codes
    for role, *themes in codes.values():
        assert own.check(role, themes) == []


def test_weak_labels_take_the_roles_of_the_shipped_coder_where_they_are_the_same(reports):
    book = parse_codebook(BOOK.split("themes:")[0] + "themes:" + OWN.split("themes:")[1])
    labelled = weak_labels([reports], book)
    said = {c.statement.text: c.role for a in gongkai.analyse_files([reports]) for c in a.codings}
    roles = labelled.Y[["problem", "measure", "other"]]
    assert (roles.sum(axis=1) == 1).all()
    assert roles.idxmax(axis=1).tolist() == [said[text] for text in labelled.X["text"]]
    themed = labelled.Y["other"] == 0
    assert themed.sum() >= 20
    assert (labelled.Y[list(book.theme_ids)].any(axis=1) == themed).all()


BARE = OWN.replace(", cues: [有待加强]", "").replace(", cues: [我们打算]", "")
SHORT = BARE.replace("更新不及时, 拖了很久", "慢").replace("人手不够", "少").replace("还有差距", "差")
MUTE = BARE.replace(", cues: [更新不及时, 拖了很久]", "").replace(", examples: [人手不够]", "").replace(", cues: [还有差距]", "")


@pytest.mark.parametrize(
    ("book", "lines", "count", "words"),
    [
        (BARE, SAID, 4, ["lack, plan", "problem, measure, other", "cues"]),
        (OWN.replace(", cues: [我们打算]", ""), SAID, 4, ["give each of your roles examples or cues"]),
        (MUTE, SAID, 4, ["neither cues nor examples", "themes"]),
        (SHORT, SAID, 4, ["two characters"]),
        (OWN, [], 2, ["hold no statement", "problem section"]),
        (OWN, SAID[:20], 4, ["only 20 of 20", "add cues", "30"]),
        (OWN, SAID, 1, ["two reports"]),
    ],
    ids=["no role known", "one role unknown", "no cues", "short cues", "no statements", "few statements", "one report"],
)  # fmt: skip
def test_a_weak_start_that_cannot_be_is_refused_with_a_cure(tmp_path, book, lines, count, words):
    folder = write_reports(tmp_path / "in", lines, count)
    with pytest.raises(WeakError) as error:
        train_from_codebook([folder], parse_codebook(book), tmp_path / "m")
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "m").exists()


@pytest.fixture(scope="module")
def weak(tmp_path_factory, reports, own):
    folder = tmp_path_factory.mktemp("weak") / "m"
    train_from_codebook([reports], own, folder)
    return folder


def test_a_weak_model_is_marked_and_codes_in_its_own_codes(weak, model):
    assert facts_of(weak)["weak"] is True
    assert not facts_of(model).get("weak")
    X = pd.DataFrame({"text": ["校车时刻更新不及时，力度有待加强。", "为了校车办好，我们打算解决人手不够的难题。"]})
    coder = load_model(weak)
    assert coder.decide(coder.predict_proba(X)) == [("lack", ("speed",)), ("plan", ("staff",))]


def test_the_command_line_trains_from_a_codebook_and_says_what_that_is(run, tmp_path, reports):
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    (tmp_path / "in").mkdir()
    for file in reports.iterdir():
        (tmp_path / "in" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "in" / "scan.pdf").write_bytes(b"%PDF")
    code, out, err = run("train", "in", "--from-codebook", "own.yaml", "-o", "m")
    assert (code, out) == (DONE, "m\n")
    assert "suggestions" in err
    assert "scan.pdf" in err
    assert facts_of("m")["weak"] is True
    code, _, err = run("train", "nowhere", "--from-codebook", "own.yaml", "-o", "n")
    assert code == NOTHING
    assert "nowhere: find: no such file" in err
    assert not (tmp_path / "n").exists()


def test_a_weak_model_says_so_wherever_it_is_used(run, tmp_path, reports, weak, model):
    said = {}
    for name, folder in (("weak", weak), ("ordinary", model), ("shipped", None)):
        given = ["-m", folder] if folder else []
        tagged = run("tag", reports, "-o", f"{name}.csv", *given)
        reported = run("report", reports, "-o", name, *given)
        assert tagged[0] == reported[0] == DONE
        made = json.loads((tmp_path / name / "run.json").read_text("utf-8"))["model"]["facts"].get("weak", False)
        page = "weak labels only" in (tmp_path / name / "index.html").read_text("utf-8")
        said[name] = (*("without any coded statement" in err for *_, err in (tagged, reported)), made, page)
    assert said == {"weak": (True,) * 4, "ordinary": (False,) * 4, "shipped": (False,) * 4}


# Evaluation


class Watched(gongkai.StatementCoder):
    """A coder that remembers whose statements it was fitted to and refuses to judge them."""

    judged: list

    def fit(self, X, Y, groups=None, phrases=None):
        self.seen_ = set(X["body"])
        return super().fit(X, Y, groups, phrases)

    def predict_proba(self, X):
        assert not self.seen_ & set(X["body"])
        Watched.judged.append((self.seen_, list(X["text"])))
        return super().predict_proba(X)


def test_an_office_and_near_copies_are_judged_by_a_coder_that_has_not_seen_them(tmp_path, coder):
    offices = list(OFFICES.items())
    again = ("青禾镇", [t.replace("更新", "上传").replace("渠道", "途径") + "其后另作说明。" for t in OFFICES["卫健委"]])
    copied = ("临川县白石乡", [*OFFICES["白石乡"][:-1], "全年工作有序。"])
    labelled = gongkai.load_corpus(write_corpus(tmp_path / "c", [*offices, again, copied]))
    groups = groups_of(labelled)
    assert len(set(groups)) == len(OFFICES)
    Watched.judged = []
    lines = []
    found = evaluate(labelled, Watched(**coder.get_params()), folds=3, tell=lines.append)
    assert lines == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3"]
    assert sorted(t for _, texts in Watched.judged for t in texts) == sorted(labelled.X["text"])
    for seen, texts in Watched.judged:
        assert len({"白石乡", "临川县白石乡"} & seen) != 1 or not set(texts) & {*OFFICES["白石乡"], *copied[1]}
    assert np.array_equal(found.groups, groups)


def test_rows_stay_in_the_order_of_the_corpus(tiny, coder, found):
    assert found.codes == tuple(tiny.Y)
    assert np.array_equal(found.true, tiny.Y.to_numpy())
    assert np.array_equal(found.groups, groups_of(tiny))
    assert np.array_equal(found.themed, (tiny.Y["other"] == 0).to_numpy())
    assert np.allclose(found.probabilities[:, : found.n_roles].sum(axis=1), 1)
    train, test = splits(tiny, found.groups, 4)[-1]
    by_hand = fit_on(tiny, coder, train, found.groups)
    assert np.array_equal(found.probabilities[test], by_hand.predict_proba(tiny.X.iloc[test]))
    assert np.array_equal(found.predicted[test], by_hand.predict(tiny.X.iloc[test]))


def test_a_fitted_coder_is_judged_as_it_is(some, tiny, model):
    coder = load_model(model)
    for labelled in (tiny, some):
        found = evaluate(labelled, coder, fitted=True)
        assert np.array_equal(found.true, labelled.Y)
        assert np.array_equal(found.predicted, coder.predict(labelled.X))
        assert np.array_equal(found.probabilities, coder.predict_proba(labelled.X))
        assert found.summary["statements"] == len(labelled.X)


def test_the_shipped_corpus_can_be_learned_from(some, coder):
    found = evaluate(some, coder, folds=2)
    assert found.summary["role accuracy"] > found.true[:, : found.n_roles].mean(axis=0).max()
    # Better than to give every theme to every statement.
    everything = replace(found, predicted=np.ones_like(found.predicted))
    assert found.summary["theme micro-F1"] > everything.summary["theme micro-F1"]
    table = found.intervals(draws=60).set_index("score")
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert (table["low"] < table["high"]).all()
    assert {k: found.summary[k] for k in table.index} == table["value"].to_dict()


@pytest.mark.parametrize("offices", [1, 2])
def test_too_few_offices_are_refused_with_a_cure(tmp_path, run, offices):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items())[:offices])
    with pytest.raises(EvaluationError, match=r"label reports of more offices"):
        evaluate(gongkai.load_corpus(folder))
    code, _, err = run("evaluate", folder)
    assert (code, err.count("\n")) == (NOTHING, 1)


def test_a_coder_of_another_codebook_is_refused(tmp_path, run, weak, corpus, tiny):
    with pytest.raises(EvaluationError, match="speed"):
        evaluate(tiny, load_model(weak), fitted=True)
    code, _, err = run("evaluate", corpus, "-m", weak)
    assert (code, err.count("\n")) == (NOTHING, 1)
    assert "own codebook" in err


def test_errors_are_complete_and_the_most_surprising_come_first(tiny, found):
    table = found.errors(tiny.X)
    assert list(table) == ["report", "start", "text", "role", "themes", "said_role", "said_themes", "surprise"]
    wrong = (found.true != found.predicted).any(axis=1)
    assert 0 < len(table) == wrong.sum()
    assert sorted(zip(table["report"], table["start"], strict=True)) == sorted(
        zip(tiny.X["report"][wrong], tiny.X["start"][wrong], strict=True)
    )
    assert table["surprise"].is_monotonic_decreasing
    truth = {t: code for texts in OFFICES.values() for t, code in zip(texts, CODES, strict=True)}
    for row in table.to_dict("records"):
        role, themes = truth[row["text"]]
        assert (row["role"], set(row["themes"].split(";"))) == (role, set(themes.split(";")))
        assert (row["role"], row["themes"]) != (row["said_role"], row["said_themes"])
        assert 0 <= row["surprise"] <= 1


FEW = settings(max_examples=20)
SHARES = st.floats(0, 1, allow_nan=False)


@st.composite
def verdicts(draw, perfect=False):
    """An evaluation of a few statements with two roles, of which the second carries no theme, and one to three themes."""
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 3))

    def labels():
        cells = np.array(draw(st.lists(st.lists(st.integers(0, 1), min_size=m + 1, max_size=m + 1), min_size=n, max_size=n)))
        return np.column_stack([cells[:, 0], 1 - cells[:, 0], cells[:, 1:] * cells[:, :1]]).astype(np.int8)

    true = labels()
    said = true if perfect else labels()
    p = true.astype(float) if perfect else np.array(draw(st.lists(SHARES, min_size=n * (m + 2), max_size=n * (m + 2)))).reshape(n, -1)
    groups = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    return Evaluation(("a", "b", "x", "y", "z")[: m + 2], 2, true, said, p, true[:, 0] == 1, groups)


def statements_of(e):
    return pd.DataFrame({"report": "r", "start": range(len(e.true)), "text": [f"s{i}" for i in range(len(e.true))]})


@FEW
@given(verdicts())
def test_scores_are_those_of_scikit_learn(e):
    for i, row in enumerate(e.by_code.to_dict("records")):
        keep = slice(None) if i < e.n_roles else e.themed
        y, z = e.true[keep, i], e.predicted[keep, i]
        assert row["support"] == y.sum()
        if len(y):
            expected = [score(y, z, zero_division=0) for score in (precision_score, recall_score, f1_score)]
            assert [row["precision"], row["recall"], row["f1"]] == pytest.approx(expected)
    t, s = e.true[e.themed, 2:].ravel(), e.predicted[e.themed, 2:].ravel()
    assert e.summary["theme micro-F1"] == pytest.approx(f1_score(t, s, zero_division=0) if len(t) else 0)
    themes = e.by_code[(e.by_code["kind"] == "theme") & (e.by_code["support"] > 0)]
    assert e.summary["theme macro-F1"] == pytest.approx(themes["f1"].mean() if len(themes) else 0)
    roles, said = e.true[:, :2].argmax(axis=1), e.predicted[:, :2].argmax(axis=1)
    assert e.summary["role macro-F1"] == pytest.approx(f1_score(roles, said, average="macro", zero_division=0))
    assert e.roles.to_numpy().sum() == len(e.true)
    assert e.summary["role accuracy"] == pytest.approx(np.trace(e.roles) / len(e.true))


@FEW
@given(verdicts())
def test_calibration_counts_every_case_once(e):
    counts = e.calibration.groupby("kind")["n"].sum()
    assert counts["roles"] == e.n_roles * len(e.true)
    assert counts.get("themes", 0) == e.themed.sum() * (len(e.codes) - e.n_roles)
    assert e.calibration[["said", "was"]].stack().between(0, 1).all()
    assert all(0 <= e.summary[f"ECE {kind}"] <= 1 for kind in ("roles", "themes"))


@FEW
@given(verdicts())
def test_every_error_is_listed_and_nothing_else(e):
    table = e.errors(statements_of(e))
    wrong = [i for i in range(len(e.true)) if (e.true[i] != e.predicted[i]).any()]
    assert sorted(table["start"]) == wrong
    assert table["surprise"].is_monotonic_decreasing
    assert [f"s{i}" for i in table["start"]] == table["text"].tolist()


@FEW
@given(verdicts(perfect=True))
def test_a_coder_without_errors(e):
    assert e.errors(statements_of(e)).empty
    assert mixed_up(e, statements_of(e)) == []
    assert e.summary["role accuracy"] == 1
    assert e.summary["ECE roles"] == e.summary["ECE themes"] == 0
    assert (e.by_code.loc[e.by_code["support"] > 0, ["precision", "recall", "f1"]] == 1).all(axis=None)


@FEW
@given(verdicts(), st.integers(2, 4))
def test_repeating_the_statements_of_each_office_makes_no_interval_narrower(e, times):
    again = {name: np.repeat(getattr(e, name), times, axis=0) for name in ("true", "predicted", "probabilities", "themed", "groups")}
    more = replace(e, **again)
    pd.testing.assert_frame_equal(more.intervals(draws=20), e.intervals(draws=20))


def test_intervals_are_wider_where_an_office_errs_as_a_whole():
    right = np.repeat([1, 0, 1, 1, 0, 1, 1, 1], 10)
    true = np.tile([[1, 0, 1]], (80, 1))
    said = np.column_stack([right, 1 - right, right])
    whole = Evaluation(("a", "b", "x"), 2, true, said, said.astype(float), np.ones(80, bool), np.repeat(np.arange(8), 10))
    single = replace(whole, groups=np.arange(80))
    width = [t["high"] - t["low"] for t in (e.intervals(draws=200).set_index("score").loc["role accuracy"] for e in (whole, single))]
    assert width[0] > 2 * width[1]
    one = replace(whole, groups=np.zeros(80, int)).intervals(draws=20)
    assert (one["low"] == one["value"]).all()
    assert (one["high"] == one["value"]).all()
    assert (whole.intervals(draws=200, level=0.5)["high"] <= whole.intervals(draws=200)["high"]).all()


@FEW
@given(st.lists(st.tuples(st.integers(0, 1), SHARES), min_size=1, max_size=40), st.integers(1, 12))
def test_reliability_bins(cases, bins):
    y, p = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    curve = reliability(y, p, bins)
    assert curve["n"].sum() == len(y)
    assert curve["bin"].lt(1).all()
    assert (curve["was"] * curve["n"]).sum() == pytest.approx(y.sum())
    assert ((curve["said"] >= curve["bin"] - 1e-9) & (curve["said"] <= curve["bin"] + 1 / bins + 1e-9)).all()
    assert calibration_error(y, p, bins) == pytest.approx(sum(abs(s - w) * n for s, w, n in curve[["said", "was", "n"]].values) / len(y))


@FEW
@given(st.lists(st.integers(0, 1), min_size=1, max_size=30), st.integers(1, 12))
def test_calibration_error_of_the_best_and_of_the_worst(labels, bins):
    y = np.array(labels)
    assert calibration_error(y, y.astype(float), bins if len(set(labels)) == 1 else bins + 1) == 0
    assert calibration_error(np.ones(5), np.zeros(5), bins) == calibration_error(np.zeros(5), np.ones(5), bins) == 1
    assert calibration_error(y, np.full(len(y), y.mean()), bins) == pytest.approx(0)


# What labels and parts are worth


def test_the_learning_curve_grows(tiny, coder):
    lines = []
    curve = learning_curve(tiny, coder, fractions=(0.4, 0.7, 1.0), folds=2, tell=lines.append)
    assert curve["statements"].tolist() == [10, 15, 20]
    assert lines == ["10 statements", "15 statements", "20 statements"]
    assert curve.drop(columns="statements").stack().between(0, 1).all()


class Taught(gongkai.StatementCoder):
    """A coder that remembers with what settings and how many phrases it was fitted."""

    fits: list

    def fit(self, X, Y, groups=None, phrases=None):
        Taught.fits.append((self.place, len(phrases)))
        return super().fit(X, Y, groups, phrases)


def test_the_ablation_has_a_row_for_each_variant(tiny, coder):
    Taught.fits = []
    mine = Taught(**coder.get_params())
    lines = []
    variants = {"as it is": {}, "no place": {"place": False}, "no phrases": {"phrases": False}}
    table = ablation(tiny, mine, variants, folds=2, tell=lines.append)
    assert table["variant"].tolist() == lines == list(variants)
    assert Taught.fits == [(True, len(tiny.phrases)), (False, len(tiny.phrases)), (True, 0)]
    assert mine.place
    # The coder as it is, on the same fold and all its statements, is the end of the learning curve.
    curve = learning_curve(tiny, coder, fractions=(1.0,), folds=2, tell=lines.append)
    assert curve.iloc[0].drop("statements").to_dict() == table.iloc[0].drop("variant").to_dict()


# The card and the tables


@pytest.fixture
def carded(tmp_path, model):
    """A model folder of one's own, to write a card into."""
    (tmp_path / "m").mkdir()
    for file in ("model.json", "weights.npz"):
        (tmp_path / "m" / file).write_bytes((model / file).read_bytes())
    return tmp_path / "m"


def row_of(card, first):
    """The cells of the table rows of a card that begin with some words."""
    rows = [[c.strip() for c in line.strip().strip("|").split("|")] for line in card.splitlines() if line.startswith("|")]
    return [r[1:] for r in rows if r[0] == first]


def test_the_card_says_in_two_languages_what_the_evaluation_found(carded, corpus, tiny, found):
    curve = pd.DataFrame(
        [{"statements": 1234, "role macro-F1": 0.111, "theme micro-F1": 0.222, "theme macro-F1": 0.333, "exact theme set": 0.444}]
    )
    ablated = curve.drop(columns="statements").assign(variant="without wheels")
    written = write_card(carded, corpus, tiny, found, curve, ablated)
    assert written == [carded / "card.md", carded / "scores.json"]
    card = (carded / "card.md").read_text("utf-8")
    chinese, english = card.split("# Model card\n")
    assert chinese.startswith("# 模型卡")
    book = tiny.codebook
    for language, part in (("zh", chinese), ("en", english)):
        for row in found.intervals().to_dict("records"):
            assert row_of(part, row["score"]) == [[f"{row['value']:.3f}", f"{row['low']:.3f} – {row['high']:.3f}"]]
        for row in found.by_code.to_dict("records"):
            numbers = [f"{row[k]:.3f}" for k in ("precision", "recall", "f1", "ece")]
            assert row_of(part, f"{row['code']} {book.label(row['code'], language)}") == [[*numbers, str(row["support"])]]
        assert row_of(part, "problem") == [[str(n) for n in found.roles.loc["problem"]]]
        assert row_of(part, "1,234") == row_of(part, "without wheels") == [["0.111", "0.222", "0.333", "0.444"]]
        assert f"{found.summary['ECE themes']:.3f}" in part
        assert facts(tiny)["corpus_sha256"][:16] in part
        pairs = mixed_up(found, tiny.X)
        assert pairs
        for pair in pairs:
            assert all(f"  - {sentence}\n" in part for sentence in pair["sentences"])
    assert f"{found.summary['theme micro-F1']:.3f}" in chinese
    data = json.loads((carded / "scores.json").read_text("utf-8"))
    assert data["summary"] == found.summary
    assert data["codes"] == found.by_code.to_dict("records")
    assert data["curve"] == curve.to_dict("records")
    assert data["agreement"] == []


def test_agreement_in_the_scores_is_plain_json(carded, corpus, tiny, found, tmp_path):
    again = write_corpus(tmp_path / "c", list(OFFICES.items()))
    rows = [
        "report,start,first_role,first_themes,second_role,second_themes",
        "0.txt,15,problem,depth,problem,depth",
        "0.txt,31,other,,other,",
    ]
    (again / "codings.csv").write_text("\n".join(rows), "utf-8")
    write_card(carded, again, tiny, found)

    def refuse(constant):
        raise AssertionError(constant)

    data = json.loads((carded / "scores.json").read_text("utf-8"), parse_constant=refuse)
    values = {row["of"]: row["value"] for row in data["agreement"]}
    assert values["role"] == values["depth"] == 1
    assert values["channels"] is None


def test_a_card_without_curve_and_ablation_names_neither(carded, corpus, tiny, found):
    write_card(carded, corpus, tiny, found)
    card = (carded / "card.md").read_text("utf-8")
    assert not any(word in card for word in ("学习曲线", "Learning curve", "part taken away", "去掉一部分", "agree with each other"))
    data = json.loads((carded / "scores.json").read_text("utf-8"))
    assert (data["curve"], data["ablation"]) == ([], [])
    assert data.items() >= json.loads(json.dumps(scores(found))).items()


def test_a_card_is_only_written_for_the_model_of_its_corpus(carded, tmp_path, weak, found, tiny):
    other = write_corpus(tmp_path / "c", list(OFFICES.items())[1:])
    for folder, mine in ((carded, gongkai.load_corpus(other)), (weak, tiny)):
        for call in (lambda f, m: check_card(f, m), lambda f, m: write_card(f, other, m, found)):
            with pytest.raises(CardError, match=f"{folder.name}.*run gongkai train first"):
                call(folder, mine)
        assert not (folder / "card.md").exists()
    assert check_card(carded, tiny) == facts_of(carded)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_folder_that_holds_no_model_gets_no_card(tmp_path, tiny, content):
    if content:
        (tmp_path / "model.json").write_text(content)
    with pytest.raises(ModelError, match=tmp_path.name):
        check_card(tmp_path, tiny)


def test_codes_mixed_up_are_counted_with_their_sentences():
    codes = ("a", "b", "x", "y")
    true = np.array([[1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 1], [0, 1, 0, 0]])
    said = np.array([[1, 0, 0, 1], [1, 0, 0, 1], [1, 0, 1, 0], [1, 0, 1, 0], [1, 0, 1, 0]])
    X = pd.DataFrame(
        {"text": ["栏目更新得太慢了，群众有意见。", "短", "对", "渠道方面没有识别出来的一句话。", "此句没有问题，只是一般的背景。"]}
    )
    got = mixed_up(Evaluation(codes, 2, true, said, said.astype(float), true[:, 0] == 1, np.arange(5)), X)
    pairs = {(p["missed"], p["said"]): (p["n"], p["sentences"]) for p in got}
    # A sentence that says more stands before a short one.
    assert got[0]["n"] == 2
    assert pairs == {
        ("x", "y"): (2, ["栏目更新得太慢了，群众有意见。", "短"]),
        ("y", ""): (1, ["渠道方面没有识别出来的一句话。"]),
        ("b", "a"): (1, ["此句没有问题，只是一般的背景。"]),
        ("b", "x"): (1, ["此句没有问题，只是一般的背景。"]),
    }


def test_tables_read_back(tmp_path, tiny, found):
    curve = pd.DataFrame({"statements": [10, 20], "role macro-F1": [0.25, 0.5]})
    written = write_tables(tmp_path / "a" / "b", found, tiny.X, curve)
    tables = {p.stem: pd.read_csv(p, encoding="utf-8-sig", keep_default_na=False) for p in written}
    assert sorted(p.name for p in (tmp_path / "a" / "b").iterdir()) == sorted(f"{name}.csv" for name in tables)
    assert set(tables) == {"scores", "codes", "roles", "calibration", "errors", "curve"}
    expected = {
        "scores": found.intervals(),
        "codes": found.by_code,
        "roles": found.roles.rename_axis("role").reset_index(),
        "calibration": found.calibration,
        "errors": found.errors(tiny.X),
        "curve": curve,
    }
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, expected[name], check_dtype=False)
    assert {p.stem for p in write_tables(tmp_path / "c", found, tiny.X)} == set(tables) - {"curve"}


# The command line


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("evaluate", "c", "--card", "m", "--model", "m"), ["--card", "--model"]),
        (("evaluate", "c", "--full", "-m", "m"), ["--full", "--model"]),
        (("train", "c", "-o", "n", "--codebook", "a.yaml", "--from-codebook", "a.yaml"), ["--codebook", "--from-codebook", "not both"]),
        (("train", "c", "-o", "m"), ["m holds a model", "--force"]),
        (("train", "c", "-o", "m", "--from-codebook", "a.yaml"), ["m holds a model", "--force"]),
        (("check", "c", "-o", "x.doc"), ["x.doc"]),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, tuple) else "",
)
def test_wrong_usage_is_told_before_anything_is_done(run, carded, args, words):
    before = (carded / "model.json").read_bytes()
    code, out, err = run(*args)
    assert (code, out) == (USAGE, "")
    assert all(word in err for word in words)
    assert (carded / "model.json").read_bytes() == before
    assert [p.name for p in carded.parent.iterdir()] == ["m"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("evaluate", "CORPUS", "-m", "nowhere"), ["nowhere", "give the folder"]),
        (("evaluate", "CORPUS", "--card", "nowhere"), ["nowhere", "give the folder"]),
        (("evaluate", "CORPUS", "--card", "WEAK"), ["was not trained on this corpus", "gongkai train"]),
        (("train", "CORPUS", "-o", "n", "--from-codebook", "nowhere.yaml"), ["nowhere.yaml", "UTF-8"]),
    ],
)
def test_what_cannot_be_used_is_one_line_with_a_cure(run, corpus, weak, tmp_path, args, words):
    code, out, err = run(*({"CORPUS": corpus, "WEAK": weak}.get(a, a) for a in args))
    assert (code, out) == (NOTHING, "")
    assert err.count("\n") == 1
    assert all(word in err for word in ["gongkai: ", *words])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sections", [0, 1])
def test_a_corpus_too_small_to_train_on_is_one_line(run, tmp_path, sections):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items())[:sections])
    code, _, err = run("train", folder, "-o", "m")
    assert (code, err.count("\n")) == (NOTHING, 1)
    assert not (tmp_path / "m").exists()
    if not sections:
        with pytest.raises(CorpusError, match="holds no statement"):
            gongkai.load_corpus(folder)
    else:
        with pytest.raises(UserError, match="two offices"):
            train(folder, tmp_path / "m")


def test_a_model_judged_on_its_own_corpus_is_noted(run, tmp_path, corpus, model):
    code, out, err = run("evaluate", corpus, "-m", model)
    assert code == DONE
    assert "trained on this very corpus" in err
    assert not out.endswith("\n\n")
    other = write_corpus(tmp_path / "c", list(OFFICES.items())[1:])
    assert run("evaluate", other, "-m", model)[::2] == (DONE, "")


@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_evaluate_writes_tables_and_card_with_the_same_numbers(run, tmp_path, full):
    corpus = write_corpus(tmp_path / "c", list(OFFICES.items())[: 8 if full else 3])
    assert run("train", corpus, "-o", "m")[:2] == (DONE, "m\n")
    code, out, err = run("evaluate", corpus, "-o", "t", "--card", "m", *["--full"] * full)
    assert code == DONE
    names = ["scores", "codes", "roles", "calibration", "errors", *["curve", "ablation"] * full]
    assert out.splitlines()[-len(names) - 2 :] == [*(f"t/{name}.csv" for name in names), "m/card.md", "m/scores.json"]
    data = json.loads((tmp_path / "m" / "scores.json").read_text("utf-8"))
    table = pd.read_csv(tmp_path / "t" / "scores.csv", encoding="utf-8-sig").set_index("score")["value"]
    assert {k: data["summary"][k] for k in table.index} == pytest.approx(table.to_dict())
    assert f"{data['summary']['theme micro-F1']:.3f}" in out
    assert ("fold 5 of 5" if full else "fold 3 of 3") in err
    for name in ("curve", "ablation"):
        assert len(data[name]) == (len(pd.read_csv(tmp_path / "t" / f"{name}.csv")) if full else 0)
    assert all(row["variant"] in err for row in data["ablation"])


@pytest.mark.parametrize(("role", "code"), [("problem", DONE), ("nonsense", NOTHING)])
def test_check_ends_by_what_it_finds(run, tmp_path, role, code):
    folder = write_corpus(tmp_path / "c", list(OFFICES.items()))
    table = pd.read_csv(folder / "statements.csv", keep_default_na=False)
    table.loc[0, "role"] = role
    table.to_csv(folder / "statements.csv", index=False)
    got, out, err = run("check", folder)
    rows = [json.loads(line) for line in out.splitlines()]
    assert got == code
    assert [r["level"] for r in rows].count("error") == (1 if code else 0)
    assert f"{1 if code else 0} errors" in err
