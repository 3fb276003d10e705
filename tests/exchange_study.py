"""Studies of a few invented statements for the tests of exchange: two sections, Windows line ends, a report without its text."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

import gongkai
from gongkai.records import SEGMENT_COLUMNS, TAG_COLUMNS
from gongkai.review.changes import SETTLED, State, add_coder, code
from gongkai.review.exchange import FORMATS, Format, export, hold
from gongkai.review.load import load_tables
from gongkai.review.store import open_study

BOOK = gongkai.load_codebook()
A, B, C = "临沚县2021年.txt", "柳泉县/青禾镇2020年.txt", "云渚市2019年.txt"
TEXTS = {
    # Two sections that follow each other.
    A: (
        ("problems", "五、存在的问题\n（一）主要问题\n（1）部分栏目更新不及时；二是人手少，业务不熟。\n部分栏目更新不及时；\n"),
        ("measures", "六、改进措施\n下一步加强培训，及时更新。\n"),
    ),
    # Line ends of Windows, and a character that is two units of UTF-16.
    B: (("problems", "五、存在的问题\r\n一是𠮷庆栏目公开形式单一；二是解读照搬原文。\r\n下一步丰富公开渠道。\r\n"),),
    # No section: only the statements are known.
    C: (),
}
SAID = {
    A: ["（1）部分栏目更新不及时；", "二是人手少，业务不熟。", "部分栏目更新不及时；", "下一步加强培训，及时更新。"],
    B: ["一是𠮷庆栏目公开形式单一；", "二是解读照搬原文。", "下一步丰富公开渠道。"],
    C: ["一是公开面不宽；", "二是公开面不宽；", "一是公开面不宽；"],
}
NOTE = "人手还是能力？\n再看“一遍”,;\t=1+1 <b>"
CODES = [
    (0, "李梅", State("problem", ("timeliness",), "coded")),
    (1, "李梅", State("problem", ("capacity", "mechanism"), "unsure", NOTE)),
    (2, "李梅", State(None, (), "skipped")),
    (3, "李梅", State("measure", ("timeliness", "capacity"), "coded", "两个都有")),
    (4, "李梅", State("problem", (), "open")),
    (5, "李梅", State(None, (), "open", "只有备注")),
    (7, "李梅", State("problem", ("coverage",), "coded")),
    (9, "李梅", State("other", (), "coded")),
    (0, "王强", State("problem", ("timeliness", "coverage"), "coded")),
    (3, "王强", State("measure", ("timeliness", "capacity"), "coded")),
    (6, "王强", State(None, ("channels",), "open")),
    (0, SETTLED, State("problem", ("timeliness",), "coded")),
]


def frames():
    statements, sections = [], []
    for report, parts in TEXTS.items():
        text, at = "".join(t for _, t in parts), 0
        for kind, part in parts:
            sections.append((report, kind, 5, part.partition("\n")[0].strip(), at, at, at + len(part), 0.9, [], part))
            at += len(part)
        at = 0
        for said in SAID[report]:
            at = text.index(said, at) if text else at
            kind = next((s[1] for s in sections if s[0] == report and s[4] <= at < s[6]), "problems")
            place = (
                report,
                report[:3],
                int(re.search(r"\d{4}", report)[0]),
                "县区",
                None,
                kind,
                ["五、存在的问题"],
                at,
                at + len(said),
                said,
            )
            statements.append((*place, None, [], None, {}, []))
            at += len(said) + (0 if text else 1)
    return pd.DataFrame(statements, columns=list(TAG_COLUMNS)), pd.DataFrame(sections, columns=list(SEGMENT_COLUMNS))


@cache
def _written(coded: bool, coders: tuple[str, ...]) -> bytes:
    """The file of a study, made once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.db"
        db = open_study(file)
        load_tables(db, *frames(), codebook=BOOK)
        for name in coders:
            add_coder(db, name)
        ids = [i.id for i in hold(db).items]
        for n, coder, state in CODES if coded else ():
            assert code(db, ids[n], coder, state, kind="settle" if coder == SETTLED else "code")
        db.close()
        return file.read_bytes()


def make(file: Path, coded: bool = False, coders: tuple[str, ...] = ("李梅", "王强")) -> sqlite3.Connection:
    """A study of the statements, with `CODES` or without any."""
    file.write_bytes(_written(coded, coders))
    return open_study(file)


def states(db):
    """What each coder says of each statement."""
    return {(c.item.at, c.coder): c.state for c in hold(db).codes}


def sent(files, format: Format, name="codes"):
    """What was exported as it is given back: without what goes beside the file."""
    return dict(files) if format.folder else {name + format.ending: files[""]}


def exported(db, name, **more):
    """The file of a format, of one coder where it holds no more."""
    format = FORMATS[name]
    return sent(export(db, format, **({} if format.several else {"coder": "李梅"}) | more), format)
