"""Codes out of a study and back: what each format keeps, what people and programs do to files, what is refused and why."""

from __future__ import annotations

import csv
import io
import json
import re
import string
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import typer
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from typer.testing import CliRunner

from conftest import without
from exchange_study import BOOK, CODES, NOTE, SAID, TEXTS, A, B, exported, make, sent, states
from gongkai import cli_exchange
from gongkai.errors import UserError
from gongkai.resources import data
from gongkai.review import exchange
from gongkai.review.changes import SETTLED, State, add_coder, code, history, undo
from gongkai.review.exchange import FORMATS, export, hold, import_file, read_file, taking
from gongkai.review.exchange.bundle import packed
from gongkai.review.exchange.held import Coded
from gongkai.review.exchange.names import names_of
from gongkai.review.exchange.passages import plain
from gongkai.review.store import open_study
from review_study import entered

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def study(tmp_path):
    """Make studies of the same statements: `study()` without codes, `study(True)` with them."""
    opened = []

    def new(coded=False, coders=("李梅", "王强")):
        opened.append(make(tmp_path / f"study{len(opened)}.db", coded, coders))
        return opened[-1]

    yield new
    for db in opened:
        db.close()


# --- what each format keeps

# Formats that hold codes, and whether a file holds those of several coders.
KEEPS = [(name, f.several) for name, f in FORMATS.items() if f.read]


@pytest.mark.parametrize(("name", "several"), KEEPS)
def test_everything_comes_back(study, name, several):
    full, empty = study(True), study()
    taken = import_file(empty, exported(full, name), format=name)
    mine = {k: v for k, v in states(full).items() if several or k[1] == "李梅"}
    assert states(empty) == mine
    assert (taken.taken, taken.refused, taken.differing) == (len(mine), (), ())
    again = import_file(full, exported(full, name), format=name)
    assert (again.taken, again.same, again.refused, again.differing) == (0, len(mine), (), ())


@pytest.mark.parametrize("name", FORMATS)
def test_one_study_gives_one_file(study, name):
    db = study(True)
    assert exported(db, name) == exported(db, name)


@pytest.mark.parametrize("name", [n for n, _ in KEEPS])
def test_final_codes_come_under_nobodys_name(study, name):
    db, other = study(True), study()
    files = exported(db, name, coder="", final=True)
    with pytest.raises(UserError, match="--coder NAME"):
        import_file(other, files, format=name)
    import_file(other, files, format=name, coder="王强")
    # Settled, agreed or of one coder; what two coders disagree on without settling has none, nor what nobody finished.
    items = hold(db).items
    assert states(other) == {
        (items[n].at, "王强"): State(role, themes, "coded", note)
        for n, role, themes, note in (
            (0, "problem", ("timeliness",), ""), (3, "measure", ("timeliness", "capacity"), "两个都有"),
            (7, "problem", ("coverage",), ""), (9, "other", (), ""),
        )
    }  # fmt: skip


@pytest.mark.parametrize("name", [n for n, _ in KEEPS])
def test_a_study_without_codes_can_be_coded_elsewhere(study, name):
    db = study()
    files = exported(db, name, coder="赵云")
    taken = import_file(db, files, format=name, coder="赵云")
    assert (taken.taken, taken.refused, states(db)) == (0, (), {})
    held = hold(db)
    assert {r.item for r in read_file(db, files, name).rows} == (set() if name == "qdpx" else set(held.items))


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n\t"), max_size=12)
STATES = st.one_of(
    st.builds(State, st.just("problem"), st.sets(st.sampled_from(BOOK.theme_ids[:-1]), min_size=1, max_size=4).map(tuple),
              st.just("coded"), TEXT),
    st.builds(State, st.sampled_from([None, *BOOK.role_ids]), st.sets(st.sampled_from(BOOK.theme_ids), max_size=3).map(tuple),
              st.sampled_from(["unsure", "skipped", "open"]), TEXT),
)  # fmt: skip


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    db = make(tmp_path_factory.mktemp("held") / "study.db")
    yield hold(db)
    db.close()


@pytest.mark.parametrize("name", [n for n, _ in KEEPS])
@settings(max_examples=8)
@given(drawing=st.data())
def test_any_codes_come_back(held, name, drawing):
    format = FORMATS[name]
    who = st.sampled_from(["李梅", "Wáng 2", "=", "01"]) if format.several else st.just("李梅")
    drawn = drawing.draw(st.dictionaries(st.tuples(st.sampled_from(held.items), who), STATES, max_size=6))
    known = {k: replace(s, themes=tuple(t for t in BOOK.theme_ids if t in s.themes)) for k, s in drawn.items() if s != State()}
    codes = sorted((Coded(i, coder, s, "2024-05-01T08:00:00.000+00:00") for (i, coder), s in known.items()), key=lambda c: c.coder)
    files = sent(format.write(replace(held, codes=tuple(codes), at="2024-05-01T08:00:00.000+00:00")), format)
    rows = [r for r in format.read(files, held, names_of(BOOK)).rows if not r.blank]
    assert not [r.wrong for r in rows if r.wrong]
    got = {(r.item, r.coder): State(r.role, r.themes, r.status or ("coded" if r.role else "open"), plain(r.note or "")[0]) for r in rows}
    assert got == {k: replace(s, note=plain(s.note)[0]) for k, s in known.items()}


# --- what becomes of rows


def table(db, **more):
    """A study's codes as rows of cells, to be changed as people do."""
    text = exported(db, "csv", **more)["codes.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_csv(rows, encoding="utf-8-sig", delimiter=",", heads=None):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(heads or list(rows[0]))
    writer.writerows(r.values() for r in rows)
    return {"codes.csv": out.getvalue().encode(encoding, "replace")}


def test_what_differs_is_kept_until_asked_for_and_stays_in_the_history(study):
    db = study(True)
    rows = table(db, coder="李梅")
    rows[0]["themes"], rows[6]["themes"] = "公开全面性；depth", "channels"
    rows[6]["role"], rows[1]["role"], rows[1]["themes"], rows[1]["status"], rows[1]["note"] = "改进措施", "", "", "", ""
    files = as_csv(rows)
    before = states(db)
    tried = import_file(db, files, write=False, replacing=True)
    assert (tried.taken, tried.replaced, states(db)) == (1, 1, before)
    taken = import_file(db, files)
    assert (taken.taken, taken.replaced, [r.where for r in taken.differing]) == (1, 0, ["line 2"])
    assert "存在问题：公开时效" in taken.differing[0].say("zh")
    assert [r.key for r in taken.remarks] == ["x_blank_kept"]
    n = len(history(db))
    assert import_file(db, files, replacing=True).replaced == 1
    (change,) = history(db)[: len(history(db)) - n]
    assert (change.kind, change.before["themes"], change.after["themes"]) == ("import", ["timeliness"], ["coverage", "depth"])
    undo(db, "李梅")
    assert states(db)[hold(db).items[0].at, "李梅"] == before[hold(db).items[0].at, "李梅"]


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ({"report": "没有.txt"}, "x_report_unknown", "load it first"),
        ({"start": "9", "end": "20", "text": ""}, "x_overlaps", "code these"),
        ({"start": "900", "end": "910", "text": ""}, "x_place_unknown", "restore"),
        ({"start": "900", "end": "910"}, "x_moved", "correct start and end"),
        ({"start": "甲"}, "x_no_number", "no whole numbers"),
        ({"text": "别的话"}, "x_other_words", "export again"),
        ({"start": "", "end": "", "text": "没有的话"}, "x_words_unknown", "give report, start and end"),
        ({"start": "", "end": "", "text": ""}, "x_no_place", "give report, start and end"),
        ({"role": "毛病"}, "x_role_unknown", "存在问题 problem"),
        ({"themes": "公开时效;新词"}, "x_theme_unknown", "“新词”"),
        ({"status": "算了"}, "x_status_unknown", "coded, unsure"),
        ({"role": "other", "status": ""}, "x_rules", "carries no theme"),
        ({"role": "", "status": ""}, "x_no_role", "give it a role"),
        ({"themes": "", "status": "coded"}, "x_rules", "at least one theme"),
        ({"coder": "赵云"}, "x_coder_unknown", "--new-coders"),
    ],
)
def test_rows_that_are_refused_say_why(study, change, key, says):
    rows = table(study(True), coder="李梅")
    empty = study()
    taken = import_file(empty, as_csv([{**rows[1], **change}]))
    assert [(r.key, r.where) for r in taken.refused] == [(key, "line 2")]
    assert says in taken.refused[0].say()
    assert re.search("[一-鿿]", taken.refused[0].say("zh"))
    assert (taken.taken, states(empty)) == (0, {})


def test_a_file_of_several_coders_must_say_whose(study):
    full, other = study(True), study(coders=("赵云", "李梅"))
    files = exported(full, "jsonl")
    with pytest.raises(UserError, match="settled, 李梅, 王强"):
        import_file(other, files, coder="赵云")
    with pytest.raises(UserError, match="nothing of '孙七'"):
        import_file(other, files, coder="赵云", of="孙七")
    assert import_file(other, files, coder="赵云", of="王强").taken == 3
    taken = import_file(other, files)
    assert {r.values["coder"] for r in taken.refused} == {"王强"}
    assert import_file(other, files, new_coders=True).taken == 3
    assert {k[1] for k in states(other)} == {"赵云", "李梅", "王强", SETTLED}


@pytest.mark.parametrize("name", [n for n, several in KEEPS if several])
def test_settled_codes_have_a_plain_name_in_files_and_come_back(study, name):
    full = study(True)
    assert b"'=" not in b"".join(exported(full, "csv").values())
    assert {r["coder"] for r in csv_rows(full)} == {"settled", "李梅", "王强", ""}
    files = exported(full, name)
    only = study(coders=("赵云",))
    assert import_file(only, files, format=name, of="settled").taken == 1
    assert {k[1] for k in states(only)} == {SETTLED}
    with pytest.raises(UserError, match="no coder"):
        import_file(only, files, format=name, coder="settled", of="settled")
    # Who is called so keeps the name, and the settled codes theirs.
    add_coder(full, "settled")
    code(full, hold(full).items[5].id, "settled", State("other", (), "coded"))
    assert {r["coder"] for r in csv_rows(full)} == {"'=", "settled", "李梅", "王强", ""}
    back = study(coders=("李梅", "王强", "settled"))
    import_file(back, exported(full, name), format=name)
    assert states(back) == states(full)


def csv_rows(db):
    return list(csv.DictReader(io.StringIO(exported(db, "csv")["codes.csv"].decode("utf-8-sig"))))


def test_files_with_the_sign_are_read(study):
    full, empty = study(True), study()
    raw = exported(full, "csv")["codes.csv"].decode("utf-8-sig")
    assert ",settled," in raw
    for sign in ("'=", "="):
        import_file(empty, {"codes.csv": raw.replace(",settled,", f",{sign},").encode("utf-8-sig")})
        assert states(empty) == states(full)


def test_what_breaks_the_codebook_is_told_in_the_language(study):
    full, empty = study(True), study()
    rows = csv_rows(full)
    taken = import_file(empty, as_csv([{**rows[1], "role": "other", "themes": "depth", "coder": "李梅", "status": "coded"}]))
    assert "不编主题，却编了 depth" in taken.refused[0].say("zh")
    assert "carries no theme, but has depth" in taken.refused[0].say("en")


def test_a_line_that_is_damaged_leaves_the_others(study):
    raw = exported(study(True), "jsonl")["codes.jsonl"].splitlines(keepends=True)
    taken = import_file(study(), {"a.jsonl": raw[0] + b'{"report": \n' + b"".join(raw[1:])})
    assert (taken.taken, [(r.key, r.where) for r in taken.refused]) == (len(CODES), [("x_no_record", "line 2")])


def test_rows_that_contradict_each_other_are_refused_together(study):
    rows = table(study(True), coder="李梅")
    taken = import_file(study(), as_csv([rows[0], rows[0], {**rows[0], "themes": "depth"}]))
    assert [r.key for r in taken.refused] == ["x_contrary"] * 3
    assert "line 2; line 4" in taken.refused[0].say()
    assert "第 2 行; 第 4 行" in taken.refused[0].say("zh")


def test_statements_that_were_split_since_are_named(study):
    from gongkai.review.boundaries import split

    db = study(True)
    item = hold(db).items[1]
    files = exported(db, "csv", coder="李梅")
    split(db, item.id, item.start + item.text.index("业务"), "李梅")
    refused = {r.at: r for r in import_file(db, files).refused}
    assert refused[item.at].key == "x_retired"
    assert "now" in refused[item.at].say()


# --- tables that were edited

CHINESE = [
    "报告", "机关", "年份", "层级", "地区", "章节", "标题", "起", "止", "语句", "角色", "主题", "编码员", "状态", "备注", "时间",
]  # fmt: skip
EDITS = [
    ("GBK, as Excel saves in China", lambda rows: as_csv(rows, "gb18030")),
    ("GBK without 𠮷", lambda rows: as_csv(rows, "gbk")),
    ("tabs, UTF-16", lambda rows: as_csv(rows, "utf-16", "\t")),
    ("semicolons", lambda rows: as_csv([{**r, "themes": r["themes"].replace(";", "；")} for r in rows], delimiter=";")),
    ("columns in another order, and one more", lambda rows: as_csv([{"编号": "7", **dict(reversed(r.items()))} for r in rows])),
    ("sorted rows, blank rows between", lambda rows: as_csv([*reversed(rows), dict.fromkeys(rows[0], "")])),
    ("numbers as text", lambda rows: as_csv([{**r, "start": f" {r['start']}.0 ", "end": f"{int(r['end']):,}"} for r in rows])),
    ("blanks behind", lambda rows: as_csv([{k: v if k == "note" else f"{v} 　" for k, v in r.items()} for r in rows])),
    ("Chinese names", lambda rows: as_csv([{**r, "role": zh(r["role"]), "themes": "；".join(map(zh, listed(r)))} for r in rows])),
    ("English names, commas", lambda rows: as_csv([{**r, "role": en(r["role"]), "themes": ", ".join(map(en, listed(r)))} for r in rows])),
    ("Chinese headings", lambda rows: as_csv(rows, heads=CHINESE)),
    ("no places, only words", lambda rows: as_csv([{**r, "start": "", "end": ""} for r in rows if r["text"] in UNIQUE])),
]  # fmt: skip
UNIQUE = [t for said in SAID.values() for t in said if sum(t.strip("（1）") in u for of in SAID.values() for u in of) == 1]


def listed(row):
    return [t for t in row["themes"].split(";") if t]


def zh(code):
    return BOOK.label(code) if code else ""


def en(code):
    return BOOK.label(code, "en").upper() if code else ""


@pytest.mark.parametrize(("edit"), [e for _, e in EDITS], ids=[n for n, _ in EDITS])
def test_tables_as_people_save_them(study, edit):
    full, empty = study(True), study()
    rows = table(full)
    files = edit(rows)
    taken = import_file(empty, files)
    assert taken.refused == ()
    got, mine = states(empty), states(full)
    assert set(got) == (
        set(mine) if edit is not EDITS[-1][1] else {k for k in mine if k[0] in {i.at for i in hold(full).items if i.text in UNIQUE}}
    )
    assert all(got[k] == mine[k] or "𠮷" in mine[k].note for k in got)


def test_what_a_spreadsheet_would_take_for_a_formula_is_written_as_text(study):
    db, other = study(), study()
    notes = ["=1+1", "-5", "@a", "'=b", "+c", "''", "d=e"]
    for item, note in zip(hold(db).items, notes, strict=False):
        code(db, item.id, "李梅", State(None, (), "skipped", note))
    cells = [r["note"] for r in csv.DictReader(io.StringIO(exported(db, "csv")["codes.csv"].decode("utf-8-sig"))) if r["note"]]
    assert cells == ["'=1+1", "'-5", "'@a", "''=b", "'+c", "''", "d=e"]
    import_file(other, exported(db, "csv"))
    assert [s.note for s in states(other).values()] == notes


def workbook(raw, change):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(raw))
    sheet = book["编码"]
    change(book, sheet, {str(c.value).partition("（")[2].rstrip("）"): c.column for c in sheet[1]})
    out = io.BytesIO()
    book.save(out)
    return {"编码.xlsx": out.getvalue()}


def test_the_workbook_is_made_to_code_in(study):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(exported(study(True), "xlsx", coder="李梅")["codes.xlsx"]))
    assert book.sheetnames == ["编码", "编码本", "说明"]
    sheet = book["编码"]
    lists = {str(v.sqref).partition(":")[0].rstrip("0123456789"): v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists["B"] == "'编码本'!$C$2:$C$4"
    assert [c.value for c in book["编码本"]["C"][1:4]] == ["存在问题", "改进措施", "其他"]
    assert sheet.freeze_panes == "B2"
    assert sheet.max_row == 1 + sum(map(len, SAID.values()))
    # A cell that begins with = is text.
    assert {c.data_type for row in sheet.iter_rows(min_row=2) for c in row} <= {"s", "n"}


def fill(_, sheet, at):
    for n, (role, themes) in enumerate([("存在问题", ["timeliness"]), ("problem", ["capacity", "depth"]), ("Other", [])], 2):
        sheet.cell(n, at["role"], role)
        for t in themes:
            sheet.cell(n, at[t], "√" if n == 2 else 1)
    sheet.cell(3, at["note"], "想了想")
    sheet.cell(4, at["start"], str(sheet.cell(4, at["start"]).value))


def test_a_workbook_filled_in_is_read_back(study):
    db = study()
    files = workbook(exported(db, "xlsx", coder="李梅")["codes.xlsx"], fill)
    taken = import_file(db, files)
    assert (taken.taken, taken.refused) == (3, ())
    assert list(states(db).values()) == [
        State("problem", ("timeliness",), "coded"), State("problem", ("depth", "capacity"), "coded", "想了想"), State("other", (), "coded")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda book, sheet, at: sheet.cell(2, at["depth"], "x"), "x_mark_unclear"),
        (lambda book, sheet, at: (sheet.cell(1, 40, "主题"), sheet.cell(2, 40, "公开深度与质量")), "x_themes_differ"),
        (lambda book, sheet, at: (sheet.insert_rows(1, 2), sheet.cell(1, 1, "第一组")), None),
        (lambda book, sheet, at: (sheet.insert_cols(1), sheet.cell(1, 1, "心得"), sheet.cell(2, 1, "好")), "x_columns_passed"),
        (lambda book, sheet, at: (sheet.cell(1, 40, "主题"), sheet.cell(2, 40, "timeliness ； ")), None),
        # The note was all that was said of one statement.
        (lambda book, sheet, at: sheet.delete_cols(at["note"]), "x_blank_kept"),
        (lambda book, sheet, at: book.move_sheet("说明", -2), None),
    ],
)
def test_workbooks_as_people_change_them(study, change, key):
    db = study(True)
    taken = import_file(db, workbook(exported(db, "xlsx", coder="李梅")["codes.xlsx"], change))
    said = [r.key for r in (*taken.refused, *taken.remarks)]
    assert said == ([key] if key else [])
    assert taken.same + len(taken.refused) == 8 - (key == "x_blank_kept")


def test_files_that_cannot_be_read_as_a_whole(study):
    db = study()
    for name, raw, says in [
        ("a.csv", b"a,b\n1,2\n", "heading"), ("a.csv", b"", "empty"), ("a.doc", b"x", "unknown ending"),
        ("a.jsonl", b'{"a": 1}\n', "column of roles"), ("a.xlsx", b"PK\x03\x04", "opened"), ("a.xlsx", packed({"a": b""}), "Excel"),
        ("a.json", b"{", "no JSON"), ("a.json", b"{}", "list of tasks"), ("a.spacy", b"x", "DocBin"), ("a.qdpx", b"x", "damaged"),
        ("a.qdpx", packed({"a.txt": b""}), "no REFI-QDA"), ("a.qdc", b"<a/>", "no REFI-QDA"), ("a.qdc", b"<a", "no XML"),
        ("a.parquet", b"PAR1", "no Parquet"), ("a.zip", packed({"a.txt": b""}), "unpack"), ("a.csv", b"\x89PNG....", "image"),
    ]:  # fmt: skip
        with pytest.raises(UserError, match=says):
            import_file(db, {name: raw})


# --- doccano


def lines(raw):
    return [json.loads(line) for line in raw.decode("utf-8").splitlines()]


def jsonl(records):
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode("utf-8")


def test_doccano_wants_one_coder(study):
    with pytest.raises(UserError, match="choose one of settled, 李梅, 王强"):
        export(study(True), FORMATS["doccano"])


def relabel(record, spans):
    return {**{k: v for k, v in record.items() if k != "label"}, **spans}


@pytest.mark.parametrize(
    "shape",
    [
        lambda s: {"label": s}, lambda s: {"labels": s, "id": 3, "Comments": []},
        lambda s: {"entities": [{"id": 1, "start_offset": a, "end_offset": b, "label": c} for a, b, c in s], "relations": []},
        lambda s: {"label": [[float(a), float(b), c] for a, b, c in s]},
    ],
)  # fmt: skip
def test_doccano_of_several_versions_is_read(study, shape):
    db = study(True)
    records = lines(exported(db, "doccano")["codes.jsonl"])
    assert {tuple(s) for r in records for s in r["label"]} >= {(8 + 8, 8 + 8 + 14, "存在问题")} or records
    files = {"all.jsonl": jsonl([relabel(r, shape(r["label"])) for r in records])}
    other = study()
    assert import_file(other, files).refused == ()
    assert states(other) == {k: v for k, v in states(db).items() if k[1] == "李梅"}


def test_what_is_relabelled_in_doccano_counts_as_coded_and_keeps_its_note(study):
    db = study(True)
    (record, *_) = lines(exported(db, "doccano")["codes.jsonl"])
    start, end = hold(db).items[1].start, hold(db).items[1].end
    spans = [s for s in record["label"] if s[2] != "制度机制"]
    spans = [[a - 1, b + 1, label] if label == "队伍与能力" else [a, b, label] for a, b, label in spans]
    taken = import_file(db, {"a.jsonl": jsonl([{**record, "label": spans}])}, replacing=True)
    assert taken.refused == ()
    assert states(db)[f"{A} {start}-{end}", "李梅"] == State("problem", ("capacity",), "coded", NOTE)


def test_strange_spans_and_labels_in_doccano_are_named(study):
    db = study()
    record = lines(exported(db, "doccano", coder="李梅")["codes.jsonl"])[0]
    item = hold(db).items[1]
    part, whole = [item.start, item.start + 4, "存在问题"], [item.start, item.end, "存在问题"]
    cases = [([part], "x_span"), ([whole, [*whole[:2], "新词"]], "x_label_unknown"), ([whole, [*whole[:2], "其他"]], "x_two_roles")]
    for spans, key in [*cases, ([[*whole[:2], "公开时效"]], "x_no_role"), ([[1, 2]], "x_no_record")]:
        taken = import_file(db, {"a.jsonl": jsonl([{**record, "label": spans}])}, write=False)
        assert [r.key for r in taken.refused] == [key]
    files = {"a.jsonl": jsonl([{**record, "label": [whole, [*whole[:2], "新词"], [*whole[:2], "公开时效"]]}])}
    assert import_file(db, files, aliases={"新词": ""}).taken == 1
    assert import_file(db, files, aliases={"新词": "depth"}, replacing=True).replaced == 1
    assert next(iter(states(db).values())).themes == ("timeliness", "depth")
    with pytest.raises(UserError, match="not in the codebook"):
        import_file(db, files, aliases={"新词": "nosuch"})


def test_statements_to_classify_come_back_with_comments_and_by_user(study):
    db = study(coders=("李梅", "zhang"))
    records = lines(exported(db, "doccano-text", coder="")["codes.jsonl"])
    records[0] |= {"label": ["存在问题", "公开时效"], "Comments": ["为什么？"]}
    records[1] |= {"label": ["problem", "队伍与能力"]}
    files = {"export.zip": packed({"zhang.jsonl": jsonl(records[:1]), "李梅.jsonl": jsonl(records)})}
    assert import_file(db, files).taken == 3
    got = states(db)
    assert got[hold(db).items[0].at, "zhang"] == State("problem", ("timeliness",), "coded", "为什么？")
    assert len(got) == 3


# --- Label Studio


def tasks(db, **more):
    return json.loads(exported(db, "labelstudio", **more)["codes.json"])


def test_the_labelling_page_offers_every_code(study):
    page = etree.fromstring(export(study(), FORMATS["labelstudio"])[".config.xml"])
    choices = {c.get("name"): [o.get("alias") for o in c] for c in page.iter("Choices")}
    assert choices == {"role": list(BOOK.role_ids), "themes": list(BOOK.theme_ids), "status": ["unsure", "skipped", "open"]}
    fields = {t.get("value").lstrip("$") for t in page.iter("Text", "Header") if t.get("value").startswith("$")}
    assert fields <= set(tasks(study())[0]["data"])


def test_predictions_go_along_and_do_not_come_back_as_codes(study):
    db = study(True)
    db.execute("INSERT INTO models (name, sha256, facts, at) VALUES ('default', 'abcdef0123456789', '{}', '')")
    item = hold(db).items[8]
    db.execute("INSERT INTO predictions VALUES (?, 1, 'problem', '[\"coverage\"]', 0.75, '{}', '[]', 0.3)", (item.id,))
    task = tasks(db)[8]
    assert task["annotations"] == []
    (said,) = task["predictions"]
    assert (said["model_version"], said["score"]) == ("default abcdef01", 0.75)
    assert [r["value"]["choices"] for r in said["result"]] == [["problem"], ["coverage"]]
    taken = import_file(db, {"a.json": json.dumps([task]).encode()})
    assert (taken.taken, taken.blank, [r.key for r in taken.remarks]) == (0, 1, ["x_predictions_passed"])


def result(name, *codes):
    kind = "textarea" if name in ("note", "coder") else "choices"
    return {
        "id": "q1",
        "from_name": name,
        "to_name": "text",
        "type": kind,
        "origin": "manual",
        "value": {kind.replace("area", ""): list(codes)},
    }


@pytest.mark.parametrize(
    ("annotation", "coder", "state"),
    [
        ({"result": [result("role", "problem"), result("themes", "depth", "公开时效")], "completed_by": 7}, "7", ("problem", "coded", "")),
        ({"result": [result("role", "存在问题"), result("themes", "depth", "timeliness"), result("note", "甲", "乙")],
          "completed_by": {"id": 1, "email": "li@example.org", "first_name": "李", "last_name": "梅"}},
         "李 梅", ("problem", "coded", "甲\n乙")),
        ({"result": [result("role", "problem"), result("themes", "depth", "timeliness"), result("status", "unsure"),
                     result("coder", "王强")], "completed_by": 1, "was_cancelled": False}, "王强", ("problem", "unsure", "")),
        ({"result": [], "was_cancelled": True, "completed_by": {"email": "li@example.org"}}, "li@example.org", (None, "skipped", "")),
    ],
)  # fmt: skip
def test_annotations_as_label_studio_exports_them(study, annotation, coder, state):
    db = study(coders=("7", "李 梅", "王强", "li@example.org"))
    task = {**tasks(db)[0], "id": 12, "annotations": [{"id": 3, "created_at": "2024-05-01T08:00:00Z", **annotation}], "project": 1}
    assert import_file(db, {"project-1.json": json.dumps([task]).encode()}).taken == 1
    role, status, note = state
    assert states(db) == {(hold(db).items[0].at, coder): State(role, ("timeliness", "depth") if role else (), status, note)}


def test_json_min_is_read(study):
    db = study()
    data = tasks(db)[1]["data"]
    rows = [
        {
            **data,
            "id": 1,
            "role": "problem",
            "themes": {"choices": ["capacity", "depth"]},
            "note": "短",
            "annotator": 1,
            "annotation_id": 4,
        },
        {**tasks(db)[0]["data"], "id": 2, "role": "problem", "themes": "timeliness", "annotator": 1, "lead_time": 3.2},
    ]
    assert import_file(db, {"min.json": json.dumps(rows).encode()}, coder="王强").taken == 2
    assert [s.themes for s in states(db).values()] == [("timeliness",), ("depth", "capacity")]


# --- spaCy


def test_a_docbin_is_what_the_components_write(study):
    import spacy
    from spacy.tokens import DocBin

    from gongkai import components

    components.register()
    raw = exported(study(True), "docbin")["codes.spacy"]
    docs = [d for d in DocBin().from_bytes(raw).get_docs(spacy.blank("zh").vocab) if d.user_data["gongkai"]["coder"] == "李梅"]
    assert docs[0].text == TEXTS[A][0][1]
    spans = [(s.text, s._.role, s._.themes, s._.path) for d in docs[:1] for s in d.spans["statements"]]
    path = ("五、存在的问题",)
    assert spans == [
        ("（1）部分栏目更新不及时；", "problem", ("timeliness",), path),
        ("二是人手少，业务不熟。", "problem", ("capacity", "mechanism"), path),
        ("部分栏目更新不及时；", None, (), path),
    ]  # fmt: skip


def test_a_docbin_with_other_tokens_and_without_user_data_is_read(study):
    import spacy
    from spacy.tokens import DocBin

    db = study()
    text = TEXTS[A][0][1]
    nlp = spacy.blank("zh")
    doc = nlp.make_doc(text)
    item = hold(db).items[1]
    doc.spans["roles"] = [doc.char_span(item.start, item.end, label="problem"), doc.char_span(0, 3, label="problem")]
    doc.spans["themes"] = [doc.char_span(item.start, item.end, label="队伍与能力")]
    taken = import_file(db, {"a.spacy": DocBin(docs=[doc]).to_bytes()}, coder="李梅")
    assert (taken.taken, [r.key for r in taken.refused]) == (1, ["x_span"])


@pytest.mark.parametrize("name", [n for n, _ in KEEPS])
@pytest.mark.slow
@settings(max_examples=60)
@given(drawing=st.data())
def test_damaged_files_are_refused_or_read(held, name, drawing):
    format = FORMATS[name]
    codes = tuple(Coded(held.items[n], "李梅", s, "2024-05-01T08:00:00.000+00:00") for n, who, s in CODES if who == "李梅")
    files = sent(format.write(replace(held, codes=codes)), format)
    part = next(n for n in files if not n.endswith((".md", ".yaml")))
    raw = bytearray(files[part])
    for _ in range(drawing.draw(st.integers(1, 3))):
        raw[drawing.draw(st.integers(0, len(raw) - 1))] = drawing.draw(st.integers(0, 255))
    cut = drawing.draw(st.integers(0, len(raw)))
    with suppress(UserError):
        format.read({part: bytes(raw[:cut]) if drawing.draw(st.booleans()) else bytes(raw)}, held, names_of(BOOK))


def test_codes_that_the_codebook_lost_still_go_out_and_are_named_on_the_way_in(study):
    from gongkai.review.codebooks import add_version

    db = study(True)
    book = BOOK.model_copy(update={"version": BOOK.version + 1, "themes": tuple(t for t in BOOK.themes if t.id != "capacity")})
    add_version(db, yaml.safe_dump(book.model_dump(mode="json", by_alias=True, exclude_none=True), allow_unicode=True), "李梅")
    for name, f in FORMATS.items():
        if f.read:
            taken = import_file(db, exported(db, name), format=name)
            assert taken.refused or taken.differing or {r.key for r in taken.remarks} == {"x_columns_passed"}, name
            assert "capacity" in str([r.values for r in (*taken.refused, *taken.differing, *taken.remarks)]), name


# --- the words, the command line and the page


def test_every_remark_and_error_has_words_in_both_languages():
    routes_exchange = pytest.importorskip("gongkai.review.routes_exchange", reason="needs gongkai[review]")
    words = data("review_exchange.yaml")
    files = (*Path(exchange.__file__).parent.glob("*.py"), Path(routes_exchange.__file__))
    said = {key for f in files for key in re.findall(r'"(xe?_[a-z_]+)"', f.read_text("utf-8"))}
    assert said <= set(words)
    for key, of in words.items():
        holes = [{name for _, name, _, _ in string.Formatter().parse(of[language]) if name} for language in ("zh", "en")]
        assert holes[0] == holes[1], key


def test_errors_are_told_in_the_language_of_the_page(client):
    form = {"csrf": client.csrf, "as_coder": "李梅", "action": "take"}
    for language, said in (("zh", "不认识结尾"), ("en", "unknown ending")):
        client.cookies.set("language", language)
        got = client.post("/exchange/import", data=form, files={"file": ("a.doc", b"x")}, headers={"hx-request": "true"})
        assert (got.status_code, said in got.text) == (422, True)


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command("export")(cli_exchange.export)
    app.command("import")(cli_exchange.import_codes)

    def call(*args):
        done = CliRunner().invoke(app, [str(a) for a in args])
        return done.exit_code, done.output + "".join(map(str, [done.exception] if isinstance(done.exception, UserError) else []))

    return call


@pytest.mark.parametrize("name", ["csv", "doccano", "labelstudio", "qdpx", "qdc", "dataset"])
def test_export_and_import_from_the_command_line(study, command, name):
    study(True)
    study()
    out = "out" + FORMATS[name].ending
    code, said = command("export", "study0.db", "-o", out, "--format", name, *([] if FORMATS[name].several else ["--coder", "李梅"]))
    assert (code, out in said) == (0, True)
    assert command("export", "study0.db", "-o", out, "--format", name)[0] == 2
    if name == "qdc":
        assert command("import", out, "--db", "study1.db", "--check")[0] == 0
        return
    n = 12 if FORMATS[name].several else 8
    for more, told in ((["--check"], f"{n} new"), ([], f"{n} new"), ([], f"{n} the same")):
        code, said = command("import", out, "--db", "study1.db", *more)
        assert (code, told in said, "nothing was written" in said) == (0, True, bool(more))


def test_the_command_line_tells_what_it_could_not_take(study, command, tmp_path):
    rows = table(study(True), coder="李梅")
    rows[0]["themes"], rows[1]["role"] = "depth", "毛病"
    (tmp_path / "a.csv").write_bytes(as_csv(rows)["codes.csv"])
    code, said = command("import", "a.csv", "--db", "study0.db", "--report", "report.csv")
    assert code == 3
    assert [w for w in ("line 2", "line 3", "1 different", "1 refused") if w not in said] == []
    assert list(pd.read_csv(tmp_path / "report.csv")["result"]) == ["refused", "different"]
    assert command("import", "a.csv", "--db", "study0.db", "--alias", "毛病=problem", "--replace")[0] == 0
    assert command("import", "a.csv", "--db", "study0.db", "--alias", "毛病")[0] == 2
    assert "does not exist" in command("import", "a.csv", "--db", "nosuch.db")[1]
    assert "unknown ending" in command("export", "study0.db", "-o", "a.doc")[1]
    assert command("export", "study0.db", "-o", "a.csv", "--format", "qdpx")[0] == 2
    assert "赵云 has coded nothing" in command("export", "study0.db", "-o", "b.csv", "--coder", "赵云")[1]


@pytest.fixture
def client(study, tmp_path):
    pytest.importorskip("fastapi", reason="needs gongkai[review]")
    from fastapi.testclient import TestClient

    from gongkai.review.app import create_app

    study(True)
    app = create_app(tmp_path / "study0.db", coder="李梅")
    with TestClient(app, base_url="http://127.0.0.1") as client:
        entered(client, app)
        client.csrf = app.state.csrf
        yield client


def test_the_page_offers_every_format(client):
    text = client.get("/exchange").text
    for name, format in FORMATS.items():
        got = client.get("/exchange/download", params={"format": name, "whose": "coder:李梅"})
        assert (got.status_code, "attachment" in got.headers["content-disposition"]) == (200, True)
        assert f'value="{name}"' in text
        assert format.ending in text
    assert client.get("/exchange/download", params={"format": "doccano", "whose": "all"}).status_code == 422
    assert client.get("/exchange/download", params={"format": "nosuch"}).status_code == 422


@pytest.mark.parametrize("name", [n for n, _ in KEEPS])
def test_what_the_page_sends_it_reads_back(client, name):
    got = client.get("/exchange/download", params={"format": name, "whose": "coder:李梅"})
    file = got.headers["content-disposition"].partition("''")[2]
    sent = {"file": (file, got.content)}
    told = client.post("/exchange/import", data={"csrf": client.csrf, "as_coder": "李梅", "action": "take"}, files=sent).text
    counts = dict(re.findall(r'data-count="x_n_(\w+)">(\d+)', told))
    assert (counts["same"], counts["taken"], counts["refused"]) == ("8", "0", "0")


def test_the_page_tries_before_it_takes(client, study, tmp_path):
    rows = table(open_study(tmp_path / "study0.db"), coder="李梅")
    rows[0]["themes"] = "depth"
    files = {"file": ("改.csv", as_csv(rows, "gb18030")["codes.csv"])}
    form = {"csrf": client.csrf, "as_coder": "李梅", "replacing": "true"}
    before = client.get("/exchange/download", params={"format": "csv"}).content
    tried = client.post("/exchange/import", data={**form, "action": "check"}, files=files, headers={"hx-request": "true"})
    assert [w in tried.text for w in ("没有写入", "公开深度与质量", "<html")] == [True, True, False]
    assert client.get("/exchange/download", params={"format": "csv"}).content == before
    assert client.post("/exchange/import", data={**form, "action": "take"}, files=files).status_code == 200
    assert client.get("/exchange/download", params={"format": "csv"}).content != before
    assert client.post("/exchange/import", data={**form, "csrf": "x"}, files=files).status_code == 403
    assert client.post("/exchange/import", data=form, files={"file": ("a.doc", b"x")}).status_code == 422


def test_many_rows_are_taken_in_one_wait_for_the_disk(study):
    db = study()
    taking.take(db, read_file(db, exported(study(True), "jsonl")), source="a.jsonl")
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
    said = json.loads(db.execute("SELECT value FROM meta WHERE key LIKE 'import %'").fetchone()[0])
    assert said == {"file": "a.jsonl", "taken": 12, "same": 0, "blank": 1, "replaced": 0}


@pytest.mark.browser
def test_a_browser_downloads_changes_and_reads_back(study, tmp_path):
    api = pytest.importorskip("playwright.sync_api")
    uvicorn = pytest.importorskip("uvicorn", reason="needs gongkai[review]")
    from gongkai.review.app import create_app

    if not CHROMIUM.exists():
        without(f"no browser at {CHROMIUM}")
    study(True).close()
    app = create_app(tmp_path / "study0.db", coder="李梅")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    heard = []
    try:
        while not server.started:
            time.sleep(0.02)
        with api.sync_playwright() as play:
            browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.on("console", lambda m: heard.append(m.text))
            page.on("pageerror", lambda e: heard.append(str(e)))
            page.goto(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/exchange?key={app.state.key}")
            page.select_option("#out [name=format]", "csv")
            with page.expect_download() as got:
                page.click("#out button")
            assert got.value.suggested_filename == "study0-李梅.csv"
            changed = tmp_path / "改.csv"
            text = got.value.path().read_text("utf-8-sig").replace("timeliness", "公开深度与质量", 1).replace("capacity;mechanism", "新词")
            changed.write_text(text, "gb18030")
            page.set_input_files("#in [name=file]", changed)
            page.click("#in [value=check]")
            page.wait_for_selector("#x_n_refused")
            assert "新词" in page.inner_text("#x_n_refused")
            assert "公开深度与质量" in page.inner_text("#x_n_kept")
            page.check("#in [name=replacing]")
            page.click("#in [value=take]")
            page.wait_for_selector("#x_n_replaced")
            assert page.inner_text("[data-count=x_n_replaced]") == "1"
            browser.close()
    finally:
        server.should_exit = True
        thread.join()
    assert heard == []
    db = open_study(tmp_path / "study0.db")
    assert states(db)[hold(db).items[0].at, "李梅"].themes == ("depth",)
    db.close()


# --- files that are none


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04torn", bytes(range(256)) * 8, b'{"a": 1\n', b"a,b\n1,2\n"])
@pytest.mark.parametrize("name", [*(f"x{e}" for e in sorted({f.ending for f in FORMATS.values()})), "x.zip", "x.txt"])
def test_a_file_that_is_none_is_named_with_a_cure(study, name, content):
    db = study()
    before = len(history(db))
    with pytest.raises(UserError) as caught:
        import_file(db, {name: content}, coder="李梅")
    for language in ("zh", "en"):
        said = caught.value.say(language)
        assert said.startswith(name)
        assert re.search("[;；]", said)
        assert "Error:" not in said
    assert len(history(db)) == before


@pytest.mark.parametrize("name", [n for n, f in FORMATS.items() if f.read])
def test_a_file_under_another_format_is_named(study, name):
    with pytest.raises(UserError) as caught:
        import_file(study(), {"x.bin": b"\x00\x01 none"}, format=name, coder="李梅")
    assert str(caught.value).startswith("x.bin: ")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("import", "no.csv", "--db", "s.db"), 1, "no.csv: no such file; check"),
        (("import", "dir", "--db", "s.db"), 1, "dir: holds no .parquet file; give"),
        (("import", "bare", "--db", "s.db"), 1, "bare: unknown ending '';"),
        (("import", "bare", "--db", "s.db", "--format", "dataset"), 1, "bare: is no Parquet file"),
        (("export", "s.db", "-o", "bare/x.csv"), 1, "bare/x.csv: cannot be written"),
        (("export", "s.db", "-o", "x.csv", "--format", "xlsx"), 2, "x.csv: xlsx files end in .xlsx; name it x.xlsx"),
        (("export", "no.db", "-o", "x.csv"), 1, "no.db does not exist; give"),
    ],
)
def test_the_commands_name_the_file_and_the_cure(run, tmp_path, args, code, said):
    make(tmp_path / "s.db").close()
    (tmp_path / "dir").mkdir()
    (tmp_path / "bare").write_bytes(b"?")
    left, out, err = run(*args)
    assert (left, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


# --- codes made elsewhere


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        (lambda r: {"report": f"年报/{r['report']}"}, "x_few_above", f"study {A}; the folder 年报 was probably loaded itself"),
        (lambda r: {"report": Path(r["report"]).name}, "x_few_below", f"the study {B}; the folder above 柳泉县"),
        (lambda r: {"report": r["report"].replace("县/", "市/")}, "x_few_folder", "says 柳泉市/青禾镇2020年.txt"),
        (lambda r: {"report": r["report"].replace(".txt", ".docx")}, "x_few_ending", f"says {A[:-4]}.docx, the study {A}"),
        (lambda r: {"report": "甲.pdf"}, "x_few_reports", "such as 甲.pdf; its own are called like"),
        (lambda r: {"start": int(r["start"]) + 1}, "x_few_places", "Leave start and end empty"),
        (lambda r: {"text": "别的话"}, "x_few_places", "load this table itself as statements"),
        (lambda r: {}, None, ""),
    ],
)  # fmt: skip
def test_where_few_rows_match_the_likely_cause_is_said(study, change, key, said):
    db = study(True)
    rows = [{**r, **change(r)} for r in table(db, coder="李梅") if key != "x_few_below" or "/" in r["report"]]
    rows = [r for r in rows if key != "x_few_folder" or "/" in r["report"]]
    taken = import_file(study(), as_csv(rows), coder="李梅")
    few = [r for r in taken.remarks if r.key.startswith("x_few")]
    assert [r.key for r in few] == ([key] if key else [])
    if key:
        assert said in few[0].say("en")
        assert f"{len(rows)}" in few[0].say("zh")
