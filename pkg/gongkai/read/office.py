"""Old Word, WPS, RTF and OpenDocument files: LibreOffice, without a window, makes a .docx of them, and that is read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from glob import glob
from multiprocessing.util import Finalize
from pathlib import Path
from xml.sax.saxutils import escape

from .extract import Extract, ReadError
from .limits import Limits
from .package import SAVE_AGAIN, UNLOCK, is_protected
from .word import read_docx

_PROGRAMS = ("soffice", "libreoffice")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice*/program/soffice",
    "/snap/bin/libreoffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.com",
)
# No macro runs, and nothing is fetched that a document refers to: neither links nor pictures, which would tell a stranger who reads it.
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "2"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
_ITEM = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'
_REGISTRY = '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">{}</oor:items>'

_PREFIX = "gongkai-office-"
_FORGOTTEN = 86_400
# LibreOffice is stopped a little early: whoever ends this whole process after the same time would leave it behind.
_SHARE = 0.9
_LONGEST_REASON = 200


def read_office(raw: bytes, suffix: str, limits: Limits) -> Extract:
    """Read a .doc, .wps, .rtf or .odt through LibreOffice; macros do not run and nothing is fetched from elsewhere.

    Raises ReadError where LibreOffice is missing, takes longer than `limits.seconds` or cannot read the file, and as `read_docx` does.
    """
    if is_protected(raw):
        raise ReadError("is protected by a password", UNLOCK)
    program = _program()
    if program is None:
        raise ReadError(f"needs LibreOffice to read {suffix}", "install LibreOffice (libreoffice.org), or save the report as .docx")
    home = _home(os.getpid())
    with home.lock, tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        source = Path(folder, "report").with_suffix(suffix)
        source.write_bytes(raw)
        converted = _converted(program, source, home, limits)
    return read_docx(converted, limits, lossy=suffix == ".rtf")


def _program() -> str | None:
    """Find LibreOffice: on the PATH, or where it is usually installed."""
    for name in _PROGRAMS:
        if found := shutil.which(name):
            return found
    return next((found for place in _PLACES for found in sorted(glob(place), reverse=True)), None)


class _Home:
    """The folder in which LibreOffice keeps its profile, for one process; only one conversion at a time may use it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Unlike atexit this is also kept by the processes of multiprocessing, and only by the one that it was made in.
        Finalize(self, shutil.rmtree, (self._folder, True), exitpriority=0)

    def profile(self) -> Path:
        """Return the profile; made where it is not there: to make one costs most of the time of a conversion."""
        profile = self._folder / "profile"
        settings = profile / "user" / "registrymodifications.xcu"
        if not settings.exists():
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text(_REGISTRY.format("".join(_ITEM.format(*map(escape, s)) for s in _SETTINGS)), "utf-8")
        os.utime(self._folder)
        return profile

    def drop(self) -> None:
        """Throw the profile away, which an end by force may have left locked."""
        shutil.rmtree(self._folder / "profile", ignore_errors=True)


@cache
def _home(_process: int) -> _Home:
    # By process: a fork must not use its parent's profile.
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Processes that were ended by force could not clean up.
        with suppress(OSError):
            if left.lstat().st_mtime < time.time() - _FORGOTTEN:
                shutil.rmtree(left)
    return _Home()


def _converted(program: str, source: Path, home: _Home, limits: Limits) -> bytes:
    target = source.parent / "converted"
    command = [
        program,
        "--headless",
        "--norestore",
        "--nologo",
        f"-env:UserInstallation={home.profile().as_uri()}",
        *("--convert-to", "docx", "--outdir", str(target), str(source)),
    ]
    said = _run(command, source.parent, limits.seconds * _SHARE)
    made = target / "report.docx"
    if said is None:
        home.drop()
        raise ReadError(
            f"LibreOffice took longer than {limits.seconds} s to read it", f"raise the limit (--limit seconds=NUMBER), or {SAVE_AGAIN}"
        )
    if not made.is_file():
        home.drop()
        reason = said.replace(str(source), source.name)[-_LONGEST_REASON:] or "it gave no reason"
        raise ReadError(f"LibreOffice cannot read it: {reason}", f"it may be damaged or protected by a password; {SAVE_AGAIN}")
    return made.read_bytes()


def _run(command: Sequence[str], folder: Path, seconds: float) -> str | None:
    """Run a command and return what it says; None where it took too long and was ended with all that it had started."""
    out = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return None
    except BaseException:
        _end(process)
        raise
    lines = said.decode("utf-8", "replace").splitlines()
    return " ".join(line for line in lines if not line.startswith("Warning:"))


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
