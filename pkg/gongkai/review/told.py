"""Errors as a page tells them: in the language of the reader, where it is known how."""

from __future__ import annotations

import re
from functools import cache

from ..resources import data

# Whole messages, and the clauses that some are made of: those of YAML and of what a codebook or a sample breaks.
_WHOLE, _CLAUSES = "study_errors.yaml", "study_errors_clauses.yaml"


@cache
def _templates(name: str) -> list[tuple[re.Pattern[str], str]]:
    found = []
    for english, chinese in data(name).items():
        # What is one clause fits no more than one.
        value = "(.*?)" if name == _WHOLE or "; " in english else "((?:(?![;:] ).)*?)"
        found.append((re.compile(value.join(re.escape(part) for part in english.split("{}")), re.DOTALL), chinese))
    return found


class _Value(str):
    """A value in a message, whose clauses are told where the template asks for it: `{0:told}`."""

    __slots__ = ()

    def __format__(self, how: str) -> str:
        return _clauses(self) if how == "told" else format(str(self), how)


def _fitting(message: str, *names: str) -> str | None:
    found = [(len(p.pattern), zh, m) for name in names for p, zh in _templates(name) if (m := p.fullmatch(message))]
    if not found:
        return None
    # Of two templates that fit, the longer one says more.
    _, chinese, match = max(found, key=lambda f: f[:2])
    return chinese.format(*map(_Value, match.groups()))


def _each(message: str, between: str, mark: str) -> str | None:
    """Several messages in one, where each is known."""
    parts = [_fitting(part, _WHOLE) for part in message.split(between)]
    return mark.join(filter(None, parts)) if len(parts) > 1 and all(parts) else None


def _clauses(text: str) -> str:
    if whole := _each(text, "; ", "；") or _fitting(text, _CLAUSES, _WHOLE):
        return whole
    for between, mark in (("; ", "；"), (": ", "：")):
        if between in text:
            first, rest = text.split(between, 1)
            return f"{_clauses(first)}{mark}{_clauses(rest)}"
    return text


def told(message: str, language: str) -> str:
    """Return an error's message in a language; as it is where no other words for it are known.

    >>> told("there is no statement 7 in this study; reload the page", "zh")
    '研究库里没有第 7 号语句；请重新载入页面'
    >>> told("role 'other' carries no theme, but has depth; theme 'general' stands alone, but has company", "zh")
    "'other' 不编主题，却编了 depth；'general' 只能单独用"
    """
    if language == "en":
        return message
    return _each(message, "\n", "\n") or _each(message, "; ", "；") or _fitting(message, _WHOLE) or message
