"""Who may open a study: who has its key, which lies beside it for its owner alone. A port of this machine is open to all its users."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import tempfile
import time
from pathlib import Path
from secrets import compare_digest, token_urlsafe
from urllib.parse import parse_qs, urlencode, urlsplit

from .store import StudyError

_KEY = re.compile(r"[\w-]{43}")
# How long a browser may take to come with the ticket it was started with.
_SECONDS = 120


def key_of(study: Path) -> str:
    """Return the key of a study, from the file `STUDY.key` beside it, which only its owner can read; it is made where there is none.

    It stays the same, so that a page that is still open can save when the program starts again, and it is not in the study, which may
    be copied and handed on. A file that is no key, or that belongs to another user, is replaced. Raises StudyError where it cannot be.
    """
    file = _file(study)
    try:
        return _read(file) or _made(file)
    except OSError as error:
        raise StudyError(f"{file} cannot be read or written ({error}); put the study into a folder of your own") from error


def known_key(study: Path) -> str:
    """Return the key of a study, or an empty text where this user has none: another one may be serving it."""
    try:
        return _read(_file(study))
    except OSError:
        return ""


def _file(study: Path) -> Path:
    return study.with_name(f"{study.name}.key")


def _read(file: Path) -> str:
    try:
        if file.is_symlink() or (hasattr(os, "getuid") and file.stat().st_uid != os.getuid()):
            return ""
        file.chmod(0o600)
        key = file.read_text("ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""
    return key if _KEY.fullmatch(key) else ""


def _made(file: Path) -> str:
    # A temporary file of this kind is its owner's alone from the beginning.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(token_urlsafe(32))
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return file.read_text("ascii")


def with_key(address: str, key: str) -> str:
    """Return an address that opens the door.

    >>> with_key("http://127.0.0.1:8000/", "secret")
    'http://127.0.0.1:8000/?key=secret'
    """
    return f"{address}?{urlencode({'key': key})}"


def with_ticket(address: str) -> str:
    """Return an address with a ticket in the place of its key: it opens the door once, and soon.

    What a browser is started with can be read by every user of the machine.
    """
    parts = urlsplit(address)
    if not (key := parse_qs(parts.query).get("key", [""])[0]):
        return address
    ticket = f"{int(time.time()) + _SECONDS}.{token_urlsafe(9)}"
    return parts._replace(query=urlencode({"key": f"{ticket}.{_signed(key, ticket)}"})).geturl()


def _signed(key: str, ticket: str) -> str:
    return hmac.new(key.encode(), ticket.encode(), hashlib.sha256).hexdigest()


class Door:
    """Tells the key of a study, and its tickets, which it remembers, from anything else."""

    def __init__(self, key: str):
        self.key = key
        self._used: dict[str, int] = {}

    def is_key(self, given: str) -> bool:
        """Say whether this is the key itself, in a time that does not tell how much of it is right."""
        return compare_digest(given.encode(), self.key.encode())

    def takes(self, given: str) -> bool:
        """Say whether this is the key, or a ticket that is in time and comes for the first time."""
        if self.is_key(given):
            return True
        ticket, _, signature = given.rpartition(".")
        if not compare_digest(signature.encode(), _signed(self.key, ticket).encode()):
            return False
        until, now = int(ticket.partition(".")[0]), time.time()
        self._used = {t: end for t, end in self._used.items() if end >= now}
        if until < now or ticket in self._used:
            return False
        self._used[ticket] = until
        return True
