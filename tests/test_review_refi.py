"""REFI-QDA files for NVivo, MAXQDA, ATLAS.ti and others: what they hold, and what comes back when other programs have saved them."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from lxml import etree

from exchange_study import BOOK, NOTE, A, exported, make, states
from gongkai.errors import UserError
from gongkai.read.limits import Limits
from gongkai.review.changes import codebook_of
from gongkai.review.exchange import hold, import_file
from gongkai.review.exchange.bundle import measured, members, packed
from gongkai.review.exchange.xmlfiles import guid

EXPECTED = Path(__file__).parent / "expected"
CODE_GUID = guid("code", "timeliness")


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


# --- REFI-QDA


def repacked(files, change=lambda name, raw: (name, raw), drop=()):
    """A project as another program may save it."""
    inside = members(files["codes.qdpx"], "a", lambda n: True)
    return {"re.qdpx": packed(dict(change(n, c) for n, c in inside.items() if n not in drop))}


def qde(change):
    return lambda name, raw: (name, change(raw.decode("utf-8")).encode("utf-8")) if name.endswith(".qde") else (name, raw)


def sources(change):
    return lambda name, raw: (name, change(raw)) if name.endswith(".txt") else (name, raw)


@pytest.mark.parametrize(("name", "schema"), [("qdc", "refi-codebook"), ("qdpx", "refi-project")])
def test_refi_files_keep_to_the_schema(study, name, schema):
    for coded in (False, True):
        raw = exported(study(coded), name)[f"codes.{name}"]
        xml = members(raw, name, lambda n: n.endswith(".qde"))["project.qde"] if name == "qdpx" else raw
        rules = etree.XMLSchema(etree.parse(EXPECTED / f"{schema}.xsd"))
        assert rules.validate(etree.fromstring(xml)), rules.error_log


def test_refi_files_are_read_by_another_library(study, tmp_path):
    refi = pytest.importorskip("pyrefiqda", reason="needs pyrefiqda, whose models are made of the standard's own schema")
    db = study(True)
    (tmp_path / "a.qdpx").write_bytes(exported(db, "qdpx")["codes.qdpx"])
    (tmp_path / "a.qdc").write_bytes(exported(db, "qdc")["codes.qdc"])
    project = refi.RefiProject.load(tmp_path / "a.qdpx", str(tmp_path / "in"))
    names = {c.guid: c.name for top in project.code_book.codes.code for c in top.code}
    users = {u.guid: u.name for u in project.users.user}
    said = {}
    for source in project.sources.text_source:
        text = (tmp_path / "in" / "Sources" / source.plain_text_path.removeprefix("internal://")).read_bytes().decode("utf-8")
        for s in source.plain_text_selection:
            for c in s.coding:
                words = text[s.start_position : s.end_position]
                said.setdefault((words, users[c.creating_user]), []).append(names[c.code_ref.target_guid])
    assert said["二是人手少，业务不熟。", "李梅"] == ["存在问题", "队伍与能力", "制度机制", "拿不准"]
    assert said["一是𠮷庆栏目公开形式单一；", "李梅"] == ["存在问题", "公开全面性"]
    assert said["二是解读照搬原文。", "gongkai"] == ["语句"]
    assert project.notes.note[0].plain_text_content == NOTE
    book = refi.RefiCodebook.load(tmp_path / "a.qdc")
    assert [[c.name for c in top.code] for top in book.codes.code] == [
        [r.zh for r in BOOK.roles.values()], [t.zh for t in BOOK.themes]
    ]  # fmt: skip


def shifted(windows, mark, units):
    """The places of a project as a program counts them that writes `\\r\\n`, a byte order mark, or counts UTF-16 units."""

    def change(files):
        inside = members(files["codes.qdpx"], "a", lambda n: True)
        root = etree.fromstring(inside["project.qde"])
        for source in root.iter("{*}TextSource"):
            name = "Sources/" + source.get("plainTextPath").removeprefix("internal://")
            text = inside[name].decode("utf-8")
            for s in source.iter("{*}PlainTextSelection"):
                for key in ("startPosition", "endPosition"):
                    before = text[: int(s.get(key))]
                    extra = before.count("\n") * windows + mark + sum(c > "\uffff" for c in before) * units
                    s.set(key, str(int(s.get(key)) + extra))
            inside[name] = ("\ufeff" + text.replace("\n", "\r\n")).encode("utf-8")
        return {"re.qdpx": packed({**inside, "project.qde": etree.tostring(root)})}

    return change


def anew(files):
    """All GUIDs made anew, as by a program that gives its own."""
    fresh: dict[str, str] = {}

    def other(m):
        return fresh.setdefault(m[0], "{" + str(uuid.UUID(int=len(fresh) + 1)).upper() + "}")

    pattern = re.compile(r"(?<=[\"/])[0-9a-f]{8}-[0-9a-f-]{27}")
    changed = repacked(files, qde(lambda t: pattern.sub(other, t).replace('plainTextPath="internal://{', 'plainTextPath="internal://')
                                  .replace("}.txt", ".txt")))  # fmt: skip
    inside = members(changed["re.qdpx"], "a", lambda n: True)
    named = {v: k for k, v in fresh.items()}
    back = {k: v.strip("{}") for v, k in named.items()}
    return (
        {"re.qdpx": packed({re.sub(r"[0-9a-f-]{36}", lambda m: fresh[m[0]].strip("{}"), n): c for n, c in inside.items()})} if back else {}
    )


RESAVED = [
    ("byte order mark", lambda f: repacked(f, sources(lambda raw: b"\xef\xbb\xbf" + raw))),
    ("mark counted", shifted(0, 1, 0)),
    ("line ends of two, counted as one", shifted(0, 0, 0)),
    ("line ends counted as two", shifted(1, 0, 0)),
    ("UTF-16 units", shifted(1, 1, 1)),
    (
        "braces and capitals",
        lambda f: repacked(f, qde(lambda t: re.sub(r'(?<=UID=")([0-9a-f-]{36})', lambda m: "{" + m[1].upper() + "}", t))),
    ),
    ("another namespace", lambda f: repacked(f, qde(lambda t: t.replace("urn:QDA-XML:project:1.0", "urn:QDA-XML:project:1:0")))),
    ("small folder", lambda f: repacked(f, lambda n, c: (n.replace("Sources", "sources").replace("project.qde", "研究.qde"), c))),
    ("GUIDs anew", anew),
    ("text inside", lambda f: inlined(f)),
    ("one selection a coding", lambda f: repacked(f, qde(apart))),
]


def inlined(files):
    inside = members(files["codes.qdpx"], "a", lambda n: True)
    root = etree.fromstring(inside["project.qde"])
    for source in root.iter("{*}TextSource"):
        content = etree.Element("{urn:QDA-XML:project:1.0}PlainTextContent")
        content.text = inside["Sources/" + source.attrib.pop("plainTextPath").removeprefix("internal://")].decode("utf-8")
        source.insert(0, content)
    return {"re.qdpx": packed({"project.qde": etree.tostring(root)})}


def apart(text):
    root = etree.fromstring(text.encode("utf-8"))
    for selection in list(root.iter("{*}PlainTextSelection")):
        for n, child in enumerate(list(selection)[1:]):
            one = etree.SubElement(selection.getparent(), selection.tag, dict(selection.attrib, guid=str(uuid.UUID(int=n))))
            one.append(child)
            selection.getparent().insert(0, one)
    return etree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("save", [s for _, s in RESAVED], ids=[n for n, _ in RESAVED])
def test_projects_that_other_programs_saved(study, save):
    full, empty = study(True), study()
    taken = import_file(empty, save(exported(full, "qdpx")))
    assert taken.refused == ()
    assert states(empty) == states(full)


@pytest.mark.parametrize(
    ("change", "key", "n"),
    [
        (lambda t: t.replace('name="公开时效"', 'name="快慢"'), "x_renamed", 12),
        (lambda t: re.sub(r'guid="[0-9a-f-]+" name="公开时效"', 'guid="00000000-0000-0000-0000-000000000001" name="快慢"', t)
         .replace(CODE_GUID, "00000000-0000-0000-0000-000000000001"), "x_label_unknown", 7),
        (lambda t: t.replace('name="王强"', 'name="DESKTOP\\admin"'), "x_coder_unknown", 9),
        (lambda t: t.replace('startPosition="0"', 'startPosition="3"'), "x_span", 11),
    ],
)  # fmt: skip
def test_what_other_programs_changed_is_named(study, change, key, n):
    full, empty = study(True), study()
    files = repacked(exported(full, "qdpx"), qde(change))
    taken = import_file(empty, files)
    assert {r.key for r in (*taken.refused, *taken.remarks)} == {key}
    assert taken.taken == n


def test_a_text_that_was_edited_is_matched_by_its_words(study):
    full, empty = study(True), study()
    item = hold(full).items[1]

    def insert(files):
        inside = members(files["codes.qdpx"], "a", lambda n: True)
        root = etree.fromstring(inside["project.qde"])
        source = next(s for s in root.iter("{*}TextSource") if s.get("name") == A)
        for s in source.iter("{*}PlainTextSelection"):
            for key in ("startPosition", "endPosition"):
                s.set(key, str(int(s.get(key)) + 3))
        name = "Sources/" + source.get("plainTextPath").removeprefix("internal://")
        inside[name] = "附注：".encode() + inside[name]
        return {"re.qdpx": packed({**inside, "project.qde": etree.tostring(root)})}

    taken = import_file(empty, insert(exported(full, "qdpx")))
    assert "x_text_edited" in {r.key for r in taken.remarks}
    assert states(empty)[item.at, "李梅"] == states(full)[item.at, "李梅"]
    # These words stand in two statements of the report.
    assert {r.key for r in taken.refused} <= {"x_span"}


def bomb(megabytes):
    return packed({"project.qde": b"<a/>", "Sources/a.txt": b"\0" * (megabytes << 20)})


HOSTILE = '<!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/passwd">]><Project><Users><User name="&x;"/></Users></Project>'


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a.qdpx": packed({"project.qde": HOSTILE.encode()})}, "entit"),
        ({"a.qdc": HOSTILE.replace("&x;", "").encode()}, "entities"),
        ({"a.qdpx": packed({"../../project.qde": b"<Project/>"})}, "leads out"),
        ({"a.qdpx": packed({"/etc/project.qde": b"<Project/>"})}, "leads out"),
        ({"a.qdpx": packed({"C:\\project.qde": b"<Project/>"})}, "leads out"),
        ({"a.zip": packed({"..\\..\\a.jsonl": b"{}"})}, "leads out"),
        ({"a.qdpx": packed({"project.qde": b"<Project>" + b"<a>" * 300 + b"</a>" * 300 + b"</Project>"})}, "no XML"),
        ({"a.qdpx": packed({"project.qde": b'<Project><Sources><TextSource plainTextPath="absolute:///etc/passwd"/></Sources></Project>'})},
         "outside"),
        ({"a.qdpx": packed({"project.qde": b"<CodeBook/>"})}, "no REFI-QDA project"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused(study, files, says):
    with pytest.raises(UserError, match=says):
        import_file(study(), files)


def test_what_a_file_may_inflate_to_is_limited():
    for call in (
        lambda: members(bomb(2), "a.qdpx", lambda n: True, Limits(inflated=1)),
        lambda: measured(bomb(2), "a.xlsx", Limits(inflated=1)),
    ):
        with pytest.raises(UserError, match="more than 1 MB"):
            call()
    with pytest.raises(UserError, match="more than 2"):
        members(packed({str(n): b"" for n in range(3)}), "a.zip", lambda n: True, Limits(members=2))


# --- codebooks


def test_a_codebook_comes_back_as_the_next_version(study):
    db = study()
    raw = exported(db, "qdc")["codes.qdc"].decode("utf-8")
    raw = raw.replace('name="公开时效"', 'name="快慢"').replace("部分栏目更新拖后", "更新不勤")
    raw = re.sub(r"<Code guid=\"[0-9a-f-]+\" name=\"进展不平衡\".*?</Code>", "", raw, flags=re.S)
    new = '<Code guid="{00000000-0000-0000-0000-00000000000A}" name="数字化" isCodable="true"><Description>系统建设。</Description></Code>'
    files = {"NVivo.qdc": raw.replace("</Code>\n    </Code>\n  </Codes>", f"</Code>{new}</Code></Codes>").encode("utf-8")}
    with pytest.raises(UserError, match="--alias 数字化=new_id"):
        import_file(db, files, coder="李梅")
    taken = import_file(db, files, coder="李梅", aliases={"数字化": "digital"})
    assert [r.key for r in taken.remarks] == ["x_qdc_kept", "x_qdc_gone", "x_qdc_taken"]
    book = codebook_of(db)
    themes = {t.id: t for t in book.themes}
    assert book.version == BOOK.version + 1
    assert (themes["timeliness"].zh, themes["timeliness"].en, themes["timeliness"].examples[0]) == ("快慢", "timeliness", "更新不勤")
    assert (themes["digital"].definition, "imbalance" in themes, book.rules, book.roles) == ("系统建设。", False, BOOK.rules, BOOK.roles)
    assert {t: themes[t] for t in BOOK.theme_ids if t in themes and t != "timeliness"} == {
        t.id: t for t in BOOK.themes if t.id not in ("timeliness", "imbalance")
    }
