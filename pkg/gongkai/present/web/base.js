// Data comes from files that others wrote: it only ever becomes text (textContent), never markup.
const D = JSON.parse(document.getElementById("head").textContent);
const root = document.documentElement;
const $ = (selector, at = document) => at.querySelector(selector);
const $$ = (selector, at = document) => [...at.querySelectorAll(selector)];
const N = D.reports.id.length,
  T = D.themes.length,
  ROLES = D.roles.length,
  P = D.themed.length * T;
// A page of more reports than it holds counts with sums by year, level and area; what it can list are the N reports that it holds.
const C = D.cells,
  M = C ? C.n.length : N;

// ---- elements ----
function attributes(node, given, children) {
  for (const [name, value] of Object.entries(given)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const el = (tag, given = {}, ...children) => attributes(document.createElement(tag), given, children);
const draw = (tag, given = {}, ...children) => attributes(document.createElementNS("http://www.w3.org/2000/svg", tag), given, children);
const zh = (text) => el("span", { lang: "zh-Hans" }, text);

// ---- words ----
const english = () => root.lang === "en";
const fill = (pattern, values) =>
  pattern.replace(/\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g, (_, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return value === 1 ? one : many;
    return typeof value === "number" ? value.toLocaleString("en-US") : String(value);
  });
const both = (pair) =>
  pair[0] === pair[1]
    ? [pair[0]]
    : [el("span", { class: "zh", lang: "zh-Hans" }, pair[0]), el("span", { class: "en", lang: "en" }, pair[1])];
// A value that differs between the languages is given as a pair [zh, en].
const pick = (values, i) => Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Array.isArray(v) ? v[i] : v]));
const pair = (key, values = {}) => [fill(D.ui[key].zh, pick(values, 0)), fill(D.ui[key].en, pick(values, 1))];
const say = (key, values = {}) => both(pair(key, values));
const label = (key, values) => {
  const [a, b] = pair(key, values);
  return { "aria-label": english() ? b : a, "data-zh-label": a, "data-en-label": b };
};
const words = (of) => (of ? [of.zh, of.en] : ["", ""]);
// Names from a file or an address may be those of every object (constructor): only own ones count.
const held = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);
const unknown = () => words(D.ui.unknown);
const themeWords = (t) => words(D.themes[t]);
const roleWords = (r) => (r < 0 ? unknown() : words(D.roles[r]));
const levelWords = (name) => (name === null ? unknown() : [name, held(D.levels, name) || name]);
const known = (group, id) => words(held(D.names[group], id) || { zh: id, en: id });
const rank = (role) => D.themed.indexOf(role);
const colour = (role) => (rank(role) < 0 ? "c-none" : "c" + (rank(role) % 4));
const shape = (role) => (rank(role) < 0 ? "○" : D.shapes[rank(role) % D.shapes.length]);
const roleNumber = (id) => D.roles.findIndex((r) => r.id === id);
const themeNumber = (id) => D.themes.findIndex((t) => t.id === id);

// ---- reports ----
const yearOf = (i) => D.groups.year[D.reports.year[i]];
const bodyOf = (i) => (D.reports.body[i] < 0 ? null : D.bodies[D.reports.body[i]]);
const levelOf = (i) => D.groups.level[D.reports.level[i]];
const regionOf = (i) => (D.reports.region[i] < 0 ? null : D.regions[D.reports.region[i]][0]);
const named = (i) => (bodyOf(i) === null ? say("unknown_body") : [zh(bodyOf(i))]);
const dated = (i) => (yearOf(i) === null ? say("unknown_year") : [String(yearOf(i))]);

// ---- numbers ----
const percent = (count, n) => (count && count / n < 0.005 ? "<1" : String(n ? Math.floor((count / n) * 100 + 0.5) : 0));
const whole = (share) => String(Math.floor(share * 100 + 0.5));
const score = (hundredths) => (hundredths === null || hundredths === undefined ? "–" : (hundredths / 100).toFixed(2));
const interval = (s) => (s.low === null || s.high === null ? "" : `${whole(s.low)}–${whole(s.high)}`);

// Attributes, options and the title cannot hold two languages at once, so they are changed; all else is there in both.
function relabel(at = document) {
  const to = english() ? "en" : "zh";
  for (const node of $$("[data-zh]", at)) node.textContent = node.dataset[to];
  for (const node of $$("[data-zh-label]", at)) node.setAttribute("aria-label", node.dataset[to + "Label"]);
  for (const node of $$("[data-language]", at)) node.setAttribute("aria-pressed", String(node.dataset.language === root.lang));
}
function speak(language) {
  let anchor = null;
  for (let y = 80; !anchor && y < 600; y += 20) {
    const hit = document.elementFromPoint(innerWidth / 3, y);
    anchor = hit && hit.closest("main li, main tr, main p, main h1, main h2, main h3, main dl, main .said");
  }
  const before = anchor ? anchor.getBoundingClientRect().top : 0;
  root.lang = language;
  relabel();
  syncFilters();
  cue();
  if (anchor) scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "instant" });
}
function cue() {
  const boxes = $$("main:not([hidden]) .scroll").map((box) => [box, box.scrollWidth > box.clientWidth + 1]);
  for (const [box, wider] of boxes) box.classList.toggle("wider", wider);
}
