"""Plain functions over arrays as machine code, where numba is installed; what it compiles is kept for the next start."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np

# Where numba meets a plain 0 it compiles what it is given to once more, for the literal.
ZERO: Any = np.int64(0)


@cache
def installed() -> bool:
    """Whether numba is there (`pip install gongkai[fast]`)."""
    return find_spec("numba") is not None


@cache
def compiled(room: str) -> SimpleNamespace:
    """Return the functions that a room names in `KERNELS`, as machine code; they call nothing but one another.

    One that comes from another room is named in that room's `KERNELS` too. The code is kept beside the package, or in the user's own cache
    folder where the package cannot be written to, and nowhere else.
    """
    from numba import njit

    home = import_module(f".{room}", __package__)
    space, told = dict(vars(home)), _told(home)
    for name in home.KERNELS:
        plain: FunctionType = getattr(home, name)
        if plain.__module__ != home.__name__:
            space[name] = getattr(compiled(plain.__module__.removeprefix(f"{__package__}.")), name)
            continue
        here = FunctionType(plain.__code__, space, name, plain.__defaults__)
        # The name is that of the file it is kept in.
        here.__module__, here.__qualname__ = plain.__module__, f"{name}-{told}"
        try:
            space[name] = njit(cache=True, nogil=True, error_model="numpy")(here)
        except RuntimeError:
            # There is no folder to keep it in.
            space[name] = njit(nogil=True, error_model="numpy")(here)
    return SimpleNamespace(**{name: space[name] for name in home.KERNELS})


def _told(home: Any) -> str:
    """A digest of all that numba builds in and would keep: a room's text, the numbers it knows from others, the rooms of its functions."""
    numbers = sorted((k, repr(v)) for k, v in vars(home).items() if isinstance(v, int | float | np.generic))
    others = sorted({getattr(home, name).__module__ for name in home.KERNELS} - {home.__name__})
    told = [Path(home.__file__).read_text("utf-8"), repr(numbers), *(_told(import_module(name)) for name in others)]
    return sha256("\n".join(told).encode()).hexdigest()[:16]
