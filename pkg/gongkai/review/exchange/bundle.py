"""The files of an upload as bytes: one file, a folder, or the members of a ZIP within limits and without ways out of it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from ...read.archive import name_of
from ...read.limits import Limits
from .rows import ExchangeError

_PIECE = 1 << 20
_ENCRYPTED = 1


def folder_files(folder: Path, endings: tuple[str, ...], limits: Limits | None = None) -> dict[str, bytes]:
    """Return the files below a folder that have one of the endings, by their path in it."""
    most = (limits or Limits()).inflated << 20
    found: dict[str, bytes] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name.lower().endswith(endings)):
        most -= path.stat().st_size
        if most < 0:
            raise ExchangeError("xe_folder_large", name=folder, megabytes=(limits or Limits()).inflated)
        found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def members(raw: bytes, name: str, wanted: Callable[[str], bool], limits: Limits | None = None) -> dict[str, bytes]:
    """Return the wanted members of a ZIP by their names.

    Raises ExchangeError for a damaged or protected one, names that lead out of it, too many members, and more bytes than the limits
    allow, however they were declared.
    """
    bounds = limits or Limits()
    left = bounds.inflated << 20
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in _listed(archive, name, bounds):
                member = name_of(info)
                if info.is_dir() or not wanted(member):
                    continue
                pieces = []
                with archive.open(info) as stream:
                    while piece := stream.read(_PIECE):
                        left -= len(piece)
                        if left < 0:
                            raise _too_large(name, bounds)
                        pieces.append(piece)
                found[member] = b"".join(pieces)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ExchangeError("xe_archive", name=name, error=error) from error
    return found


def measured(raw: bytes, name: str, limits: Limits | None = None) -> None:
    """Raise ExchangeError where a ZIP, such as a workbook, is damaged, protected, or inflates to more than the limits allow."""
    left = (limits or Limits()).inflated << 20
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in _listed(archive, name, limits or Limits()):
                with archive.open(info) as stream:
                    while piece := stream.read(_PIECE):
                        left -= len(piece)
                        if left < 0:
                            raise _too_large(name, limits or Limits())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ExchangeError("xe_archive", name=name, error=error) from error


def _listed(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > limits.members:
        raise ExchangeError("xe_members", name=name, n=len(listed), most=limits.members)
    for info in listed:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
            raise ExchangeError("xe_leads_out", name=name, member=info.filename)
        if info.flag_bits & _ENCRYPTED:
            raise ExchangeError("xe_password", name=name)
    return listed


def _too_large(name: str, limits: Limits) -> ExchangeError:
    return ExchangeError("xe_inflates", name=name, megabytes=limits.inflated)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            # The system's own mark would differ between Windows and others.
            info.create_system = 3
            archive.writestr(info, content)
    return buffer.getvalue()
