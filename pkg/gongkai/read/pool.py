"""Worker processes under supervision: a file that hangs, crashes or eats memory costs only itself."""

from __future__ import annotations

import atexit
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from .extract import Extract, ReadError
from .limits import Limits
from .worker import answered, task

_PACKAGE = Path(__file__).parents[1]
# -P: a file in the working folder must not pass for a library.
_COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", f"{_PACKAGE.name}.read.worker")
# Seconds that a process gets to end by itself.
_PATIENCE = 1.0


class _Worker:
    """One process, started when it is first needed and again after it ended."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            place = os.pathsep.join(filter(None, [str(_PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": place},
                start_new_session=True,
            )
        return self._process

    def extract(self, line: bytes, seconds: int) -> Extract:
        """Have one task done within `seconds`; raises ReadError where it was not."""
        process = self._running()
        assert process.stdin
        assert process.stdout
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            length = process.stdout.read(8)
            answer = process.stdout.read(int.from_bytes(length, "big")) if len(length) == 8 else b""
        except OSError:
            length = answer = b""
        except BaseException:
            # An answer that nobody waited for would be taken for the next file's.
            self.kill()
            raise
        finally:
            timer.cancel()
        if late.is_set():
            timer.join()
        if length and answer and len(answer) == int.from_bytes(length, "big"):
            return answered(answer)
        self.kill()
        if late.is_set():
            reason = f"reading took longer than {seconds} s and was stopped"
            raise ReadError(reason, "raise the limit: --limit seconds=NUMBER, or save the report as text (.txt)")
        reason = f"reading it crashed the reader (exit {process.wait()})"
        raise ReadError(reason, "the file is damaged or hostile: open it and save it again, or save it as text (.txt)")

    def ask(self) -> None:
        """Ask the process to end, and do not wait for it."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def kill(self) -> None:
        """End the process and whatever it started; it gets a moment to clear up what it wrote to disk."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        if sys.platform == "win32":
            process.kill()
        else:
            until = time.monotonic() + _PATIENCE
            # Not reaped before its group is ended: its number could be another's by then.
            with suppress(ChildProcessError):
                while time.monotonic() < until and not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                    time.sleep(0.01)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Pool:
    """A number of workers that files are handed to, from any thread."""

    def __init__(self, size: int, command: Sequence[str] = _COMMAND) -> None:
        self.size = size
        self._workers = [_Worker(command) for _ in range(size)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def extract(self, path: str | Path, member: str | None, limits: Limits, ocr: bool = False) -> Extract:
        """Read one file, or one member of an archive, in a worker; raises ReadError."""
        worker = self._idle.get()
        try:
            return worker.extract(task(Path(path).absolute(), member, limits, ocr), limits.seconds)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End all workers, at once; without threads, which Python does not start any more when it ends itself."""
        for worker in self._workers:
            worker.ask()
        for worker in self._workers:
            worker.kill()


def pool() -> Pool:
    """Return this process's pool: a worker a core, each started when it is first needed."""
    return _pool(os.getpid())


@cache
def _pool(_process: int) -> Pool:
    # By process: a fork must not speak through its parent's pipes.
    made = Pool(os.cpu_count() or 1)
    atexit.register(made.close)
    return made
