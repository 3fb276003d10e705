// ---- where the reader is: all of it stands in location.hash, so that back and forward work and a place can be shared ----
const FILTERS = C ? ["year", "level", "region"] : ["year", "level", "region", "body"],
  STICKY = [...FILTERS, "role", "unit"];
const place = () => new URLSearchParams(location.hash.slice(1));
let here = place();
const get = (name) => here.get(name) || "";

// A link says what it changes; the filters go along, and an empty value takes one away.
const owns = new Map();
function own(text) {
  if (!owns.has(text)) {
    const of = [...new URLSearchParams(text)];
    owns.set(text, [new Set(of.map(([name]) => name)), new URLSearchParams(of.filter(([, value]) => value)).toString()]);
  }
  return owns.get(text);
}
const sticky = () => STICKY.filter(get).map((name) => [name, new URLSearchParams([[name, get(name)]]).toString()]);
const target = (text, along = sticky()) => {
  const [names, rest] = own(text);
  return "#" + [...along.filter(([name]) => !names.has(name)).map(([, part]) => part), rest].filter(Boolean).join("&");
};
const query = (values) =>
  new URLSearchParams(
    Object.entries(values)
      .filter(([, v]) => v !== null && v !== undefined)
      .map(([k, v]) => [k, String(v)]),
  ).toString();
const go = (values) => ({ href: target(query(values)), "data-go": query(values) });
function relink() {
  const along = sticky();
  for (const a of $$(".skip, .bar-top a[data-go], main:not([hidden]) a[data-go]")) {
    const to = target(a.dataset.go, along);
    if (a.getAttribute("href") !== to) a.setAttribute("href", to);
  }
}
// Change some values and keep the rest of the place.
function change(values, replace = false) {
  const to = place();
  for (const [name, value] of Object.entries(values)) value === "" || value === null ? to.delete(name) : to.set(name, value);
  replace ? location.replace("#" + to) : location.assign("#" + to);
}

// Scroll position and focus belong to an entry of the history, known by a number in its state.
history.scrollRestoration = "manual";
const left = new Map();
let entry = 0,
  entries = 0;
function enter() {
  const known = history.state && history.state.entry;
  entry = known || ++entries;
  entries = Math.max(entries, entry);
  if (!known) history.replaceState({ entry }, "");
  return left.get(entry);
}
addEventListener(
  "scroll",
  () => {
    if (!moving) left.set(entry, { ...left.get(entry), y: scrollY });
  },
  { passive: true },
);
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("a[data-go]");
    if (link) left.set(entry, { y: scrollY, link: link.dataset.go });
  },
  true,
);

let moving = false,
  shown = null,
  arrivals = 0;
async function arrive() {
  const arrival = ++arrivals;
  moving = true;
  const before = here,
    kept = enter();
  here = place();
  const view = get("view"),
    first = shown === null,
    same = shown === view && view !== "report" && !get("to") && !moved(before, here, ["theme", "p"]);
  document.body.dataset.view = view || "overview";
  $("#overview").hidden = Boolean(view);
  $("#reading").hidden = !view;
  syncFilters();
  if (view) await read(view, () => arrival === arrivals);
  // A place is where it will stay only once the panels above it are drawn.
  else await overview();
  // The reader has gone on meanwhile.
  if (arrival !== arrivals) return;
  relink();
  cue();
  shown = view;
  settle(kept, view, same, first);
  moving = false;
  // The place that stands here whole; until then the address is ahead of what is shown.
  document.body.dataset.place = location.hash;
}
const moved = (a, b, names) => names.some((name) => a.get(name) !== b.get(name));
function settle(kept, view, same, first) {
  const to = get("to") && document.getElementById(get("to"));
  if (kept) {
    scrollTo({ top: kept.y, behavior: "instant" });
    const link = kept.link !== undefined && $$("a[data-go]").find((a) => a.dataset.go === kept.link && a.offsetParent);
    if (link) link.focus({ preventScroll: true });
  } else if (view) {
    if (same) return;
    scrollTo({ top: 0, behavior: "instant" });
    const mark = $("#reading .source mark");
    if (to) to.scrollIntoView({ block: "start", behavior: "instant" });
    else if (mark && mark.getBoundingClientRect().bottom > innerHeight) mark.scrollIntoView({ block: "center", behavior: "instant" });
    $("#reading-name").focus({ preventScroll: true });
  } else if (to) to.scrollIntoView({ block: "start", behavior: "instant" });
  else if (!same && !first) {
    scrollTo({ top: 0, behavior: "instant" });
    $("#overview").focus({ preventScroll: true });
  }
}
