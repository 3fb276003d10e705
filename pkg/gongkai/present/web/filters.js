// ---- the filters: two or three lists, and a search box each for what has too many values ----
const COMBO = 30;
const option = (value, [a, b]) => el("option", { value, "data-zh": a, "data-en": b }, english() ? b : a);
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const combos = {};

function selects() {
  const value = (v) => (v === null ? UNKNOWN : String(v));
  const years = [...D.groups.year].sort((a, b) => (a === null) - (b === null) || b - a);
  const lists = {
    year: years.map((v) => [value(v), v === null ? unknown() : [String(v), String(v)]]),
    level: D.groups.level.map((v) => [value(v), levelWords(v)]),
    role: D.roles.map((r) => [r.id, words(r)]),
  };
  for (const [name, options] of Object.entries(lists)) {
    $(`#by-${name}`).append(option("", words(D.ui.all)), ...options.map(([v, w]) => option(v, w)));
    $(`#by-${name}`).addEventListener("change", (event) => change({ [name]: event.target.value, p: "" }));
  }
}

function combo(name, values) {
  const input = $(`#by-${name}`),
    list = $(`#list-${name}`);
  let found = [],
    active = -1;
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (value) => {
    close();
    input.value = value === UNKNOWN ? "" : value;
    change({ [name]: value, p: "" });
  };
  const offer = () => {
    const sought = input.value.trim().toLowerCase();
    found = values.filter(([v, w]) => !sought || v.toLowerCase().includes(sought) || w[1].toLowerCase().includes(sought));
    const rest = found.length - COMBO;
    found = found.slice(0, COMBO);
    active = -1;
    list.replaceChildren(
      ...found.map(([, w, n], i) =>
        el(
          "li",
          { role: "option", id: `option-${name}-${i}`, "aria-selected": "false" },
          both(w),
          " ",
          el("small", {}, n.toLocaleString("en-US")),
        ),
      ),
      ...(rest > 0 ? [el("li", { class: "quiet", role: "presentation" }, say("combo_more", { n: rest }))] : []),
      ...(found.length ? [] : [el("li", { class: "quiet", role: "presentation" }, say("combo_none"))]),
    );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const move = (by) => {
    if (list.hidden) offer();
    if (!found.length) return;
    active = (active + by + found.length) % found.length;
    $$("[role=option]", list).forEach((node, i) => node.setAttribute("aria-selected", String(i === active)));
    input.setAttribute("aria-activedescendant", `option-${name}-${active}`);
    $(`#option-${name}-${active}`).scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", offer);
  input.addEventListener("click", () => {
    input.select();
    offer();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      close();
      syncFilters();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const sought = input.value.trim();
      if (!sought) choose("");
      else if (active >= 0) choose(found[active][0]);
      else if (found.length) choose((found.find(([v]) => v === sought) || found[0])[0]);
    }
  });
  input.addEventListener("blur", () => {
    close();
    if (!input.value.trim() && get(name) && get(name) !== UNKNOWN) choose("");
    else syncFilters();
  });
  // A press on an option must not take the focus away before the click is done.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const i = $$("[role=option]", list).indexOf(event.target.closest("[role=option]"));
    if (i >= 0) choose(found[i][0]);
  });
}

function filterBar() {
  selects();
  const bodies = D.bodies.map((name) => [name, [name, name], 0]),
    regions = D.regions.map(([name]) => [name, [name, name], 0]);
  let nobody = 0,
    nowhere = 0;
  for (let c = 0; c < (C ? M : 0); c++) {
    if (C.region[c] < 0) nowhere += C.n[c];
    else regions[C.region[c]][2] += C.n[c];
  }
  for (let i = 0; i < (C ? 0 : N); i++) {
    if (D.reports.body[i] < 0) nobody++;
    else bodies[D.reports.body[i]][2]++;
    if (D.reports.region[i] < 0) nowhere++;
    for (let r = D.reports.region[i]; r >= 0; r = D.regions[r][1]) regions[r][2]++;
  }
  for (const [name, values, none] of [
    ["body", C ? [] : bodies, nobody],
    ["region", C ? regions.filter((_, r) => D.regions[r][1] < 0) : regions, nowhere],
  ]) {
    values.sort((a, b) => byText(a[0], b[0]));
    if (none) values.push([UNKNOWN, unknown(), none]);
    $(`#combo-${name}`).hidden = values.length < 2;
    combo(name, values);
  }
  $("#clear").addEventListener("click", () => change({ ...Object.fromEntries([...FILTERS, "role"].map((name) => [name, ""])), p: "" }));
  $("#filters").open = matchMedia("(min-width: 60rem)").matches;
}

function syncFilters() {
  if (!$("#filters")) return;
  for (const name of ["year", "level", "role"]) $(`#by-${name}`).value = get(name);
  for (const name of ["region", "body"]) {
    const input = $(`#by-${name}`),
      nobody = get(name) === UNKNOWN;
    if ($(`#list-${name}`).hidden) input.value = nobody ? "" : get(name);
    input.placeholder = words(nobody ? D.ui.unknown : D.ui.all)[english() ? 1 : 0];
  }
  const active = [...FILTERS, "role"].filter((name) => get(name));
  $("#clear").hidden = !active.length;
  $("#active").replaceChildren(...(active.length ? [el("b", {}, String(active.length))] : []));
  $("#n-shown").replaceChildren(...say(filtered() ? "reports_shown" : "reports_all", { n: counted().read, all: C ? C.reports : N }));
  // These say nothing of one report.
  $("#filters").hidden = get("view") === "report";
}
