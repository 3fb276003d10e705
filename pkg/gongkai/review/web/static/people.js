// Settling: 1 and 2 take a coding, e edits, Enter settles what was edited, u takes back, j leaves a statement for later.
import { meant, plain } from "./keys.js";

const ruling = document.querySelector("#ruling");
const find = (selector) => ruling.querySelector(selector);
const DOES = { u: "back", j: "next", ArrowRight: "next" };
// Between a key and its answer keys are dropped: they would be meant for a statement that is not there yet. Those that come while
// the next one is being put in its place wait for it.
let state = "ready";
let held = [];

function centre() {
  const source = find(".source");
  const statement = find("#statement");
  if (!source) return;
  source.scrollTop += statement.getBoundingClientRect().top - source.getBoundingClientRect().top - source.clientHeight / 3;
}

function press(button) {
  if (button && !button.disabled) button.click();
}

function act(key, target) {
  const writing = target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  const edit = find("#edit");
  if (key === "Escape" && edit?.open) {
    edit.open = false;
    document.activeElement?.blur();
  } else if (writing) {
    return false;
  } else if (edit?.open && key === "Enter" && !target.matches("a, button, summary")) {
    press(find("[data-act=rule]"));
  } else if (edit?.open && [...edit.querySelectorAll("[data-key]")].some((input) => input.dataset.key === key)) {
    [...edit.querySelectorAll("[data-key]")].find((input) => input.dataset.key === key).click();
  } else if (/^[1-9]$/.test(key) && !edit?.open) {
    press(find(`[data-choice="${key}"]`));
  } else if (key === "e" && edit) {
    edit.open = true;
    edit.scrollIntoView({ block: "nearest" });
  } else if (DOES[key]) {
    press(find(`[data-act=${DOES[key]}]`));
  } else {
    return false;
  }
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || !plain(event) || event.isComposing) return;
  const key = meant(event, (k) => [...ruling.querySelectorAll("#edit[open] [data-key]")].some((input) => input.dataset.key === k));
  if (state === "placing") held.push(key);
  else if (state === "asking" ? /^[1-9euj]$|Enter|Arrow/.test(key) : act(key, event.target)) event.preventDefault();
});

const of = (event) => event.detail.target === ruling;
document.addEventListener("htmx:beforeRequest", (event) => { if (of(event)) state = "asking"; });
document.addEventListener("htmx:afterSwap", (event) => {
  if (!of(event)) return;
  state = "placing";
  centre();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!of(event)) return;
  state = "ready";
  while (held.length && state === "ready") act(held.shift(), document.body);
  held = [];
});
for (const wrong of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(wrong, (event) => { if (of(event)) state = "ready"; });
}
// A form is sent by htmx or not at all.
ruling.addEventListener("submit", (event) => event.preventDefault());
centre();
