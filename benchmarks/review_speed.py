"""Time of a label's way from the page to the disk and back, in a study of 100,000 statements served by `gongkai review`.

python benchmarks/review_speed.py [-n STATEMENTS] [--labels LABELS] [--page]

`--page` measures in Chromium too (needs playwright and /usr/bin/chromium): from the key to the word that all is saved, and from the key
to the next statement.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from review_study import code_many, coded, large_study

CHROMIUM = "/usr/bin/chromium"
ORDERS = ("uncertain", "unreviewed", "theme&theme=timeliness")
# Watches a label in the page: from the key to the statement that comes, and to the word that all is saved.
WATCH = """() => {
  window.took = { saved: [], next: [] };
  let begin = 0, open = new Set();
  document.addEventListener("keydown", () => { begin = performance.now(); open = new Set(["next", "saving"]); }, true);
  const tell = (what) => { if (open.delete(what)) took[what].push(performance.now() - begin); };
  new MutationObserver(() => tell("next")).observe(document.querySelector("#card"), { childList: true });
  const saved = document.querySelector("#saved");
  new MutationObserver(() => {
    if (saved.dataset.state === "saving" && open.delete("saving")) open.add("saved");
    if (saved.dataset.state === "saved") tell("saved");
  }).observe(saved, { attributes: true, attributeFilter: ["data-state"] });
}"""


@contextmanager
def served(study: Path) -> Iterator[tuple[http.client.HTTPConnection, str]]:
    """The command itself, at work on a study, a connection to it that stays open as a browser's does, and the key of the study."""
    command = [sys.executable, "-m", "gongkai", "review", "--db", str(study), "--no-browser", "--coder", "甲"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    address = urlsplit(process.stdout.readline().split()[0])
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    try:
        yield connection, parse_qs(address.query)["key"][0]
    finally:
        connection.close()
        process.terminate()
        process.wait()


class Asked:
    """Requests as the page makes them, each with its time in milliseconds."""

    def __init__(self, connection: http.client.HTTPConnection, key: str) -> None:
        self.connection, self.times = connection, dict[str, list[float]]()
        self.headers = {"Cookie": f"gongkai-{connection.port}={key}"}
        page, _ = self.ask("", "GET", "/code")
        found = re.search(r'"X-CSRF-Token": "([^"]+)"', page)
        assert found
        self.headers |= {"X-CSRF-Token": found[1], "Content-Type": "application/json", "Accept": "application/json"}

    def ask(self, what: str, method: str, url: str, body: dict[str, Any] | None = None) -> tuple[str, float]:
        """Send a request and wait for all of its answer; `what` names it in the table, "" leaves it out."""
        sent = json.dumps({**body, "request": str(uuid.uuid4())}) if body is not None else None
        begin = time.perf_counter()
        self.connection.request(method, url, sent, self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise SystemExit(f"{method} {url}: {answer.status} {text[:300]}")
        if what:
            self.note(what, took)
        return text, took

    def note(self, what: str, took: float) -> None:
        """Keep a time for the table."""
        self.times.setdefault(what, []).append(took)


def label(asked: Asked, order: str, labels: int) -> None:
    """Code statements of one queue: a role, a theme, done, the next statement, as the page does it key by key; fewer in a short queue."""
    ids = json.loads(asked.ask(f"GET /queue ({order})", "GET", f"/queue?order={order}")[0])["ids"]
    for n in range(labels):
        if n + 10 > len(ids):
            more = json.loads(asked.ask(f"GET /queue ({order})", "GET", f"/queue?order={order}&after={ids[-1]}")[0])["ids"]
            ids += [i for i in more if i not in ids]
        if n + 1 >= len(ids):
            return
        state = coded(ids[n])
        said: dict[str, Any] = {"role": state.role, "themes": [], "status": "open", "note": ""}
        url = f"/code/{ids[n]}?order={order}"
        asked.ask("POST /code, a key", "POST", url, said)
        if state.themes:
            asked.ask("POST /code, a key", "POST", url, {**said, "themes": state.themes})
        _, save = asked.ask("POST /code, done", "POST", url, {**said, "themes": state.themes, "status": "coded"})
        _, load = asked.ask("GET /code, the next statement", "GET", f"/code/{ids[n + 1]}?order={order}")
        asked.note("**label round trip** (done and next)", save + load)
        if n % 20 == 0:
            asked.ask("POST /undo", "POST", f"/undo?order={order}", {})


def in_page(address: str, key: str, labels: int) -> dict[str, list[float]]:
    """Code in Chromium, a key a label (the machine's codes taken over, and on); the times are taken in the page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{address}/code?order=uncertain&key={key}")
        page.wait_for_selector("#card article")
        page.evaluate(WATCH)
        for n in range(labels):
            page.keyboard.press("Shift+A")
            page.wait_for_function("(n) => took.saved.length > n && took.next.length > n", arg=n)
        took = page.evaluate("took")
        browser.close()
    return {"in the page: key to “saved”": took["saved"], "in the page: key to the next statement": took["next"]}


def row(what: str, times: list[float]) -> str:
    """A row of the table: how often, median, and the time that 95 % keep under."""
    ordered = sorted(times)
    return f"| {what} | {len(times)} | {statistics.median(times):.1f} | {ordered[max(0, round(len(ordered) * 0.95) - 1)]:.1f} |"


def machine() -> str:
    """Which machine it was."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (found := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = found[1]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{cpu}, {os.cpu_count()} cores{load}; {platform.system()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser()
    reader.add_argument("-n", type=int, default=100_000, help="statements in the study")
    reader.add_argument("--labels", type=int, default=200, help="labels in each order of the queue")
    reader.add_argument("--page", action="store_true", help="measure in Chromium too")
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.db"
        with closing(large_study(study, given.n)) as db:
            # Half-way: one coder has done a third, another two fifths.
            code_many(db, "甲", range(1, given.n // 3))
            code_many(db, "乙", range(given.n // 5, given.n * 3 // 5))
            db.execute("ANALYZE")
        say: Callable[[str], None] = print
        with served(study) as (connection, key):
            asked = Asked(connection, key)
            for order in ORDERS:
                label(asked, order, given.labels)
            for _ in range(20):
                asked.ask("GET /code, the whole page", "GET", "/code?order=uncertain")
            if given.page:
                asked.times |= in_page(f"http://{connection.host}:{connection.port}", key, given.labels)
        say(f"{given.n:,} statements, {study.stat().st_size / 1e6:.0f} MB; {machine()}\n")
        say("| request | times | median ms | p95 ms |\n|---|---:|---:|---:|")
        for what, times in asked.times.items():
            say(row(what, times))


if __name__ == "__main__":
    main()
