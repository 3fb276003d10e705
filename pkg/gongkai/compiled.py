"""Plain functions over arrays as machine code, where numba is installed; what it compiles is kept for the next start."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType, SimpleNamespace


@cache
def installed() -> bool:
    """Whether numba is there (`pip install gongkai[fast]`)."""
    return find_spec("numba") is not None


@cache
def compiled(room: str) -> SimpleNamespace:
    """Return the functions that a room names in `KERNELS`, as machine code.

    They may call only one another, because numba notices changes in the file of the called function alone. The code is kept beside
    the package, or in the user's own cache folder where the package cannot be written to, and nowhere else.
    """
    from numba import njit

    home = import_module(f".{room}", __package__)
    space = dict(vars(home))
    for name in home.KERNELS:
        plain: FunctionType = getattr(home, name)
        here = FunctionType(plain.__code__, space, name, plain.__defaults__)
        here.__module__, here.__qualname__ = plain.__module__, plain.__qualname__
        try:
            space[name] = njit(cache=True, nogil=True, error_model="numpy")(here)
        except RuntimeError:
            # There is no folder to keep it in.
            space[name] = njit(nogil=True, error_model="numpy")(here)
    return SimpleNamespace(**{name: space[name] for name in home.KERNELS})
