// Where to cut a statement: at the caret a click left in it, or at a mark that keys move. Offsets count characters as Python does.
const PAUSES = /[，。；：、！？,;:!?\s]/;

function offset(statement, node, at) {
  if (!node || !statement.contains(node)) return null;
  const range = document.createRange();
  range.setStart(statement, 0);
  range.setEnd(node, at);
  const count = [...range.toString()].length;
  return count > 0 && count < [...statement.textContent].length ? count : null;
}

// Where a click left the caret, or a selection begins, in the statement; null where neither is inside.
export function caret(statement) {
  const chosen = getSelection();
  if (!chosen.rangeCount) return null;
  const { startContainer, startOffset } = chosen.getRangeAt(0);
  return offset(statement, startContainer, startOffset);
}

export class Knife {
  // moved(at, characters) is told each place, decide(at) the last one, or null.
  constructor(statement, moved, decide) {
    Object.assign(this, { statement, moved, decide });
    this.inside = [...statement.childNodes];
    this.text = [...statement.textContent];
    this.mark = document.createElement("span");
    this.mark.className = "knife";
    const middle = Math.floor(this.text.length / 2);
    statement.classList.add("cutting");
    this.put(this.pause(middle - 1, 1) ?? this.pause(middle, -1) ?? middle);
  }

  // The first place after a pause in a direction.
  pause(from, step) {
    for (let at = from + step; at > 0 && at < this.text.length; at += step) if (PAUSES.test(this.text[at - 1])) return at;
    return null;
  }

  put(at) {
    this.at = Math.max(1, Math.min(this.text.length - 1, at));
    this.statement.replaceChildren(this.text.slice(0, this.at).join(""), this.mark, this.text.slice(this.at).join(""));
    this.moved(this.at, this.text);
  }

  point(event) {
    const spot = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const range = spot ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
    const at = offset(this.statement, spot?.offsetNode ?? range?.startContainer, spot?.offset ?? range?.startOffset);
    if (at) this.put(at);
  }

  // Returns whether the key was for the knife.
  key(event) {
    const far = event.shiftKey || event.ctrlKey;
    if (event.key === "ArrowRight" || event.key === "l") this.put(far ? this.at + 1 : this.pause(this.at, 1) ?? this.at);
    else if (event.key === "ArrowLeft") this.put(far ? this.at - 1 : this.pause(this.at, -1) ?? this.at);
    else if (event.key === "ArrowUp") this.put(this.at - 1);
    else if (event.key === "ArrowDown") this.put(this.at + 1);
    else if (event.key === "Enter" || event.key === "|") this.end(this.at);
    else if (event.key === "Escape") this.end(null);
    else return false;
    return true;
  }

  end(at) {
    this.statement.replaceChildren(...this.inside);
    this.statement.classList.remove("cutting");
    this.decide(at);
  }
}
