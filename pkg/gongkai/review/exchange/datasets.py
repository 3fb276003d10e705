"""A dataset folder as Hugging Face lays it out: Parquet files, a card that tells their features, and the codebook."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from ...export import table_bytes
from .held import Held
from .names import Names
from .rows import Reading, word
from .tables import frame_of, read_parquet

_STATEMENTS, _SECTIONS = "data/statements.parquet", "data/sections.parquet"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_dataset(held: Held) -> dict[str, bytes]:
    """Return the files of the folder: `data/*.parquet`, `README.md`, `codebook.yaml`."""
    import pandas as pd

    sections = pd.DataFrame(
        [(p.report, p.kind, p.title, p.start, p.end, p.text) for p in held.parts],
        columns=["report", "kind", "title", "start", "end", "text"],
    )
    tables = {_STATEMENTS: table_bytes(frame_of(held), _STATEMENTS), _SECTIONS: table_bytes(sections, _SECTIONS)}
    book = held.book.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return {
        **tables,
        "codebook.yaml": yaml.safe_dump(book, allow_unicode=True, sort_keys=False, width=140).encode("utf-8"),
        "README.md": _card(held, tables).encode("utf-8"),
    }


def _card(held: Held, tables: Mapping[str, bytes]) -> str:
    rows = len(frame_of(held))
    infos = [_info(name, content) for name, content in tables.items()]
    head = {
        "language": ["zh"],
        "pretty_name": word("x_card_title"),
        "task_categories": ["text-classification"],
        "tags": ["content-analysis", "open-government-information"],
        "size_categories": [next((name for most, name in _SIZES if rows < most), "1M<n<10M")],
        "configs": [
            {"config_name": i["config_name"], "data_files": [{"split": "train", "path": path}]} | ({"default": True} if not n else {})
            for n, (i, path) in enumerate(zip(infos, tables, strict=True))
        ],
        "dataset_info": infos,
    }
    names = sorted({c.coder for c in held.codes})
    facts = {
        "statements": len(held.items),
        "rows": rows,
        "reports": len(held.of_report),
        "codes": len(held.codes),
        "coders": ", ".join(names) or "-",
    }
    book = [
        *((i, r.zh, r.en, r.definition) for i, r in held.book.roles.items()),
        *((t.id, t.zh, t.en, t.definition) for t in held.book.themes),
    ]
    codes = "\n".join(f"| `{i}` | {zh} | {en} | {_cell(definition)} |" for i, zh, en, definition in book)
    front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False)
    return f"---\n{front}---\n\n{word('x_card', version=held.book.version, codes_table=codes, **facts)}\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _info(name: str, content: bytes) -> dict[str, Any]:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    return {
        "config_name": name.removeprefix("data/").removesuffix(".parquet"),
        "features": [_feature(f.name, f.type) for f in table.schema],
        "splits": [{"name": "train", "num_bytes": table.nbytes, "num_examples": table.num_rows}],
        "download_size": len(content),
        "dataset_size": table.nbytes,
    }


def _feature(name: str, kind: Any) -> dict[str, Any]:
    import pyarrow.types as types

    if types.is_list(kind) or types.is_large_list(kind):
        return {"name": name, "sequence": _dtype(kind.value_type)}
    return {"name": name, "dtype": _dtype(kind)}


def _dtype(kind: Any) -> str:
    import pyarrow.types as types

    # A column without any value has a type of its own, which the library calls null.
    named = {"double": "float64"}
    return "string" if types.is_string(kind) else "large_string" if types.is_large_string(kind) else named.get(str(kind), str(kind))


def read_dataset(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read the statements of a dataset folder, or any other Parquet file in it that has their columns."""
    tables = {n: c for n, c in files.items() if n.endswith(".parquet")}
    first: Sequence[str] = [n for n in tables if n.endswith(_STATEMENTS)] or [n for n in tables if not n.endswith(_SECTIONS)]
    return read_parquet({n: tables[n] for n in (first or list(tables))[:1]} or files, held, names)
