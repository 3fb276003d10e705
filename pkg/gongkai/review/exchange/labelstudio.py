"""Label Studio: tasks with the annotations of each coder and the model's predictions, the labelling page beside them, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from ...codebook import Codebook
from ...read import UndecodableError, decode
from ...resources import data
from ..changes import State
from .finding import find
from .held import Coded, Guess, Held, Item
from .marking import row_of
from .names import Names, status_of, status_word
from .rows import ExchangeError, Reading, Remark, Row

# Names of the fields of the labelling page. The coder is one of them, as Label Studio gives annotations to whoever imports them.
_ROLE, _THEMES, _STATUS, _NOTE, _CODER = "role", "themes", "status", "note", "coder"
_CHOSEN = ("unsure", "skipped", "open")


def write_tasks(held: Held) -> dict[str, bytes]:
    """Return the tasks, one a statement, and the labelling page to paste into the project's settings."""
    near = {i.id: (before, after) for of in held.of_report.values() for before, i, after in _neighbours(of)}
    tasks = [_task(item, held, *near[item.id]) for item in held.items]
    return {"": (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode("utf-8"), ".config.xml": _config(held.book)}


def _neighbours(items: Sequence[Item]) -> Iterator[tuple[str, Item, str]]:
    for n, item in enumerate(items):
        yield items[n - 1].text if n else "", item, items[n + 1].text if n + 1 < len(items) else ""


def _task(item: Item, held: Held, before: str, after: str) -> dict[str, Any]:
    about = held.reports.get(item.report, {})
    place = {"report": item.report, "start": item.start, "end": item.end, "kind": item.kind, "path": " > ".join(item.path)}
    task: dict[str, Any] = {
        "data": {"text": item.text, "before": before, "after": after, **place, "body": about.get("body") or "", "year": about.get("year")},
        "annotations": [{"result": _result(c.state, item, c)} for c in held.by_item.get(item.id, ())],
    }
    if guess := held.guesses.get(item.id):
        task["predictions"] = [{"model_version": held.model, "score": guess.score, "result": _guessed(guess, item)}]
    return task


def _result(state: State, item: Item, coded: Coded) -> list[dict[str, Any]]:
    found = [_choices(_ROLE, [state.role], item, coded.coder)] if state.role else []
    found += [_choices(_THEMES, list(state.themes), item, coded.coder)] if state.themes else []
    found += [_choices(_STATUS, [state.status], item, coded.coder)] if state.status != "coded" else []
    found += [_field(_NOTE, "textarea", {"text": [state.note]}, item, coded.coder)] if state.note else []
    return [*found, _field(_CODER, "textarea", {"text": [coded.coder]}, item, coded.coder)]


def _guessed(guess: Guess, item: Item) -> list[dict[str, Any]]:
    themes = [_choices(_THEMES, list(guess.themes), item, "")] if guess.themes else []
    return [_choices(_ROLE, [guess.role], item, ""), *themes]


def _choices(name: str, codes: Sequence[object], item: Item, coder: str) -> dict[str, Any]:
    return _field(name, "choices", {"choices": list(codes)}, item, coder)


def _field(name: str, kind: str, value: Mapping[str, Any], item: Item, coder: str) -> dict[str, Any]:
    id = hashlib.sha256(f"{item.at} {coder} {name}".encode()).hexdigest()[:10]
    return {"id": id, "from_name": name, "to_name": "text", "type": kind, "value": dict(value)}


def _config(book: Codebook) -> bytes:
    """The labelling page: people see Chinese names and definitions, results hold ids (`alias`)."""
    words = data("exchange.yaml")
    roles = [_choice(r.zh, i, r.definition) for i, r in book.roles.items()]
    themes = [_choice(t.zh, t.id, t.definition + (f" {words['not']}{t.not_}" if t.not_ else "")) for t in book.themes]
    statuses = [_choice(status_word(s), s, "") for s in _CHOSEN]
    heads = {k: words["columns"][k][0] for k in (_ROLE, _THEMES, _STATUS, _NOTE, _CODER)}
    lines = [
        "<View>",
        '  <Header value="$path" size="5"/>',
        '  <Text name="before" value="$before"/>',
        '  <Text name="text" value="$text"/>',
        '  <Text name="after" value="$after"/>',
        f"  <Header value={quoteattr(heads[_ROLE])}/>",
        f'  <Choices name="{_ROLE}" toName="text" choice="single" showInLine="true">',
        *roles,
        "  </Choices>",
        f"  <Header value={quoteattr(heads[_THEMES])}/>",
        f'  <Choices name="{_THEMES}" toName="text" choice="multiple" showInLine="true">',
        *themes,
        "  </Choices>",
        f"  <Header value={quoteattr(heads[_STATUS])}/>",
        f'  <Choices name="{_STATUS}" toName="text" choice="single" showInLine="true">',
        *statuses,
        "  </Choices>",
        f'  <TextArea name="{_NOTE}" toName="text" maxSubmissions="1" editable="true" placeholder={quoteattr(heads[_NOTE])}/>',
        f'  <TextArea name="{_CODER}" toName="text" maxSubmissions="1" editable="true" placeholder={quoteattr(heads[_CODER])}/>',
        "</View>",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _choice(zh: str, id: str, definition: str) -> str:
    hint = f" hint={quoteattr(definition)}" if definition else ""
    return f"    <Choice value={quoteattr(zh)} alias={quoteattr(id)}{hint}/>"


def read_tasks(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read what Label Studio exported as JSON or JSON-MIN; predictions are passed over, and said to be."""
    name, raw = next(iter(files.items()))
    try:
        tasks = json.loads(decode(raw).removeprefix("\ufeff"))
    except (UndecodableError, ValueError, RecursionError) as error:
        raise ExchangeError("xe_json", name=name, error=error) from error
    if not isinstance(tasks, list) or not all(isinstance(t, Mapping) for t in tasks):
        raise ExchangeError("xe_tasks", name=name)
    rows: list[Row] = []
    guessed = 0
    for n, task in enumerate(tasks, 1):
        where = f"task {n}"
        whole = isinstance(task.get("data"), Mapping)
        about = task["data"] if whole else task
        item = find(held, about.get("report") or "", about.get("start"), about.get("end"), about.get("text"))
        if isinstance(item, Remark):
            rows.append(Row(where, None, wrong=(item,)))
            continue
        annotations = (task.get("annotations") or task.get("completions") or ()) if whole else [task]
        guessed += bool(task.get("predictions")) and not annotations
        read = [_annotation(where, item, a, names) for a in annotations if isinstance(a, Mapping)]
        rows += [r for r in read if r] or [Row(where, item)]
    return Reading(tuple(rows), (Remark("x_predictions_passed", {"n": guessed}),) if guessed else ())


def _annotation(where: str, item: Item, annotation: Mapping[str, Any], names: Names) -> Row | None:
    said = _said(annotation)
    coder = "".join(said.get(_CODER, ())) or _user(annotation.get("completed_by", annotation.get("annotator")))
    row = row_of(where, item, coder, [*said.get(_ROLE, ()), *said.get(_THEMES, ())], names)
    words = [status_of(w) for w in said.get(_STATUS, ())]
    if None in words:
        return Row(where, item, coder, wrong=(Remark("x_status_unknown", {"status": ", ".join(said[_STATUS])}),))
    status = words[0] if words else "skipped" if annotation.get("was_cancelled") else "coded" if row.role else None
    wrong = tuple(w for w in row.wrong if w.key != "x_no_role" or status is None)
    return Row(where, item, coder, row.role, row.themes, status, "\n".join(said.get(_NOTE, ())), wrong)


def _said(annotation: Mapping[str, Any]) -> dict[str, list[str]]:
    """What an annotation says, by field: of JSON from its results, of JSON-MIN from the task itself."""
    if not isinstance(annotation.get("result"), list):
        fields = (_ROLE, _THEMES, _STATUS, _NOTE, _CODER)
        return {f: words for f in fields if (words := _listed(annotation.get(f)))}
    found: dict[str, list[str]] = {}
    for result in annotation["result"]:
        value = result.get("value") if isinstance(result, Mapping) else None
        if isinstance(value, Mapping):
            found.setdefault(str(result.get("from_name")), []).extend(_listed(value.get("choices") or value.get("text")))
    return found


def _listed(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = value.get("choices") or value.get("text")
    return [str(v) for v in value] if isinstance(value, list) else [str(value)] if value not in (None, "") else []


def _user(by: Any) -> str:
    """The user that Label Studio names: by name, by address, or by number."""
    if isinstance(by, Mapping):
        named = " ".join(str(by.get(k) or "") for k in ("first_name", "last_name")).strip()
        return named or str(by.get("email") or by.get("id") or "")
    return str(by) if by not in (None, "") else ""
