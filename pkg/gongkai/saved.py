"""What a saved model may say of itself: checked before anything of it is unpacked or used."""

from __future__ import annotations

import io
import zipfile
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .codebook import Codebook
from .features import PLACE

# No n-gram that helps is longer, and long ones take the square of their length.
_LONGEST = 20
# How many arrays a coder has beside one for each vocabulary, and what one takes in a file beside its numbers.
_ARRAYS, _HEADER = 6, 1024

_Size = Annotated[int, Field(ge=1, le=_LONGEST)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    characters: tuple[_Size, _Size] | None
    words: tuple[_Size, _Size] | None
    path: bool
    neighbours: bool
    place: bool
    clauses: bool
    C: float
    min_df: int | float
    max_features: int | None
    folds: int
    random_state: int | None


class Told(BaseModel):
    """What `model.json` has to say of a coder."""

    model_config = ConfigDict(frozen=True)

    settings: _Settings
    roles: tuple[str, ...] = Field(min_length=1)
    themes: tuple[str, ...]
    themed_roles: tuple[str, ...]
    alone: tuple[str, ...]
    codebook: Codebook
    vocabularies: dict[str, list[str]]

    def check(self) -> None:
        """Raise ValueError for codes that the codebook does not know, or that stand twice."""
        for name, codes, known in (
            ("roles", self.roles, self.codebook.role_ids),
            ("themes", self.themes, self.codebook.theme_ids),
            ("themed_roles", self.themed_roles, self.roles),
            ("alone", self.alone, self.themes),
        ):
            if not set(codes) <= set(known) or len(set(codes)) < len(codes):
                raise ValueError(f"{name} holds codes twice, or such as the model does not know")

    def bytes(self) -> int:
        """Return how many bytes the arrays of such a coder take at most."""
        codes, width = len(self.roles) + len(self.themes), len(PLACE) + sum(map(len, self.vocabularies.values()))
        return 4 * (codes + 1) * (width + 4) + _HEADER * (_ARRAYS + len(self.vocabularies))


def reason(error: Exception) -> str:
    """Return what is wrong in one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error) or type(error).__name__


def arrays_of(weights: bytes, most: int) -> dict[str, np.ndarray]:
    """Return the arrays of a file by name; raises ValueError, before it unpacks anything, where they take more than `most` bytes."""
    with zipfile.ZipFile(io.BytesIO(weights)) as packed:
        # A member never gives more than the size that it tells.
        size = sum(member.file_size for member in packed.infolist())
    if size > most:
        raise ValueError(f"weights.npz unpacks to {size:,} bytes, where model.json tells of {most:,} at most")
    with np.load(io.BytesIO(weights), allow_pickle=False) as arrays:
        return {k: arrays[k] for k in arrays.files}
