"""Serve a study on this machine: one program for a study, an address that stays the same, a browser that opens, an end that is clean."""

from __future__ import annotations

import http.client
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from filelock import FileLock, Timeout

from .door import key_of, known_key, with_key, with_ticket
from .store import StudyError, open_study, writing

if TYPE_CHECKING:
    import sqlite3

    from uvicorn import Server

HOST = "127.0.0.1"
_PATIENCE = 5.0
_ADDRESS = "address"
# A program is asked to end, and a terminal is closed, where the system knows such a thing.
_ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Running(Exception):
    """The study is served already, by another program, at `address`, with its key (an empty text where that is not known)."""

    def __init__(self, address: str):
        super().__init__(address)
        self.address = address


@contextmanager
def alone(study: Path) -> Iterator[sqlite3.Connection]:
    """Hold a study for this program, and give a connection to it.

    The lock is the system's on `STUDY.lock`: it ends with the program that holds it, however that ends, so that a file left behind
    hinders nobody. A study that was made for this and into which nothing came before an error is taken away again. Raises Running
    where another program has it.
    """
    study = study.resolve()
    made, idle = not study.exists(), False
    open_study(study).close()
    lock = FileLock(f"{study}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Running(_running_at(study)) from None
    except OSError as error:
        raise StudyError(f"{lock.lock_file} cannot be written ({error}); put the study into a folder of your own") from error
    try:
        with closing(open_study(study)) as db:
            try:
                yield db
            except BaseException:
                # Once it was served somebody may have made something of it.
                touched = "SELECT 1 FROM reports UNION ALL SELECT 1 FROM meta WHERE key = ? LIMIT 1"
                idle = made and db.execute(touched, (_ADDRESS,)).fetchone() is None
                raise
    finally:
        # While the lock is held: whoever waits for it looks whether its file is still there.
        for end in ("", "-wal", "-shm", ".lock") if idle else ():
            with suppress(OSError):
                Path(f"{study}{end}").unlink()
        lock.release()


def _running_at(study: Path) -> str:
    """Return where the study is served: what its program wrote, once it answers there."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with closing(open_study(study)) as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (_ADDRESS,)).fetchone()
        if row and answers(row[0]):
            key = known_key(study)
            return with_key(row[0], key) if key else str(row[0])
        time.sleep(0.2)
    return ""


def answers(address: str) -> bool:
    """Say whether a server answers at an address of this machine."""
    connection = http.client.HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=2)
    try:
        connection.request("HEAD", "/static/review.css")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listen(port: int | None, last: int | None = None) -> socket.socket:
    """Return a socket on 127.0.0.1: at `port`, or where none is asked for at the `last` one, so that open pages find the study again,
    else at one that is free. Raises StudyError where the port asked for is taken."""
    for wanted in [port] if port else [last, 0]:
        if wanted is None:
            continue
        # Named as TCP, or asyncio lets every answer wait for the one before to be acknowledged (Nagle).
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # On Windows the option would let two programs have one port.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)
        try:
            sock.bind((HOST, wanted))
        except (OSError, OverflowError) as error:
            sock.close()
            if wanted == port:
                raise StudyError(f"port {port} cannot be used ({error}); give another one, or leave --port out") from error
            continue
        return sock
    raise StudyError("no port is free on 127.0.0.1; close some programs")


def serve(
    study: Path,
    db: sqlite3.Connection,
    *,
    port: int | None = None,
    browser: bool = True,
    coder: str = "",
    tell: Callable[[str], None] = print,
) -> None:
    """Serve a study that is held (see `alone`) until the program is interrupted; `tell` is told the address, and the end."""
    import uvicorn

    from .app import create_app

    key = key_of(study)
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_ADDRESS,)).fetchone()
    last = int(row[0].rstrip("/").rpartition(":")[2]) if row else None
    sock = listen(port, last)
    address = f"http://{HOST}:{sock.getsockname()[1]}/"
    with writing(db):
        db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (_ADDRESS, address))
    app = create_app(study, coder=coder)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    threading.Thread(target=_announce, args=(server, with_key(address, key), browser, tell), daemon=True).start()
    # uvicorn ends its work on these and then sends them on: what comes after must still be done.
    before = {number: signal.signal(number, _leave) for number in _ENDS}
    try:
        server.run(sockets=[sock])
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sock.close()
        # So that the file alone is the whole study, to be copied or handed on.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tell(f"ended; everything is in {study}")


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit


def _announce(server: Server, address: str, browser: bool, tell: Callable[[str], None]) -> None:
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.02)
    tell(f"{address}  (Ctrl-C ends it)")
    if browser:
        show(address, tell)


def show(address: str, tell: Callable[[str], None]) -> None:
    """Open an address, which carries its key, in the browser, or say that there is none."""
    if not webbrowser.open(with_ticket(address)):
        tell(f"no browser found here; open {address}")
    sys.stdout.flush()
