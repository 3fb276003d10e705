"""Plain functions over arrays as machine code, where numba is installed; what it compiles is kept for the next start."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any


@cache
def installed() -> bool:
    """Whether numba is there (`pip install gongkai[fast]`)."""
    return find_spec("numba") is not None


@cache
def compiled(room: str) -> SimpleNamespace:
    """Return the functions that a room names in `KERNELS`, as machine code; they call nothing but one another.

    The code is kept beside the package, or in the user's own cache folder where the package cannot be written to, and nowhere else.
    """
    from numba import njit

    home = import_module(f".{room}", __package__)
    space, told = dict(vars(home)), _told(home)
    for name in home.KERNELS:
        plain: FunctionType = getattr(home, name)
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
    """A digest of a room's text and of the numbers it knows from others, because numba would keep code that has old ones built in."""
    numbers = sorted((k, v) for k, v in vars(home).items() if isinstance(v, int | float))
    return sha256(Path(home.__file__).read_bytes() + repr(numbers).encode()).hexdigest()[:16]
