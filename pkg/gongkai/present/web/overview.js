// ---- the overview: the page comes with the figures of all reports; here they follow the filters ----
const TOPS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const set = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};

async function overview() {
  const { all, groups, read, pass, units } = counted(),
    chosen = roleNumber(get("role"));
  keyNumbers(read, pass, units, all);
  bars(all, chosen);
  for (const table of $$(".heat[data-by]")) heat(table, groups[table.dataset.by], heatRole());
  if (groups.year) lines(groups.year, chosen);
  await extrasRead;
  panels();
}
const heatRole = () => {
  const r = roleNumber(get("role"));
  return rank(r) < 0 ? D.themed[0] : r;
};

function keyNumbers(read, pass, units, all) {
  const k = D.places.kinds.indexOf("problems"),
    states = { found: 0, missing: 0 };
  const sums = D.places.kinds.map(() => ({ f: 0, l: 0, m: 0, n: 0 }));
  const letters = "flmn";
  for (let i = 0; i < M; i++)
    if (units[i])
      for (let s = 0; s < sums.length; s++)
        if (C) for (let k = 0; k < letters.length; k++) sums[s][letters[k]] += C.states[(i * sums.length + s) * letters.length + k];
        else sums[s][D.places.states[i][s]]++;
  if (k >= 0) Object.assign(states, { found: sums[k].f + sums[k].l, missing: sums[k].m });
  const said = all.said.reduce((a, b) => a + b, 0);
  for (const [name, n] of [
    ["n_reports", read],
    ["n_found", states.found],
    ["n_missing", states.missing],
    ["n_statements", said],
  ]) {
    set($(`#${name} a`), n.toLocaleString("en-US"));
    if (name === "n_missing") $(`#${name}`).classList.toggle("alert", n > 0);
  }
  let gaps = 0,
    listed = 0;
  for (let i = 0; i < N; i++) if (pass[i] && /[lm]/.test(D.places.states[i])) gaps++;
  for (const line of $$("#sections tr[data-report]")) {
    line.hidden = !pass[line.dataset.report];
    listed += line.hidden ? 0 : 1;
  }
  if (C) {
    gaps = 0;
    for (let c = 0; c < M; c++) if (units[c]) gaps += C.gaps[c];
  }
  const more = C ? "gaps_some_kept" : "gaps_some";
  $("#note-gaps").replaceChildren(...say(!gaps ? "gaps_none" : gaps > listed ? more : "gaps_all", { n: listed, all: gaps }));
  for (const cell of $$(".places .sums td"))
    for (const [state, letter] of [
      ["found", "f"],
      ["low", "l"],
      ["missing", "m"],
    ]) {
      const n = sums[D.places.kinds.indexOf(cell.dataset.kind)][letter],
        line = $(`.${state}`, cell);
      line.hidden = !n;
      set($(".n", line), n.toLocaleString("en-US"));
    }
}

function bars(all, chosen) {
  const unit = get("unit") === "statements" ? "statements" : "reports",
    spread = $(".spread"),
    ghost = filtered();
  $("#figure").dataset.unit = unit;
  for (const link of $$("#figure .switch a")) link.setAttribute("aria-current", String(link.dataset.unit === unit));
  const list = $("ol", spread),
    items = $$("li", list).sort((a, b) => a.dataset[unit] - b.dataset[unit]);
  if (items.some((li, i) => list.children[i] !== li)) list.append(...items);
  const of = {},
    tops = {};
  for (const u of ["reports", "statements"]) {
    of[u] = Array.from({ length: P }, (_, p) => share(all, p, u, D.spans[u][p]));
    const largest = Math.min(1, Math.max(0, ...of[u].map((s) => Math.max(s.value, s.high || 0))));
    tops[u] = TOPS.find((top) => top >= largest);
    for (const node of $$(`[data-top="${u}"]`)) set(node, String(Math.round(tops[u] * 100)));
  }
  for (const link of $$(".bar", spread)) {
    const p = Number(link.dataset.pair),
      mirrored = D.themed.length === 2 && p < T;
    link.classList.toggle("off", chosen >= 0 && rank(chosen) !== Math.floor(p / T));
    for (const box of $$(".of", link))
      bar(box, of[box.dataset.unit][p], tops[box.dataset.unit], mirrored, ghost && overall(p, box.dataset.unit));
  }
  for (const cell of $$("#shares td[data-pair]")) {
    const s = of[cell.dataset.unit][cell.dataset.pair];
    set($("a", cell), `${s.count.toLocaleString("en-US")}/${s.n.toLocaleString("en-US")}`);
    set(cell.nextElementSibling, percent(s.count, s.n));
    set(cell.nextElementSibling.nextElementSibling, interval(s) || "–");
  }
  const parts = ["zh", "en"].map((g) =>
    D.themed.map((r) => fill(D.ui.figure_part[g], { role: D.roles[r][g], n: all.said[r] })).join(D.ui.part_join[g]),
  );
  $("#note-reports").replaceChildren(...say("figure_note_reports", { n: all.n }));
  $("#note-statements").replaceChildren(...say("figure_note_statements", { parts }));
  const told = of.reports.some((s) => s.low !== null);
  $("#note-interval").replaceChildren(...(told ? say(ghost ? "interval_wilson" : "interval_offices") : []));
}
let everything = null;
function overall(pair, unit) {
  const every = new Uint8Array(M).fill(1);
  everything = everything || (C ? tallyCells(every, [-1, -1, -1]) : tally(every)).all;
  const n = unit === "reports" ? everything.n : everything.said[D.themed[Math.floor(pair / T)]];
  return n ? everything[unit][pair] / n : 0;
}

function bar(box, s, top, mirrored, whole) {
  const at = (value) => {
    const x = Math.min(value / top, 1) * 100;
    return (mirrored ? 100 - x : x).toFixed(2);
  };
  const long = Math.min(s.value / top, 1) * 100,
    svg = $("svg", box),
    rect = $("rect", svg),
    num = $(".num", box);
  rect.setAttribute("x", mirrored ? (100 - long).toFixed(2) : "0.00");
  rect.setAttribute("width", long.toFixed(2));
  const low = s.low === null ? "" : at(s.low),
    high = s.high === null ? "" : at(s.high);
  $(".whisker", svg).setAttribute("d", low && high ? `M${low} 10H${high}M${low} 6.5v7M${high} 6.5v7` : "");
  $(".all", svg).setAttribute("d", whole === false ? "" : `M${at(whole)} 0v20`);
  const text = `${percent(s.count, s.n)}%`;
  svg.setAttribute("aria-label", text + (interval(s) ? ` (${interval(s)}%)` : ""));
  box.classList.toggle("small-n", s.small);
  num.dataset.count = s.count;
  num.dataset.n = s.n;
  set($("b", num).firstChild, percent(s.count, s.n));
  set($("small", num), `${s.count.toLocaleString("en-US")}/${s.n.toLocaleString("en-US")}`);
}

const valueOf = (by, column) => {
  const v = D.groups[by][column];
  return v === null ? UNKNOWN : String(v);
};
const filterOf = (by) => (by === "area" ? "region" : by);
function heat(table, columns, role) {
  const by = table.dataset.by;
  table.className = `heat ${colour(role)}`;
  $(".heat-role", table).replaceChildren(shape(role), " ", ...both(roleWords(role)));
  for (const link of $$(".switch a", table.closest("section")))
    link.setAttribute("aria-current", String(link.dataset.role === D.roles[role].id));
  for (const th of $$("thead th[data-column]", table)) {
    const g = columns[th.dataset.column];
    th.hidden = filtered() && !g.n;
    th.classList.toggle("small-n", g.n < D.small);
    set($(".n", th), String(g.n));
  }
  for (const tr of $$("tbody tr", table)) {
    const theme = themeNumber(tr.dataset.theme),
      p = pairOf(role, theme);
    $$("td", tr).forEach((td, c) => {
      const s = share(columns[c], p, "reports", D.spans[by][c][p]),
        a = $("a", td);
      td.hidden = filtered() && !s.n;
      td.className = s.small ? "small-n" + (s.count ? " some" : "") : `q${Math.floor(s.value * 10 + 0.5)}`;
      set(a, !s.n ? "–" : s.small ? `${s.count}/${s.n}` : percent(s.count, s.n));
      a.title = `${s.count}/${s.n}` + (interval(s) ? ` (${interval(s)}%)` : "");
      a.dataset.go = query({ view: "list", theme: tr.dataset.theme, role: D.roles[role].id, [filterOf(by)]: valueOf(by, c) });
      a.tabIndex = c ? -1 : 0;
    });
  }
}
// Within a table of links one is reached by Tab, the others by the arrow keys.
document.addEventListener("keydown", (event) => {
  const cell = event.target.closest && event.target.closest("table.heat[data-by] td"),
    steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!cell || !steps) return;
  const rows = $$("tbody tr", cell.closest("table")),
    row = rows[rows.indexOf(cell.parentNode) + steps[0]];
  const cells = row ? $$("td", row).filter((td) => !td.hidden) : [],
    to =
      cells[
        $$("td", cell.parentNode)
          .filter((td) => !td.hidden)
          .indexOf(cell) + steps[1]
      ];
  if (!to) return;
  event.preventDefault();
  $("a", to).tabIndex = 0;
  event.target.tabIndex = -1;
  $("a", to).focus();
});
