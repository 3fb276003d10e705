"""Studies for the tests of the review: a small one of the invented reports, and a large one made without a model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import gongkai
from gongkai.review.changes import State, add_coder, code
from gongkai.review.given import codebook_yaml
from gongkai.review.load import load_inputs
from gongkai.review.predict import ModelFacts, add_model
from gongkai.review.store import now, open_study, writing

REPORTS = Path(__file__).parent.parent / "corpus" / "reports"
ROLES = ("problem", "measure", "other")
THEMES = ("timeliness", "depth", "channels", "capacity")
# Every sentence is as long, so that offsets are easy to tell.
SENTENCE, GAP = 24, 1


def quick(path: str | Path) -> sqlite3.Connection:
    """A study that does not wait for the disk, as tests need not; what it writes is the same."""
    db = open_study(path)
    db.execute("PRAGMA synchronous = OFF")
    return db


def small_study(path: str | Path, coders: Iterable[str] = ("甲", "乙"), reports: Sequence[str | Path] = (REPORTS,)) -> sqlite3.Connection:
    """A study of the invented reports (16 of them, 173 statements), coded by the shipped model, with coders."""
    db = quick(path)
    load_inputs(db, reports)
    for name in coders:
        add_coder(db, name)
    return db


def large_study(path: str | Path, n: int, coders: Iterable[str] = ("甲", "乙"), per_report: int = 20) -> sqlite3.Connection:
    """A study of `n` invented statements with predictions of no real model, made in about a second a hundred thousand."""
    db = quick(path)
    sections, statements, predictions = [], [], []
    reports = range((n + per_report - 1) // per_report)
    for r in reports:
        texts = [_sentence(i) for i in range(r * per_report, min(n, (r + 1) * per_report))]
        heading = "五、存在的主要问题及改进情况\n"
        whole = heading + "\n".join(texts)
        sections.append((r + 1, _name(r), len(heading), len(whole), whole))
        for k, text in enumerate(texts):
            at = len(heading) + k * (SENTENCE + GAP)
            statements.append((r * per_report + k + 1, _name(r), r + 1, at, at + SENTENCE, text))
    for i in range(1, n + 1):
        role, themes = codes_for(i)
        doubt = round(i * 7919 % 10_007 / 10_007, 4)
        predictions.append((i, role, json.dumps(themes), 0.9, json.dumps(dict.fromkeys(themes, 0.8)), doubt))
    with writing(db):
        book = codebook_yaml(gongkai.load_codebook())
        db.execute("INSERT INTO codebooks (yaml, sha256, at) VALUES (?, '', ?)", (book, now()))
        model = add_model(db, ModelFacts("invented", "0" * 64))
        about = [(_name(r), f"云渚市第{r % 97}街道", 2015 + r % 10, "街道", "云渚市") for r in reports]
        db.executemany("INSERT INTO reports (id, body, year, level, region) VALUES (?, ?, ?, ?, ?)", about)
        db.executemany(
            "INSERT INTO sections (id, report, kind, number, title, start, body_start, end, text)"
            " VALUES (?, ?, 'problems', 5, '存在的主要问题及改进情况', 0, ?, ?, ?)",
            sections,
        )
        db.executemany(
            "INSERT INTO statements (id, report, section, kind, start, end, text) VALUES (?, ?, ?, 'problems', ?, ?, ?)", statements
        )
        db.executemany(
            f"INSERT INTO predictions (statement, model, role, themes, role_score, theme_scores, doubt) VALUES (?, {model}, ?, ?, ?, ?, ?)",
            predictions,
        )
    for name in coders:
        add_coder(db, name)
    return db


def entered(client, app):
    """A client of an application that has come through its door, as the address that the program prints leads a browser."""
    client.get("/", params={"key": app.state.key}, follow_redirects=False)
    return client


def codes_for(i: int) -> tuple[str, list[str]]:
    """Codes for statement `i` that keep the codebook's rules."""
    role = ROLES[i % 3]
    return role, [] if role == "other" else [THEMES[i % 4]] if i % 5 else [THEMES[i % 4], THEMES[(i + 1) % 4]]


def coded(i: int) -> State:
    """A coded state for statement `i`."""
    role, themes = codes_for(i)
    return State(role, tuple(themes), "coded")


def code_some(db: sqlite3.Connection, coder: str, statements: Iterable[int]) -> None:
    """Let a coder code statements, a change each."""
    for i in statements:
        code(db, i, coder, coded(i))


def code_many(db: sqlite3.Connection, coder: str, statements: Sequence[int]) -> None:
    """Let a coder have coded thousands of statements, in one transaction: quicker, and the same rows."""
    with writing(db):
        first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM changes").fetchone()[0]
        before, states = State().json(), [coded(i) for i in statements]
        db.executemany(
            "INSERT INTO changes (id, at, coder, kind, statement, before, after, codebook, model) VALUES (?, ?, ?, 'code', ?, ?, ?, 1, 1)",
            [(first + n, now(), coder, i, before, s.json()) for n, (i, s) in enumerate(zip(statements, states, strict=True))],
        )
        db.executemany(
            "INSERT INTO codes VALUES (?, ?, ?, ?, 'coded', '', ?)",
            [(i, coder, s.role, json.dumps(s.themes), first + n) for n, (i, s) in enumerate(zip(statements, states, strict=True))],
        )


def _sentence(i: int) -> str:
    text = f"{i % 9 + 1}.第{i}号栏目的消息总要拖上许久才挂到网页上面来"
    return text[: SENTENCE - 1].ljust(SENTENCE - 1, "啊") + "。"


def _name(report: int) -> str:
    return f"{report % 10}/云渚市{report:06d}.txt"
