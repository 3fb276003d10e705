"""Errors as a page tells them: in the language of the reader, where it is known how."""

from __future__ import annotations

import re
from functools import cache

from ..resources import data


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile("(.*)".join(re.escape(part) for part in english.split("{}")), re.DOTALL), chinese)
        for english, chinese in data("study_errors.yaml").items()
    ]


def told(message: str, language: str) -> str:
    """Return an error's message in a language; as it is where no other words for it are known.

    >>> told("there is no statement 7 in this study; reload the page", "zh")
    '研究库里没有第 7 号语句；请重新载入页面'
    """
    if language == "en":
        return message
    found = [(len(p.pattern), chinese.format(*m.groups())) for p, chinese in _templates() if (m := p.fullmatch(message))]
    # Of two templates that fit, the longer one says more.
    return max(found)[1] if found else message
