"""Labels on statements, as programs give them back, to rows; what a program has no place for comes from the state it was given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..changes import State, Status
from .held import Item
from .names import Names, status_of, themes_in
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
