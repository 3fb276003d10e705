"""When a coder's statements are scored by machine code, and why they are not where scikit-learn does it."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import RLock
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .compiled import installed
from .dictionary import Dictionary, dictionary
from .flat import CannotCompile, Flat, flat
from .scorer import margins
from .words import tokenizer

# Starting the machine code takes as long as so many statements with scikit-learn.
_PAYS = 2000
# Elsewhere scipy may be built with multiply-and-add in one rounding, so that the last bits differ.
SAME_BITS = platform.machine().lower() in ("x86_64", "amd64")
_NEAR = 0.0 if SAME_BITS else 1e-5
_CHECKED = 32
_LOCK = RLock()


@dataclass(slots=True)
class _State:
    """What is known of one fitted coder: what it was compiled from, how many statements it scored, its arrays, or what is against."""

    learned: tuple[Any, ...]
    scored: int = 0
    flat: Flat | None = None
    against: str = ""


class Fast:
    """A StatementCoder's side of the machine code: made when it pays, never saved, copied or pickled.

    Where the processor is x86-64 both ways give the same bits, and the machine code takes over from scikit-learn once a coder has
    enough statements to score. Elsewhere it scores all statements or none, so that scores never depend on how many there are.
    """

    _fast: _State

    @property
    def scored_by(self) -> str:
        """What scores the statements: `machine code`, or `scikit-learn` with the reason."""
        check_is_fitted(self, "theme_coef_")
        if not installed():
            return "scikit-learn: numba is not installed (pip install gongkai[fast])"
        state = self._state()
        if state.against:
            return f"scikit-learn: {state.against}"
        return "machine code" if state.flat else "scikit-learn: too few statements so far for the machine code to pay"

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {k: v for k, v in state.items() if k != "_fast"}

    def _state(self) -> _State:
        coder: Any = self
        names = ("role_coef_", "role_intercept_", "theme_coef_", "theme_intercept_")
        learned = (*(getattr(coder, n) for n in names), coder.text_.vectorizers_, coder.context_.vectorizers_, coder.place)
        state = self.__dict__.get("_fast")
        if state is None or any(a is not b for a, b in zip(state.learned, learned, strict=True)):
            state = self._fast = _State(learned)
        return state

    def machine(self) -> tuple[Flat, Dictionary] | None:
        """Return the arrays and jieba's tables where the machine code scores the coder's statements by now."""
        made = self._state().flat if installed() else None
        words = _dictionary_now() if made else None
        return (made, words) if made and words else None

    def _by_machine(self, rows: Mapping[str, Sequence[Any]]) -> np.ndarray | None:
        """Margins by machine code; None where scikit-learn is to score them."""
        if not installed():
            return None
        state = self._state()
        with _LOCK:
            state.scored += len(rows["text"])
            if not state.flat and not state.against and len(rows["text"]) and (state.scored >= _PAYS or not SAME_BITS):
                self._start(state, rows)
        return self._margins_by(state.flat, rows) if state.flat else None

    def _margins_by(self, made: Flat, rows: Mapping[str, Sequence[Any]]) -> np.ndarray | None:
        words = _dictionary_now() if made.of_words.longest else None
        return margins(made, words, self, rows) if words or not made.of_words.longest else None

    def _start(self, state: _State, rows: Mapping[str, Sequence[Any]]) -> None:
        """Make the arrays, and take them only where they score some of the statements as scikit-learn does."""
        some = np.linspace(0, len(rows["text"]) - 1, min(_CHECKED, len(rows["text"])), dtype=int)
        given = {k: [v[i] for i in some] for k, v in rows.items()}
        try:
            made = flat(self)
            scores = self._margins_by(made, given)
        except CannotCompile as reason:
            state.against = str(reason)
        except Exception as error:
            # Whatever numba meets with on a machine or a version that nobody has tried, scikit-learn still scores.
            state.against = f"the machine code does not start here ({type(error).__name__}: {error})"
        else:
            usual: np.ndarray = self._by_sklearn(given)  # type: ignore[attr-defined]
            if scores is not None and not (apart := np.abs(scores - usual).max()) <= _NEAR:
                state.against = f"on this machine the machine code scores differently, by {apart:.1g}"
            elif scores is not None:
                state.flat = made


def _dictionary_now() -> Dictionary | None:
    """jieba's tables as they are now; None where another program part has told jieba to split words by force."""
    from jieba import finalseg

    words = tokenizer()
    return None if finalseg.Force_Split_Words else _dictionary(len(words.FREQ), words.total)


@lru_cache(maxsize=1)
def _dictionary(_size: int, _total: int) -> Dictionary:
    with _LOCK:
        return dictionary(tokenizer())
