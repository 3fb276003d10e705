"""Which sentences of a data set are nearly the same, found in parts that are handed on by what they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .alike import grams, heads, joined
from .dataset import Corpus
from .drawn import key
from .jobs import Hands, hand_on, handed, portions
from .meeting import Grams, Ints, Meeting

# Sentences of a part on average, those by which the order of the runs of characters is told, and texts that are cut together.
_PART, _SAMPLE, _TEXTS = 150_000, 50_000, 20_000
Numbers = NDArray[np.int32]


def alike(corpus: Corpus, least: float, shortest: int, hands: Hands, folder: Path) -> tuple[Numbers, Numbers, Numbers, int]:
    """Return of each statement of a data set its report, its start and its cluster (-1: shorter than counts), and the bytes handed on.

    Reports are numbered in the order of the data set, clusters by their first statement: those of `alike.clusters` over all texts.
    Texts are sent to the part that their hash names, where equal ones become one, and these to the parts of their rarest runs of five
    characters, where those alike must meet. `folder` is seen by all hands; here stand three numbers a statement, and no text.
    """
    parts = 1 + corpus_rows(corpus) // _PART
    for name in ("keys", "grams", "meeting"):
        (folder / name).mkdir()
    given = portions(corpus)
    said: list[tuple[Numbers, Numbers, Numbers]] = [_nothing()] * len(given)
    sample: list[list[str]] = [[]] * len(given)
    quota, moved = 1 + _SAMPLE // max(1, len(given)), 0
    for n, (numbers, some, size) in hands.map(keys_of, [(c, at, shortest, folder, n, parts, quota) for n, (c, at) in enumerate(given)]):
        said[n], sample[n], moved = numbers, some, moved + size
    _order(folder, [text for some in sample for text in some])
    ranks: list[list[tuple[Numbers, Numbers]]] = [[] for _ in given]
    offsets = np.zeros(parts + 1, np.int64)
    found: list[list[tuple[Numbers, Numbers]]] = [[]] * parts
    for part, (n, places, size) in hands.map(distinct, [(part, parts, len(given), least, folder) for part in range(parts)]):
        offsets[part + 1], found[part], moved = n, places, moved + size
    offsets = np.cumsum(offsets)
    for part, places in enumerate(found):
        for mine, (code, rank) in zip(ranks, places, strict=True):
            mine.append((code, (rank + offsets[part]).astype(np.int32)))
    number = np.arange(offsets[-1])
    waiting: list[tuple[Ints, Ints]] = []
    for _, pair in hands.map(met, [(part, parts, offsets, least, folder) for part in range(parts)]):
        waiting.append(pair)
        if sum(len(left) for left, _ in waiting) > len(number):
            number = joined(number, *(np.concatenate(side) for side in zip(*waiting, strict=True)))
            waiting = []
    if waiting:
        number = joined(number, *(np.concatenate(side) for side in zip(*waiting, strict=True)))
    clusters = [_cluster(code, mine, number) for (_, _, code), mine in zip(said, ranks, strict=True)]
    at, start = (np.concatenate([part[k] for part in said] or [np.zeros(0, np.int32)]) for k in (0, 1))
    return at, start, _by_first(np.concatenate(clusters or [np.zeros(0, np.int32)])), moved


def corpus_rows(corpus: Corpus) -> int:
    """Return how many statements a data set has."""
    return sum(rows.get("statements", 0) for _, rows in corpus.chunks)


def keys_of(
    corpus: Corpus, before: int, shortest: int, folder: Path, number: int, parts: int, quota: int
) -> tuple[tuple[Numbers, Numbers, Numbers], list[str], int]:
    """Hand on the texts of some chunks; returns report, start and number of the text of each statement, some texts, bytes handed on."""
    import pyarrow as pa

    table = corpus.table("statements", ["report", "start", "text"])
    reports = pd.Index(corpus.table("reports", ["report"])["report"].to_pandas())
    at = reports.get_indexer(table["report"].to_pandas()) + before
    keys = np.array([key((text or "").strip()) for text in table["text"].to_pylist()], dtype=object)
    long = np.array([len(text) >= shortest for text in keys], bool)
    code = np.full(len(keys), -1, np.int32)
    code[long], texts = pd.factorize(keys[long])
    place = (pd.util.hash_array(texts, categorize=False) % np.uint64(parts)).astype(np.int64)
    told = pa.table({"key": pa.array(texts, pa.string()), "code": np.arange(len(texts), dtype=np.int32)})
    moved = hand_on(folder / "keys" / f"{number}.arrow", told, place, parts)
    start = table["start"].fill_null(0).to_numpy().astype(np.int32)
    return (at.astype(np.int32), start, code), texts[:: 1 + len(texts) // quota].tolist(), moved


def distinct(part: int, parts: int, portions: int, least: float, folder: Path) -> tuple[int, list[tuple[Numbers, Numbers]], int]:
    """Make equal texts of a part one and hand on what they are to meet by; returns how many texts there are, which of them the texts
    of each portion are, and the bytes handed on."""
    import pyarrow as pa

    batches = list(handed([folder / "keys" / f"{n}.arrow" for n in range(portions)], part))
    keys = pa.chunked_array([b["key"] for b in batches], pa.string()).to_pandas().to_numpy(object)
    rank, texts = pd.factorize(keys)
    bounds = np.cumsum([0, *(len(b) for b in batches)])
    codes = [np.asarray(b["code"]) for b in batches]
    ranks = [(code, rank[bounds[n] : bounds[n + 1]].astype(np.int32)) for n, code in enumerate(codes)]
    blocks = [grams(texts[at : at + _TEXTS].tolist()) for at in range(0, len(texts), _TEXTS)] or [grams([])]
    indices = np.concatenate([b.indices for b in blocks]).astype(np.int32)
    sizes = np.concatenate([np.diff(b.indptr) for b in blocks]).astype(np.int32)
    begin = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    np.save(folder / "grams" / f"{part}.begin.npy", begin)
    np.save(folder / "grams" / f"{part}.npy", indices)
    owner = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    order = np.lexsort((indices, _counts(folder, indices), owner))
    place = np.arange(len(owner)) - np.repeat(begin[:-1], sizes)
    ahead = place < heads(sizes, least)[owner]
    first = order[ahead]
    told = pa.table({"text": owner[first], "gram": indices[first], "place": place[ahead].astype(np.int32), "size": sizes[owner[first]]})
    moved = hand_on(folder / "meeting" / f"{part}.arrow", told, indices[first] % parts, parts)
    return len(texts), ranks, moved + indices.nbytes + begin.nbytes


def met(part: int, parts: int, offsets: Ints, least: float, folder: Path) -> tuple[Ints, Ints]:
    """Return pairs of texts by which those that are alike, and meet in a part, hang together."""
    batches = list(handed([folder / "meeting" / f"{n}.arrow" for n in range(parts)], part))
    text, gram, place, size = (
        np.concatenate([np.asarray(b[name]).astype(np.int64) + (offsets[n] if name == "text" else 0) for n, b in enumerate(batches)])
        for name in ("text", "gram", "place", "size")
    )
    order = np.lexsort((size, gram))
    begins = np.flatnonzero(np.diff(gram[order], prepend=-1))
    lengths = np.diff(begins, append=len(order))
    kept = np.repeat(lengths > 1, lengths)
    run = np.repeat(np.arange(len(begins)), lengths)[kept]
    order = order[kept]
    ids, local = np.unique(text[order], return_inverse=True)
    room = Meeting(ids, local, place[order], size[order], least, Grams(folder, offsets))
    return room.pairs(np.unique(run, return_inverse=True)[1])


def _order(folder: Path, sample: Sequence[str]) -> None:
    """Keep how often runs of characters are in a sample: any order of them finds all, and the rarest first finds it soonest."""
    found, counts = np.unique(grams(list(sample)).indices, return_counts=True)
    np.save(folder / "order.npy", found[counts > 1].astype(np.int32))
    np.save(folder / "counts.npy", counts[counts > 1].astype(np.int32))


def _counts(folder: Path, indices: Numbers) -> Numbers:
    order, counts = np.load(folder / "order.npy"), np.load(folder / "counts.npy")
    if not len(order):
        return np.zeros(len(indices), np.int32)
    at = np.searchsorted(order, indices).clip(max=len(order) - 1)
    return np.where(order[at] == indices, counts[at], 0).astype(np.int32)


def _cluster(code: Numbers, mine: Sequence[tuple[Numbers, Numbers]], number: Ints) -> Numbers:
    of_code = np.zeros(int(code.max(initial=-1)) + 1, np.int64)
    for codes, places in mine:
        of_code[codes] = number[places]
    return np.where(code < 0, -1, of_code[code.clip(0)] if len(of_code) else -1).astype(np.int32)


def _by_first(cluster: Numbers) -> Numbers:
    """Clusters numbered in the order of their first statements."""
    found, first, inverse = np.unique(cluster[cluster >= 0], return_index=True, return_inverse=True)
    number = np.empty(len(found), np.int32)
    number[np.argsort(first)] = np.arange(len(found))
    out = np.full(len(cluster), -1, np.int32)
    out[cluster >= 0] = number[inverse]
    return out


def _nothing() -> tuple[Numbers, Numbers, Numbers]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32)
