// Which key does what, beside those of roles and themes, which stand on their chips.
export const KEYS = {
  Enter: "done", "?": "unsure", s: "skip", u: "undo", n: "note", "/": "find", j: "next", k: "previous", ArrowRight: "next", ArrowLeft: "previous",
  "]": "section-next", "[": "section-previous", "|": "split", m: "merge", a: "accept", A: "accept-done", t: "toggle", h: "help",
};
const WIDE = { "？": "?", "｜": "|", "、": "/", "／": "/", "·": "|", "【": "[", "】": "]" };

// The key as it is meant, whatever the input method or Caps Lock makes of it; a capital is another key only where it does something.
export function meant(event, does) {
  const key = pressed(event);
  return does(key) ? key : key.length === 1 ? key.toLowerCase() : key;
}

function pressed(event) {
  if (event.key === "Process" || event.key === "Unidentified") {
    const key = event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    return key.length === 1 && event.shiftKey ? key.toUpperCase() : key;
  }
  const key = WIDE[event.key] ?? event.key;
  return /^[a-z]$/i.test(key) ? (event.shiftKey ? key.toUpperCase() : key.toLowerCase()) : key;
}

// Whether a key is for the page: not part of another program's shortcut (| needs AltGr on some keyboards).
export const plain = (event) =>
  !(event.ctrlKey || event.metaKey || event.altKey) || (event.key === "|" && event.getModifierState("AltGraph"));
