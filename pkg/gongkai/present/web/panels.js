// ---- the optional panels, over the reports that pass the filters ----
const cellOf = (n, of, values, kind = "td") =>
  el(kind, { class: n ? `q${Math.round((n / of) * 10)}` : "q0 none" }, n ? el("a", go(values), n.toLocaleString("en-US")) : "–");
const row = (head, ...cells) => el("tr", {}, el("th", { scope: "row" }, head), cells);
const heads = (...names) =>
  el(
    "thead",
    {},
    el(
      "tr",
      {},
      names.map((name) => el("th", { scope: "col" }, name)),
    ),
  );
const boxed = (key, table) =>
  el(
    "div",
    { class: "scroll", role: "region", tabindex: "0", ...label(key) },
    el("p", { class: "cue", "aria-hidden": "true" }, say("scroll_cue")),
    table,
  );
const order = () => $$(".spread li").map((li) => themeNumber(li.dataset.theme));
const count = (n, values) => (n ? el("a", go(values), n.toLocaleString("en-US")) : "0");

function panels() {
  if (get("view") || !extras) return;
  const { units } = counted(),
    shown = C ? extras.cells : extras;
  for (const [name, show] of [
    ["answers", answers],
    ["recurring", recurring],
    ["reuse", reuse],
    ["questions", questions],
  ]) {
    if (shown[name] && $(`#${name} .panel-body`)) $(`#${name} .panel-body`).replaceChildren(...show(shown[name], units).flat());
  }
  cue();
}

function answers(data, pass) {
  const met = new Uint32Array(T * T),
    alone = new Uint32Array(2 * T),
    total = [0, 0];
  let pairs = 0;
  for (let i = 0; i < M; i++) {
    if (!pass[i]) continue;
    pairs += data.n[i];
    for (const r of [0, 1]) if (r < D.themed.length) total[r] += data.alone[i * Math.min(2, D.themed.length) + r];
    for (let p = data.pairs.at[i] + 1; p < data.pairs.at[i + 1]; p += 2) met[data.pairs.flat[p]] += data.pairs.flat[p + 1];
    for (let p = data.left.at[i] + 1; p < data.left.at[i + 1]; p += 2) alone[data.left.flat[p]] += data.left.flat[p + 1];
  }
  const { all } = counted(),
    [problem, measure] = D.themed,
    [first, second] = [D.roles[problem], D.roles[measure] || D.roles[problem]];
  const top = Math.max(1, ...met),
    themes = order();
  const lead = el(
    "p",
    { class: "lead" },
    say("answers_lead", { n: all.said[problem], role: words(first), other: words(second) }),
    " ",
    el("a", go({ view: "list", role: first.id, flag: "open" }), say("answers_left", { n: total[0] })),
    " · ",
    el("a", go({ view: "list", role: second.id, flag: "open" }), say("answers_idle", { n: total[1], role: words(second) })),
    " · ",
    el("a", go({ view: "pairs" }), say("answers_pairs", { n: pairs })),
  );
  const bar = (n, of) =>
    draw(
      "svg",
      { class: "part", viewBox: "0 0 100 12", preserveAspectRatio: "none", role: "img", "aria-label": `${percent(n, of)}%` },
      draw("rect", { class: "ground", width: 100, height: 12 }),
      draw("rect", { class: "fill", width: (of ? (n / of) * 100 : 0).toFixed(2), height: 12 }),
    );
  const gaps = el(
    "table",
    { class: "plain-table gaps c0" },
    el("caption", {}, say("answers_gaps")),
    heads(say("theme"), say("answers_all"), say("answers_open"), say("answers_share")),
    el(
      "tbody",
      {},
      themes
        .filter((t) => all.statements[pairOf(problem, t)])
        .map((t) => {
          const n = all.statements[pairOf(problem, t)],
            open = alone[t],
            where = { view: "list", theme: D.themes[t].id, role: first.id };
          return row(
            both(themeWords(t)),
            el("td", {}, count(n, where)),
            el("td", {}, count(open, { ...where, flag: "open" })),
            el("td", { class: "with-part" }, bar(open, n), ` ${percent(open, n)}%`),
          );
        }),
    ),
  );
  const matrix = el(
    "table",
    { class: "heat matrix c1" },
    el("caption", {}, say("answers_matrix", { role: words(first), other: words(second) })),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, say("theme")),
        themes.map((t) => el("th", { scope: "col" }, el("span", {}, both(themeWords(t))))),
      ),
    ),
    el(
      "tbody",
      {},
      themes.map((a) =>
        row(
          both(themeWords(a)),
          themes.map((b) => cellOf(met[a * T + b], top, { view: "pairs", from: D.themes[a].id, to_theme: D.themes[b].id })),
        ),
      ),
    ),
  );
  return [lead, boxed("answers_gaps", gaps), boxed("answers_title", matrix)];
}

// A row of `recurring` belongs to the report of the second year; one without a report is in the unfiltered view only.
const RECUR = { BODY: 0, THEME: 1, YEAR: 2, NEXT: 3, BEFORE: 4, AFTER: 5, OUTCOME: 6, REGION: 7 };
const recurs = (r, pass) => {
  const i = r[RECUR.AFTER] >= 0 ? r[RECUR.AFTER] : r[RECUR.BEFORE];
  return i < 0 ? !filtered() : pass[i];
};
function recurring(data, pass) {
  const table = new Uint32Array(T * data.outcomes.length);
  for (const r of data.rows) if (recurs(r, pass)) table[r[RECUR.THEME] * data.outcomes.length + r[RECUR.OUTCOME]]++;
  const sums = data.outcomes.map((_, o) => D.themes.reduce((sum, _t, t) => sum + table[t * data.outcomes.length + o], 0)),
    top = Math.max(1, ...table);
  return [
    boxed(
      "recurring_title",
      el(
        "table",
        { class: "heat plain-heat c0" },
        heads(say("theme"), ...data.outcomes.map((o) => both(known("outcome", o)))),
        el(
          "tbody",
          {},
          order().map((t) =>
            row(
              both(themeWords(t)),
              data.outcomes.map((o, k) =>
                cellOf(table[t * data.outcomes.length + k], top, { view: "recurring", theme: D.themes[t].id, outcome: o }),
              ),
            ),
          ),
          row(
            say("total"),
            data.outcomes.map((o, k) => el("td", {}, count(sums[k], { view: "recurring", outcome: o }))),
          ),
        ),
      ),
    ),
    data.left_out || data.single ? el("p", { class: "note" }, say("recurring_left", { n: data.left_out, single: data.single })) : [],
    el("p", {}, el("a", { class: "plain", ...go({ view: "recurring" }) }, say("recurring_all"))),
  ];
}

const BINS = [0, 20, 40, 60, 80];
const binOf = (rate) => Math.min(BINS.length - 1, Math.floor(rate / 20));
const REUSE = { REPORT: 0, UNITS: 1, REUSED: 2, RATE: 3, SIMILAR: 4, NEAREST: 5, NAME: 6, SOURCE: 7 };
function reuse(data, pass) {
  const table = data.sources.map(() => new Uint32Array(BINS.length)),
    sums = data.sources.map(() => 0);
  for (const r of data.rows)
    if (pass[r[REUSE.REPORT]] && compared(r)) {
      sums[r[REUSE.SOURCE]]++;
      table[r[REUSE.SOURCE]][binOf(r[REUSE.RATE])]++;
    }
  const top = Math.max(1, ...table.flatMap((t) => [...t]));
  return [
    boxed(
      "reuse_title",
      el(
        "table",
        { class: "heat plain-heat c1" },
        heads(say("reuse_source"), ...BINS.map((b) => `${b}–${b + 20}%`), say("total")),
        el(
          "tbody",
          {},
          data.sources.map((s, k) =>
            row(
              both(known("source", s)),
              BINS.map((b, j) => cellOf(table[k][j], top, { view: "reuse", source: s, bin: b })),
              el("td", {}, count(sums[k], { view: "reuse", source: s })),
            ),
          ),
        ),
      ),
    ),
    reuseCount(data, pass),
    el("p", {}, el("a", { class: "plain", ...go({ view: "reuse" }) }, say("reuse_all"))),
  ];
}

// What the report says of the matter: nothing first, for that is what the questions are about.
const STATES = ["silent", "missing", "measures", "admitted"];
function questions(data, pass) {
  const place = (state) => (STATES.indexOf(state) + STATES.length + 1) % (STATES.length + 1);
  const states = data.states.map((state, k) => [state, k]).sort((a, b) => place(a[0]) - place(b[0]));
  const table = data.signals.map(() => data.states.map(() => 0));
  // The fourth is the number of the question in its report, or how many there are in the cell.
  for (const [i, signal, state, n] of data.rows) if (pass[i]) table[signal][state] += C ? n : 1;
  const top = Math.max(1, ...table.flat());
  return [
    boxed(
      "questions_title",
      el(
        "table",
        { class: "heat plain-heat c0" },
        heads(say("questions_signal"), ...states.map(([state]) => both(known("state", state))), say("total")),
        el(
          "tbody",
          {},
          data.signals.map((s, k) =>
            row(
              both(known("signal", s)),
              states.map(([state, j]) => cellOf(table[k][j], top, { view: "questions", signal: s, state })),
              el(
                "td",
                {},
                count(
                  table[k].reduce((a, b) => a + b, 0),
                  { view: "questions", signal: s },
                ),
              ),
            ),
          ),
        ),
      ),
    ),
    data.without_tables ? el("p", { class: "note" }, say("questions_left", { n: data.without_tables })) : [],
    el("p", {}, el("a", { class: "plain", ...go({ view: "questions" }) }, say("questions_all"))),
  ];
}
