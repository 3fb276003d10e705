// ---- lists of reports and offices ----
const ROWS = 50;
const slice = (rows, size) => rows.slice((pageNumber() - 1) * size, pageNumber() * size);
const crumb = (id, key) => [el("a", go({ to: id }), say(key))];
const reportLink = (i, values = {}) => el("a", go({ view: "report", r: i, ...values }), named(i), " · ", dated(i));
const empty = () => el("p", { class: "quiet" }, say("none"));

// How many of all reports have a section in one of these states; "?" where that is not counted.
function inPlace(k, wanted, gaps) {
  const { units, read } = counted(),
    kinds = D.places.kinds.length;
  let sum = 0;
  if (k < 0) {
    for (let c = 0; c < M; c++) if (units[c]) sum += C.gaps[c];
    return gaps ? sum : read;
  }
  if (gaps && /[fn]/.test(wanted)) return "?";
  for (let c = 0; c < M; c++) if (units[c]) for (const letter of wanted) sum += C.states[(c * kinds + k) * 4 + "flmn".indexOf(letter)];
  return sum;
}

const LETTERS = { found: "f", low: "l", missing: "m", there: "fl" };
function reportList() {
  const { pass } = counted(),
    k = D.places.kinds.indexOf(get("kind")),
    state = held(LETTERS, get("state")) ? get("state") : "",
    gaps = get("gaps");
  const wanted = LETTERS[state] || "flmn";
  const found = [];
  for (let i = 0; i < N; i++) {
    const states = D.places.states[i];
    if (pass[i] && (k < 0 || wanted.includes(states[k])) && (!gaps || /[lm]/.test(states))) found.push(i);
  }
  const own = Object.fromEntries(here);
  const cell = (i, s) => {
    const letter = D.places.states[i][s],
      [sure, notes] = (D.places.notes[i] || {})[s] || [null, []];
    const name = { f: "found", l: "low", m: "missing", n: "not_due" }[letter];
    return el(
      "td",
      { class: name },
      letter === "f"
        ? [el("span", { class: "mark", "aria-hidden": "true" }, "✓"), el("span", { class: "vh" }, say("found"))]
        : letter === "n"
          ? [el("span", { "aria-hidden": "true" }, "—"), el("span", { class: "vh" }, say("not_due"))]
          : el("b", {}, letter === "l" ? "? " : "✕ ", say(name)),
      sure === null ? null : el("small", {}, say("confidence", { n: score(sure) })),
      notes.map((t) => el("small", {}, both(D.places.texts[t]))),
    );
  };
  const name =
    k < 0 ? say("all_reports") : [...both(words(D.kinds[D.places.kinds[k]])), " · ", ...say(state === "there" ? "found" : state || "all")];
  return {
    title: name,
    crumbs: crumb("sections", "sections_title"),
    total: found.length,
    size: ROWS,
    tally: C ? say("reports_kept", { n: found.length, all: inPlace(k, wanted, gaps) }) : say("reports_n", { n: found.length }),
    intro: [
      el(
        "p",
        {},
        el("a", { class: "plain", ...go({ ...own, gaps: gaps ? "" : "1", p: "" }) }, say(gaps ? "with_and_without" : "only_doubtful")),
      ),
    ],
    body: [
      found.length
        ? boxed(
            "sections_caption",
            el(
              "table",
              { class: "places" },
              heads(say("report"), say("year"), ...D.places.kinds.map((kind) => both(words(D.kinds[kind])))),
              el(
                "tbody",
                {},
                slice(found, ROWS).map((i) =>
                  row(
                    [el("a", go({ view: "report", r: i }), named(i)), el("small", {}, zh(D.reports.id[i]))],
                    el("td", {}, dated(i)),
                    D.places.kinds.map((_, s) => cell(i, s)),
                  ),
                ),
              ),
            ),
          )
        : empty(),
    ],
  };
}

function recurringList() {
  if (!extras || !extras.recurring) return { title: say("nothing_here"), body: [] };
  const { pass } = counted(),
    data = extras.recurring,
    theme = themeNumber(get("theme")),
    outcome = data.outcomes.indexOf(get("outcome"));
  const found = data.rows
    .filter((r) => recurs(r, pass) && (theme < 0 || r[RECUR.THEME] === theme) && (outcome < 0 || r[RECUR.OUTCOME] === outcome))
    .sort((a, b) => a[RECUR.BODY] - b[RECUR.BODY] || a[RECUR.THEME] - b[RECUR.THEME] || a[RECUR.YEAR] - b[RECUR.YEAR]);
  const year = (r, which, i) =>
    i < 0
      ? String(r[which])
      : el(
          "a",
          go({
            view: "list",
            theme: D.themes[r[RECUR.THEME]].id,
            role: "",
            body: data.bodies[r[RECUR.BODY]],
            region: r[RECUR.REGION] || "",
            year: r[which],
          }),
          String(r[which]),
        );
  return {
    title: [
      ...say("recurring_title"),
      ...(theme < 0 ? [] : [" · ", ...both(themeWords(theme))]),
      ...(outcome < 0 ? [] : [" · ", ...both(known("outcome", data.outcomes[outcome]))]),
    ],
    crumbs: crumb("recurring", "recurring_title"),
    intro: [el("p", { class: "note" }, say("recurring_note"))],
    total: found.length,
    size: ROWS,
    tally: say("rows_n", { n: found.length }),
    body: [
      found.length
        ? boxed(
            "recurring_title",
            el(
              "table",
              { class: "plain-table" },
              heads(say("body"), say("theme"), say("years"), say("outcome")),
              el(
                "tbody",
                {},
                slice(found, ROWS).map((r) =>
                  row(
                    el(
                      "a",
                      go({
                        view: "list",
                        theme: D.themes[r[RECUR.THEME]].id,
                        role: "",
                        body: data.bodies[r[RECUR.BODY]],
                        region: r[RECUR.REGION] || "",
                        year: "",
                      }),
                      zh(data.bodies[r[RECUR.BODY]]),
                    ),
                    el("td", {}, both(themeWords(r[RECUR.THEME]))),
                    el("td", {}, year(r, RECUR.YEAR, r[RECUR.BEFORE]), " → ", year(r, RECUR.NEXT, r[RECUR.AFTER])),
                    el("td", {}, both(known("outcome", data.outcomes[r[RECUR.OUTCOME]]))),
                  ),
                ),
              ),
            ),
          )
        : empty(),
    ],
  };
}

const nearest = (r) => (r[REUSE.NEAREST] >= 0 ? reportLink(r[REUSE.NEAREST]) : r[REUSE.NAME] ? zh(r[REUSE.NAME]) : "–");
const parts = (r) => `${r[REUSE.REUSED].toLocaleString("en-US")}/${r[REUSE.UNITS].toLocaleString("en-US")}`;
const compared = (r) => r[REUSE.RATE] !== null;
// Reports that could not be compared, as rows like the others: those with too short sentences only, and those with none.
function uncompared(data, pass) {
  const about = new Set(data.rows.map((r) => r[REUSE.REPORT]));
  return {
    short: data.rows.filter((r) => pass[r[REUSE.REPORT]] && !compared(r)),
    none: D.reports.id.flatMap((_, i) => (pass[i] && !about.has(i) ? [[i, 0, 0, null, null, -1, "", -1]] : [])),
  };
}
function reuseCount(data, pass) {
  const n = data.rows.filter((r) => pass[r[REUSE.REPORT]] && compared(r)).length;
  const rest = Object.entries(uncompared(data, pass)).filter(([, rows]) => rows.length);
  return el(
    "p",
    { class: "note" },
    say("reuse_compared", { n }),
    rest.map(([bin, rows]) => [" ", el("a", go({ view: "reuse", bin }), say(`reuse_${bin}`, { n: rows.length }))]),
  );
}
function reuseList() {
  if (!extras || !extras.reuse) return { title: say("nothing_here"), body: [] };
  const { pass } = counted(),
    data = extras.reuse,
    source = data.sources.indexOf(get("source")),
    bin = BINS.indexOf(Number(get("bin") || -1)),
    left = held(uncompared(data, pass), get("bin"));
  const fits = (r) => (source < 0 || r[REUSE.SOURCE] === source) && (bin < 0 || binOf(r[REUSE.RATE]) === bin);
  const found = left || data.rows.filter((r) => pass[r[REUSE.REPORT]] && compared(r) && fits(r));
  return {
    title: [
      ...say("reuse_title"),
      ...(source < 0 ? [] : [" · ", ...both(known("source", data.sources[source]))]),
      ...(bin >= 0 ? [` · ${BINS[bin]}–${BINS[bin] + 20}%`] : []),
      ...(left ? [" · ", ...say("reuse_left")] : []),
    ],
    crumbs: crumb("reuse", "reuse_title"),
    intro: [el("p", { class: "note" }, say("reuse_note")), reuseCount(data, pass)],
    total: found.length,
    size: ROWS,
    tally: say("reports_n", { n: found.length }),
    body: [
      found.length
        ? boxed(
            "reuse_title",
            el(
              "table",
              { class: "plain-table" },
              heads(say("report"), say("reuse_rate"), say("reuse_units"), say("reuse_nearest"), say("reuse_similar"), say("reuse_source")),
              el(
                "tbody",
                {},
                slice(found, ROWS).map((r) =>
                  row(
                    reportLink(r[REUSE.REPORT]),
                    el("td", { class: "n" }, compared(r) ? `${r[REUSE.RATE]}%` : "–"),
                    el("td", { class: "n" }, compared(r) ? parts(r) : "–"),
                    el("td", {}, nearest(r)),
                    el("td", { class: "n" }, score(r[REUSE.SIMILAR])),
                    el("td", {}, compared(r) ? both(known("source", data.sources[r[REUSE.SOURCE]])) : "–"),
                  ),
                ),
              ),
            ),
          )
        : empty(),
    ],
  };
}
