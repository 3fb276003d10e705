"""jieba as an analyzer: words of a statement with their places, through a dictionary of the field."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from .resources import resource_text

PIECE = 500
# Where clauses end; no word holds one.
STOPS = "，。；：！？,;:"
_OFTEN = 20_000


@cache
def tokenizer() -> Any:
    """Return the jieba tokenizer with the field's words.

    The dictionary is read straight from the package: jieba's cache in the temp folder has a fixed name and is read without asking
    who wrote it, so that a planted file would change the words.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    words = jieba.Tokenizer()
    words.FREQ, words.total = words.gen_pfdict(words.get_dict_file())
    words.initialized = True
    for word in resource_text("dictionary.txt").split():
        words.add_word(word, _OFTEN)
    return words


def words(text: str) -> Iterator[tuple[str, int]]:
    """Give the words of a text with their offsets; blanks and lone punctuation are left out.

    Works on pieces of at most 500 characters, because jieba takes quadratic time on long runs.

    >>> [w for w, _ in words("更新不及时，渠道单一")]
    ['更新', '不及时', '渠道', '单一']
    """
    cut = tokenizer()
    for begin in range(0, len(text), PIECE):
        at = begin
        for word in cut.cut(text[begin : begin + PIECE]):
            if any(c.isalnum() for c in word):
                yield word, at
            at += len(word)
