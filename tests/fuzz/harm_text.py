"""Ways to harm what is text: reports, codebooks, tables of texts, and what a model or a study says of itself."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
import tempfile
import unicodedata
import warnings
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from harm import ENCODINGS, NUMBERS, SIGNS, scar, shuffled, zipped

UNITS: list[str] = [
    u for row in yaml.safe_load((Path(__file__).parents[2] / "benchmarks" / "hostile.yaml").read_text("utf-8")) for u in row
]
_LINES = (
    "五、存在的主要问题及改进情况",
    "一、总体情况", "六、其他需要报告的事项", "二、", "（一）", "目录", "2021年度", "二〇九九年", "99999999999年", "- 1 -",
    "[bookmark: _GoBack]", "| --- | --- |", "年度报告", "</script><script>alert(1)</script>", "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)",
    "[" * 300,
)  # fmt: skip


def text(rng: Random, raw: bytes) -> bytes:
    """Headings moved and doubled, signs that no line should hold, other encodings, halves of characters, runs without end."""
    words = raw.decode("utf-8")
    match rng.randrange(8):
        case 0:
            return scar(rng, raw)
        case 1:
            return scar(rng, words.encode(rng.choice(ENCODINGS), "replace"))
        case 2:
            words = "\n".join(shuffled(rng, words.split("\n"), _LINES, 12))
        case 3:
            for _ in range(rng.randint(1, 12)):
                at = rng.randrange(len(words))
                words = words[:at] + rng.choice(SIGNS) + words[at:]
        case 4:
            at = rng.randrange(len(words))
            words = words[:at] + (rng.choice(UNITS) + rng.choice(UNITS)) * rng.choice((10, 500, 5000)) + words[at:]
        case 5:
            words = rng.choice(("", " ", "\n", "　", "\u200b")).join(words.split("\n") if rng.random() < 0.5 else words)
        case 6:
            words = unicodedata.normalize(rng.choice(("NFKD", "NFD", "NFKC")), words)
        case _:
            halves = words.replace("\n", rng.choice(("\ud800", "\udfff\n", "\udfff\ud800")), rng.randint(1, 9))
            return halves.encode(rng.choice(("utf-8", "utf-16", "utf-16-le")), "surrogatepass")
    return words.encode(rng.choice(("utf-8", "utf-8", "gb18030", "utf-16")), "replace")


def rows(rng: Random, raw: bytes) -> bytes:
    """A table of texts with other values, keys and ends."""
    if raw.startswith(b"PAR1") or rng.random() < 0.3:
        return scar(rng, raw)
    if not raw.startswith(b"{"):
        return b"".join(shuffled(rng, re.findall(rb"[^,\"\n]+|.", raw, re.DOTALL), (b'"', b",", b"\n", b"\x00", b";", b"\xff"), 12))
    lines = [json.loads(line) for line in raw.splitlines()]
    changed = "\n".join(json.dumps(altered(rng, line)) for line in lines)
    return re.sub("更", lambda m: rng.choice(("\\ud800", "\\u0000", m[0])), changed).encode("utf-8")


_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1.5, float("nan"), float("inf"), "", "甲", "\x00", "\ud800", "</script><script>alert(1)</script>", [],
    [[]], {}, {"a": 1}, [1, 2], ["a", "a"], "x" * 100_000, [None], {"": []}, "=1+1", "../../x",
)  # fmt: skip


def altered(rng: Random, value: Any, most: int = 3) -> Any:
    """Plain data with some of its values lost, renamed, nested, or of another kind."""
    out = json.loads(json.dumps(value))
    for _ in range(rng.randint(1, most)):
        holder: Any = None
        key: Any = None
        at = out
        while isinstance(at, dict | list) and at and (holder is None or rng.random() < 0.8):
            holder, key = at, rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
            at = holder[key]
        if holder is None:
            return rng.choice(_VALUES)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[str(rng.choice(_VALUES))] = holder.pop(key)
            case 2:
                holder[key] = [holder[key]]
            case 3 if isinstance(holder, list):
                holder.insert(key, holder[key])
            case 4 if isinstance(at, int | float):
                holder[key] = rng.choice((0, -at, at + 1, at * 10**6, 2**70, float("nan")))
            case _:
                holder[key] = rng.choice(_VALUES)
    return out


def _array(rng: Random, array: np.ndarray) -> np.ndarray:
    match rng.randrange(9):
        case 0:
            return array.astype(rng.choice(["float64", "int8", "complex64", "bool", "U8", ">f4"]))
        case 1:
            return array.astype(object)
        case 2:
            return array.reshape(-1)
        case 3:
            return array[:-1]
        case 4:
            return np.concatenate([array, array])
        case 5:
            return array.T
        case 6:
            return array * np.float32(rng.choice([1e30, -1e38, 0, -1]))
        case 7:
            return np.zeros((0,), dtype=np.float32)
    out = array.copy()
    out.reshape(-1)[rng.randrange(out.size) if out.size else slice(0)] = rng.choice([np.nan, np.inf, -np.inf, 3e38])
    return out


def model(rng: Random, files: dict[str, bytes]) -> dict[str, bytes]:
    """A model with other weights, facts, shapes and kinds; mostly with the hash that belongs to them."""
    out = dict(files)
    way = rng.randrange(6)
    if way == 0:
        name = rng.choice(sorted(out))
        out[name] = scar(rng, out[name])
    elif way in (1, 2):
        out["model.json"] = json.dumps(altered(rng, json.loads(out["model.json"]))).encode()
    elif way == 3:
        out["weights.npz"] = zipped(rng, out["weights.npz"], scar)
    else:
        arrays = dict(np.load(io.BytesIO(out["weights.npz"])))
        for name in rng.sample(sorted(arrays), rng.randint(1, 2)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                arrays[name] = _array(rng, arrays[name])
            if rng.random() < 0.1:
                arrays[rng.choice(sorted(arrays))] = arrays.pop(name)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        out["weights.npz"] = buffer.getvalue()
    if rng.random() < 0.9:
        out["model.json"] = re.sub(
            rb'("weights.npz": ?)"[0-9a-f]{64}"',
            rb'\1"' + hashlib.sha256(out["weights.npz"]).hexdigest().encode() + b'"',
            out["model.json"],
        )
    return out


_YAML = (
    "&a", "*a", "*nope", "!!int abc", "!!float x", "!!bool x", "!!timestamp x", "!!python/object/apply:os.system [ls]", "!!set {a}",
    "!!omap [a: 1]", "2021-99-99", "0b", "1:99", ".nan", "<<: *a", "? [a]\n: 1", "---", "...", "%TAG ! x", "|", ">-", "'", '"', "\t",
    "{", "}", "[", "]", ": ", "- ", '"\\ud800"', '"\\Uffffffff"', '"\\x00"', "=", "~", "null", "yes", "<b>",
    "</script><script>alert(1)</script>", "[" * 2000, "- " * 2000, "a: " * 50,
)  # fmt: skip
_TOKENS = re.compile(r"\s+|[\w.]+|.", re.DOTALL)


def codebook(rng: Random, source: str) -> str:
    """A codebook with keys twice, values of other kinds, aliases, depth, tags and long texts."""
    match rng.randrange(6):
        case 0:
            return scar(rng, source.encode()).decode("utf-8", "replace")
        case 1:
            return yaml.safe_dump(_yaml_fit(altered(rng, yaml.safe_load(source))), allow_unicode=rng.random() < 0.5, sort_keys=False)
        case 2:
            lines = source.split("\n")
            return "\n".join(shuffled(rng, lines, lines))
        case 3:
            fan = rng.randint(2, 12)
            laughs = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}' if i else 'x'] * fan)}]\n" for i in range(rng.randint(2, 12)))
            return laughs + source + rng.choice(("", "x: *l1\n", "rules: [*l1, *l1]\n", "<<: *l1\n"))
        case 4:
            spot = rng.choice([m.span() for m in re.finditer(r"[一-鿿]+|\d+", source)])
            return source[: spot[0]] + rng.choice((*NUMBERS, *_YAML, "9" * 5000, "很" * 50_000, *SIGNS)) + source[spot[1] :]
    return "".join(shuffled(rng, _TOKENS.findall(source), _YAML))


def _yaml_fit(value: Any) -> Any:
    """What PyYAML can write: no numbers beyond its limit."""
    if isinstance(value, dict):
        return {k: _yaml_fit(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_yaml_fit(v) for v in value]
    return "9" * 400 if isinstance(value, int) and value > 10**300 else value


def study(rng: Random, raw: bytes) -> bytes:
    """A study whose bytes, tables or cells are not what they were."""
    if rng.random() < 0.5:
        # Mostly past the first page, without which it is no database at all.
        return scar(rng, raw) if rng.random() < 0.2 else raw[:100] + scar(rng, raw[100:])
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "study.db"
        file.write_bytes(raw)
        db = sqlite3.connect(file, isolation_level=None)
        try:
            db.execute("PRAGMA foreign_keys = OFF")
            # SQLite's own chance would be another every time.
            db.create_function("random", 0, lambda: rng.getrandbits(31))
            db.execute("PRAGMA ignore_check_constraints = ON")
            db.execute("PRAGMA journal_mode = DELETE")
            tables = [r[0] for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
            for _ in range(rng.randint(1, 3)):
                _alter(rng, db, rng.choice(tables))
        finally:
            db.close()
        return file.read_bytes()


def _alter(rng: Random, db: sqlite3.Connection, table: str) -> None:
    columns = [r[1] for r in db.execute(f"PRAGMA table_info({table})")]
    if not columns:
        # It is gone already.
        return
    try:
        match rng.randrange(8):
            case 0:
                db.execute(f"DROP TABLE {table}")
            case 1:
                db.execute(f"DELETE FROM {table} WHERE random() % 2")
            case 2:
                db.execute(f"ALTER TABLE {table} RENAME COLUMN {rng.choice(columns)} TO other")
            case 3:
                db.execute(f"PRAGMA user_version = {rng.choice((0, 1, 3, -1, 2**31 - 1))}")
            case _:
                values = (
                    None,
                    -1,
                    2**62,
                    1.5,
                    "",
                    "甲",
                    "{",
                    "[]",
                    b"\xff\x00",
                    "\x00",
                    "x" * 100_000,
                    "</script><script>alert(1)</script>",
                    "NaN",
                )
                db.execute(f"UPDATE {table} SET {rng.choice(columns)} = ? WHERE random() % 3 = 0", (rng.choice(values),))
    except sqlite3.Error:
        # What the tables themselves refuse is no harm.
        return
