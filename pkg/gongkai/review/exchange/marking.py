"""Labels on statements, as programs give them back, to rows; what a program has no place for comes from the state it was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..changes import State, Status
from .held import Item
from .names import Names, number_of, status_of, themes_in
from .passages import Marked
from .rows import Remark, Row


def row_of(where: str, item: Item | None, coder: str, labels: Iterable[object], names: Names, given: State | None = None) -> Row:
    """Return the row that labels (names of roles and themes, in any order) on a statement come to.

    `given` is the state that the program was given: where the labels still are its own, its status and note hold; where they were
    changed, its note holds and the statement counts as coded.
    """
    roles: list[str] = []
    words: list[str] = []
    wrong: list[Remark] = []
    for label in labels:
        if names.is_passed(label):
            continue
        role = names.role(label)
        if role and role not in roles:
            roles.append(role)
        elif not role:
            words.append(str(label))
    themes, unknown = themes_in(names, words)
    if unknown:
        wrong.append(Remark("x_label_unknown", {"labels": ", ".join(dict.fromkeys(unknown))}))
    if len(roles) > 1:
        wrong.append(Remark("x_two_roles", {"roles": ", ".join(names.book.label(r) for r in roles)}))
    role = roles[0] if roles else None
    status: Status | None = None
    note: str | None = None
    if given:
        note = given.note
        if (given.role, given.themes) == (role, themes):
            status = given.status
        elif role:
            status = "coded"
    if themes and not role and status is None and not wrong:
        wrong.append(Remark("x_no_role", {"themes": ", ".join(names.book.label(t) for t in themes)}))
    return Row(where, item, coder, role, themes, status, note, tuple(wrong))


def rows_of(
    where: str, coder: str, codes: object, spans: Iterable[tuple[tuple[int, int, str], Item | None]], mark: Marked, names: Names
) -> Iterator[Row]:
    """Give the rows that the marked stretches of a passage come to, each stretch with the statement it covers.

    `codes` are the states that the file was given, each a mapping with `start` and `end`.
    """
    passage = mark.passage
    assert passage is not None
    labels: dict[int, list[str]] = {}
    for (start, end, label), item in spans:
        if item:
            labels.setdefault(item.id, []).append(label)
        else:
            yield stray(where, coder, mark.text[start:end], label)
    given: dict[int, State] = {}
    for one in codes if isinstance(codes, list | tuple) else ():
        first, last = (number_of(one.get(k)) for k in ("start", "end")) if isinstance(one, Mapping) else (None, None)
        on = passage.item_at(first, last) if first is not None and last is not None else None
        if on and (state := state_of(one, names)):
            given[on.id] = state
    for item in passage.items:
        yield row_of(where, item, coder, labels.get(item.id, ()), names, given.get(item.id))


def state_of(given: Any, names: Names) -> State | None:
    """Return the state that metadata of a file hold (`role, themes, status, note`), or None where they hold none."""
    if not isinstance(given, Mapping) or "status" not in given:
        return None
    role = names.role(given.get("role") or "")
    themes, _ = themes_in(names, given.get("themes") or ())
    return State(role, themes, status_of(given["status"]) or "open", str(given.get("note") or ""))


def as_metadata(state: State) -> dict[str, Any]:
    """Return a state as metadata of a file."""
    return {"role": state.role, "themes": list(state.themes), "status": state.status, "note": state.note}


def labels_of(state: State) -> tuple[str, ...]:
    """Return the codes of a state, the role first."""
    return (*([state.role] if state.role else []), *state.themes)


def stray(where: str, coder: str, words: str, label: object) -> Row:
    """Return the row for a mark that covers no statement."""
    text = " ".join(words.split())
    shown = text if len(text) <= 24 else text[:23] + "…"
    return Row(where, None, coder, wrong=(Remark("x_span", {"text": shown, "label": label}),))
