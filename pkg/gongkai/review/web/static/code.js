// The coding page: keys and clicks change a state, each change is sent at once, Enter goes on.
import { Knife, caret } from "./cut.js";
import { KEYS, meant, plain } from "./keys.js";
import { Line } from "./line.js";
import { reader } from "./net.js";
import { Outbox } from "./outbox.js";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const desk = $("#desk");
const words = JSON.parse($("#words").textContent);
const query = desk.dataset.query;
const headers = { "X-CSRF-Token": desk.dataset.csrf, "X-Coder": desk.dataset.coder };
const note = $("#note");
const find = $("#find");
const chips = $$(".chip");
const roles = Object.fromEntries($$("[data-role]").map((chip) => [chip.dataset.role, chip.dataset.themed]));
const known = new Set(chips.map((chip) => chip.dataset.role ?? chip.dataset.theme));
const alone = new Set($$("[data-alone=true]").map((chip) => chip.dataset.theme));

const get = reader(headers, words.offline);
const line = new Line(
  JSON.parse($("#queue").textContent),
  async (after) => JSON.parse(await get(`/queue?${query}${after ? `&after=${after}` : ""}`, "application/json")).ids,
);
let here = null; // The statement shown: {id, state, suggestion, next}.
let shown = desk.dataset.suggest === "true" && localStorage.getItem("suggest") !== "no";
let busy = false; // Keys wait while the statement they are meant for is still on its way.
let held = [];
let knife = null;
let noting = 0;
const ready = new Map(); // Statements fetched ahead.
const unsent = new Map(); // The last state of statements whose changes are not answered yet.
const based = new Map(); // What the program has of statements once all that was sent is answered.
const made = new Map(); // What this page made of statements, for the marks in the text.

const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const hint = (text, kind = "") => { $("#hint").textContent = text; $("#hint").className = `hint ${kind}`; };
const toast = (text, kind) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));

const outbox = new Outbox({ study: document.body.dataset.study, headers, tell, refused, stopped, found });
let ended = false; // Nothing comes behind the statement that was looked at last.
let again = false; // Something is sent that an earlier page left.

function tell(state, waiting, answer) {
  const saved = $("#saved");
  if (answer?.progress) progress(answer.progress);
  if (!waiting && again) sent();
  if (state === "saved" && noting) return;
  saved.dataset.state = state;
  if (state === "saved") saved.textContent = say("saved", { time: new Date(answer?.at ?? Date.now()).toLocaleTimeString("zh", { hour12: false }) });
  else if (state === "unsaved") saved.textContent = say("unsaved", { n: waiting });
  else saved.textContent = say(state === "refused" ? "refused" : "saving");
  document.documentElement.classList.toggle("unsaved", state === "unsaved");
  if (ended) closing();
}

function found(n) {
  again = true;
  toast(say("sent_again", { n }), "note");
}

function sent() {
  again = false;
  toast(words.sent_done, "note");
  ready.clear();
  const reload = () => (busy ? setTimeout(reload, 100) : first(() => load(here.id)));
  if (here && !ended) reload();
}

let stop = "";
function stopped(text) {
  if (text !== stop) toast(text);
  stop = text;
}

function refused(text, item) {
  toast(text);
  ready.clear();
  if (here && item.url.startsWith(`/code/${here.id}?`)) first(() => load(here.id));
}

function progress(far) {
  $("#bar").max = far.total || 1;
  $("#bar").value = far.done;
  $("#bar").dataset.left = far.total - far.done - far.unsure - far.skipped;
  $("#far").textContent = say("of", far);
}

// Reading a statement.

const card = (id, whole = false) => get(`/code/${id}?${query}${whole ? "&whole=true" : ""}`, "text/html");

function ahead(id) {
  if (id !== undefined && !ready.has(id)) ready.set(id, card(id).catch(() => { ready.delete(id); return null; }));
}

async function load(id, whole = false) {
  const html = (!whole && (await ready.get(id))) || (await card(id, whole));
  ready.delete(id);
  $("#card").innerHTML = html;
  read();
}

// Keys that come while the work is done wait for it; where it fails they are dropped.
async function first(work) {
  busy = true;
  if (noting) save();
  try {
    await work();
  } catch (error) {
    held = [];
    if (!error.told) toast(error.message);
  } finally {
    busy = false;
    while (held.length && !busy) press(held.shift());
  }
}

function read() {
  const data = $("#card article").dataset;
  const id = Number(data.id);
  const written = unsent.get(id) ?? JSON.parse(data.state);
  based.set(id, written);
  here = { id, state: kept(written), suggestion: data.suggestion ? kept(JSON.parse(data.suggestion)) : null, next: Number(data.next) || null };
  $("#work").hidden = false;
  $("#ended").hidden = $("#ending").hidden = true;
  ended = false;
  note.value = here.state.note;
  grow();
  find.value = "";
  sieve();
  for (const [other, status] of made) $(`[data-go="${other}"]`)?.setAttribute("class", `said ${status}`);
  hint(here.state.role === written.role && here.state.themes.length === written.themes.length ? "" : words.outdated);
  paint();
  entry(here.state.themes[0] ?? here.state.role);
  const statement = $("#statement");
  const source = $(".source");
  source.scrollTop += statement.getBoundingClientRect().top - source.getBoundingClientRect().top - source.clientHeight / 3;
  $("#announce").textContent = statement.textContent;
  history.replaceState(null, "", `/code?${query}&at=${id}`);
}

// Codes that the codebook has; another version of it may have had others.
const kept = (codes) => ({ ...codes, role: known.has(codes.role) ? codes.role : null, themes: codes.themes.filter((theme) => known.has(theme)) });

function paint() {
  const { state, suggestion } = here;
  const scores = shown && suggestion ? suggestion.scores : {};
  for (const chip of chips) {
    const code = chip.dataset.role ?? chip.dataset.theme;
    chip.setAttribute("aria-pressed", String(chip.dataset.role ? state.role === code : state.themes.includes(code)));
    chip.classList.toggle("suggested", Boolean(shown && suggestion && (suggestion.role === code || suggestion.themes.includes(code))));
    $(".score", chip).textContent = scores[code] >= 0.05 ? `${Math.round(scores[code] * 100)}%` : "";
  }
  $("#status").textContent = say(state.status);
  $("#status").dataset.status = state.status;
  $("#card").classList.toggle("hinted", shown);
  const toggle = $('[data-act="toggle"]');
  if (!toggle) return;
  toggle.setAttribute("aria-pressed", String(shown));
  $('[data-act="accept"]').disabled = !(shown && suggestion);
  $("#machine").textContent = !shown ? "" : suggestion ? [suggestion.role, ...suggestion.themes].map(label).join(" · ") : words.no_suggestion;
}

const label = (code) => $(`[data-role="${code}"] span, [data-theme="${code}"] span`)?.textContent ?? code;

// Changing a state.

function wrong(state) {
  if (!state.role) return "need_role";
  if (roles[state.role] === "yes" && !state.themes.length) return "need_theme";
  return "";
}

function change(edit) {
  const state = { ...here.state, themes: [...here.state.themes] };
  edit(state);
  if (state.status === "coded" && wrong(state)) state.status = "open";
  here.state = state;
  hint("");
  paint();
  save();
}

function save() {
  clearTimeout(noting);
  noting = 0;
  const { id, state } = here;
  unsent.set(id, state);
  made.set(id, state.status);
  ready.delete(id);
  const answered = () => { if (unsent.get(id) === state) unsent.delete(id); };
  outbox.send(`/code/${id}?${query}`, { ...state, was: based.get(id) }).then(answered, answered);
  based.set(id, state);
}

function role(code) {
  change((state) => {
    state.role = state.role === code ? null : code;
    if (roles[state.role] === "no") state.themes = [];
  });
  entry(code);
}

function theme(code) {
  entry(code);
  if (roles[here.state.role] === "no") return hint(say("no_theme", { role: label(here.state.role) }), "problem");
  change((state) => {
    if (state.themes.includes(code)) state.themes = state.themes.filter((t) => t !== code);
    else state.themes = alone.has(code) ? [code] : [...state.themes.filter((t) => !alone.has(t)), code];
  });
}

function accept() {
  if (!shown || !here.suggestion) return false;
  const { role: suggested, themes } = here.suggestion;
  change((state) => Object.assign(state, { role: suggested, themes: roles[suggested] === "no" ? [] : [...themes] }));
  entry(themes[0] ?? suggested);
  return true;
}

function done() {
  const missing = wrong(here.state);
  if (missing) return hint(words[missing], "problem");
  leave("coded");
}

function leave(status) {
  change((state) => { state.status = status; });
  go(1);
}

note.addEventListener("input", () => {
  grow();
  here.state = { ...here.state, note: note.value };
  $("#saved").dataset.state = "saving";
  $("#saved").textContent = say("saving");
  clearTimeout(noting);
  noting = setTimeout(save, 300);
});
note.addEventListener("blur", () => { if (noting) save(); });
const grow = () => { note.rows = Math.min(6, note.value.split("\n").length); };

// Moving.

const go = (step) => first(async () => {
  for (;;) {
    const to = await line.at(step);
    if (to === undefined) return step < 0 ? back() : end();
    try {
      await load(to);
      line.step(step);
      return ahead(line.ahead);
    } catch (error) {
      if (error.status !== 410) throw error;
      line.drop(to); // Split or merged by somebody else in the meantime.
    }
  }
});

// Beyond where this page began: what this coder worked on before.
async function back() {
  const { id } = JSON.parse(await get(`/previous?statement=${here.id}`, "application/json"));
  if (!id || line.ids.includes(id)) return hint(words.first);
  await load(id);
  return line.before(id);
}

function end() {
  line.end();
  ended = true;
  $("#work").hidden = true;
  closing();
}

// The end is told once all is saved; what was passed by, or refused, is left.
function closing() {
  const waiting = outbox.items.length;
  const shown = waiting ? $("#ending") : $("#ended");
  const left = desk.dataset.todo === "true" ? Number($("#bar").dataset.left) : 0;
  $("#ending h2").textContent = say("queue_ending", { n: waiting });
  $("#left span").textContent = say("queue_left", { n: left });
  $("#left").hidden = !left;
  $("#ending").hidden = !waiting;
  $("#ended").hidden = Boolean(waiting);
  if (document.activeElement !== shown) shown.focus();
}

async function visit(id) {
  await load(id);
  line.stand(id);
}

function beside(step) {
  const all = [...$$("[data-go], #statement")];
  const to = all[all.indexOf($("#statement")) + step];
  if (to) first(() => visit(Number(to.dataset.go)));
}

const undo = () => first(async () => {
  const answer = await outbox.send(`/undo?${query}`, {});
  ready.clear();
  if (!answer.show) return hint(words.nothing_undone);
  made.delete(answer.show);
  if (answer.gone.length) line.replace(answer.gone, answer.statements);
  await visit(answer.show);
  return hint(words.undone);
});

const boundary = (kind, body, told) => first(async () => {
  const old = [here.id, body.second];
  const answer = await outbox.send(`/${kind}/${here.id}?${query}`, body);
  if (answer.ask) return confirmed(answer.ask, () => boundary(kind, { ...body, sure: true }, told));
  ready.clear();
  line.replace(old, answer.statements);
  await load(answer.statements[0]);
  return hint(words[told]);
});

function confirmed(names, act) {
  const dialog = $("#sure");
  $("#sure-names").textContent = names.join("、");
  dialog.returnValue = "";
  dialog.onclose = () => { if (dialog.returnValue === "yes") act(); };
  dialog.showModal();
}

const cutting = (at, text) => hint(`${words.cut_here} ${text.slice(Math.max(0, at - 6), at).join("")}｜${text.slice(at, at + 6).join("")}`);

function split() {
  if (knife) return knife.end(knife.at);
  const cut = (at) => boundary("split", { at }, "split_done");
  const at = caret($("#statement"));
  if (at) return cut(at);
  knife = new Knife($("#statement"), cutting, (chosen) => { knife = null; hint(""); if (chosen) cut(chosen); });
  return undefined;
}

function merge() {
  if (!here.next) return hint(words.no_next, "problem");
  return boundary("merge", { second: here.next }, "merge_done");
}

// The codebook beside the sentence.

function entry(code) {
  for (const section of $$(".entry")) section.hidden = section.dataset.code !== code;
  $("#book-hint").hidden = Boolean(code);
}

for (const chip of chips) {
  const code = chip.dataset.role ?? chip.dataset.theme;
  for (const kind of ["pointerenter", "focus"]) chip.addEventListener(kind, () => entry(code));
}

// Looking for a theme by its name.

function sieve() {
  const sought = find.value.trim().toLowerCase();
  for (const chip of $$(".theme")) chip.hidden = !chip.dataset.find.toLowerCase().includes(sought);
}

find.addEventListener("input", sieve);
find.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" || event.key === "Enter") {
    const first = $(".theme:not([hidden])");
    if (event.key === "Enter" && find.value.trim() && first) theme(first.dataset.theme);
    find.value = "";
    sieve();
    find.blur();
    event.preventDefault();
    event.stopPropagation();
  }
});
note.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
    note.blur();
    event.preventDefault();
    event.stopPropagation();
  }
});

// Keys and clicks.

const acts = {
  done, undo, split, merge,
  unsure: () => leave("unsure"),
  skip: () => leave("skipped"),
  next: () => go(1),
  previous: () => go(-1),
  accept: () => accept() || hint(words.no_suggestion),
  "accept-done": () => accept() && done(),
  toggle: () => { shown = desk.dataset.suggest === "true" && !shown; localStorage.setItem("suggest", shown ? "yes" : "no"); paint(); },
  note: () => note.focus(),
  find: () => { find.focus(); find.scrollIntoView({ block: "nearest" }); },
  help: () => $("#help").showModal(),
  whole: () => first(() => load(here.id, true)),
  "section-next": () => beside(1),
  "section-previous": () => beside(-1),
};
function press(key) {
  if (busy) return held.push(key);
  if (!here && key !== "undo") return undefined;
  const chip = chips.find((c) => c.dataset.key === key);
  if (chip && !$("#work").hidden) return chip.dataset.role ? role(chip.dataset.role) : theme(chip.dataset.theme);
  const act = key in acts ? key : KEYS[key];
  if (act && (!$("#work").hidden || ["undo", "previous", "help"].includes(act))) return acts[act]();
  return undefined;
}

const does = (key) => key in KEYS || chips.some((c) => c.dataset.key === key);

document.addEventListener("keydown", (event) => {
  // A button of a window that was just closed keeps the focus until the page is drawn again.
  const target = event.target.closest("dialog:not([open])") ? document.body : event.target;
  if (event.isComposing || target.closest("input, textarea, select, dialog")) return;
  if (knife) {
    if (knife.key(event)) event.preventDefault();
    return;
  }
  if (!plain(event)) return;
  const key = meant(event, does);
  // Enter on a chip says done, as anywhere; on other buttons and links it does what they say.
  if (key === "Enter" && target.closest("button:not(.chip), a, summary")) return;
  if (!does(key)) return;
  if ($("#help").open) return;
  event.preventDefault();
  if (!event.repeat || key === "ArrowRight" || key === "ArrowLeft") press(key);
});

document.addEventListener("click", (event) => {
  if (knife && $("#statement").contains(event.target)) return knife.point(event);
  const button = event.target.closest("button, [data-go]");
  if (!button || !desk.contains(button)) return undefined;
  // A button that was clicked must not catch the next key.
  if (event.detail) button.blur();
  if (knife && button.dataset.act !== "split") knife.end(null);
  const { go: to, act, role: asRole, theme: asTheme } = button.dataset;
  if (to) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    event.preventDefault();
    if (!busy) first(() => visit(Number(to)));
  } else if (act) press(act);
  else if (asRole && !busy) role(asRole);
  else if (asTheme && !busy) theme(asTheme);
  return undefined;
});

addEventListener("beforeunload", (event) => {
  if (noting) save();
  if (outbox.items.length) event.preventDefault();
});
$("#saved").addEventListener("click", () => outbox.retry());

desk.dataset.ready = "true";
if ($("#card article")) { read(); ahead(line.ahead); }
