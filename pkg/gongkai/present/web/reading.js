// ---- reading: one page of sentences at a time ----
const SIZE = 20;
const views = {
  list: sentences,
  pairs: pairList,
  reports: reportList,
  recurring: recurringList,
  reuse: reuseList,
  questions: questionList,
  report: oneReport,
};
async function read(view, wanted) {
  if (["pairs", "recurring", "reuse", "questions"].includes(view) || get("flag")) await extrasRead;
  const made = Object.hasOwn(views, view) ? await views[view]() : { title: say("nothing_here"), body: [] };
  if (!wanted()) return;
  const last = el("span", { "aria-current": "page" }, made.title.map(clone)),
    above = (made.crumbs || []).filter((node) => node.textContent !== last.textContent);
  $("#crumbs").replaceChildren(
    ...[el("a", go({}), say("overview")), ...above, last].flatMap((node, i) =>
      i ? [el("span", { "aria-hidden": "true" }, " › "), node] : [node],
    ),
  );
  $("#reading-name").replaceChildren(...made.title);
  $("#reading-intro").replaceChildren(...(made.intro || []).flat());
  $("#tally").replaceChildren(...(made.tally || []));
  $("#reading-body").replaceChildren(...made.body.flat());
  pager(made.total || 0, made.size || SIZE);
}
const clone = (node) => (typeof node === "string" ? node : node.cloneNode(true));
const pageNumber = () => Math.max(1, Math.floor(Number(get("p"))) || 1);

function pager(total, size) {
  const pages = Math.ceil(total / size),
    p = pageNumber();
  // A page keeps everything of the place but its number.
  const to = (n, key) =>
    n < 1 || n > pages
      ? el("span", { class: "quiet" }, say(key))
      : el("a", { class: "plain", "data-page": n, ...go({ ...Object.fromEntries(here), p: n > 1 ? n : "" }) }, say(key));
  $("#pager").hidden = pages < 2;
  $("#pager").replaceChildren(to(p - 1, "page_before"), el("span", {}, say("page_of", { p, n: pages })), to(p + 1, "page_after"));
}

// The items of the page that is asked for, taken from the reports that hold them; `n(i)` tells how many a report has.
async function paged(n, items, size = SIZE) {
  const { pass } = counted(),
    from = (pageNumber() - 1) * size,
    wanted = [];
  let total = 0,
    reports = 0;
  for (let i = 0; i < N; i++) {
    const k = pass[i] ? n(i) : 0;
    if (!k) continue;
    if (total < from + size && total + k > from) wanted.push([i, Math.max(0, from - total), Math.min(k, from + size - total)]);
    total += k;
    reports++;
  }
  const found = await Promise.all(
    wanted.map(async ([i, a, b]) => {
      const r = await report(i);
      return r
        ? items(i, r).slice(a, b)
        : [el("li", { class: "quiet" }, ...named(i), " · ", ...dated(i), " · ", ...say("not_kept", { n: b - a }))];
    }),
  );
  return { total, reports, found: found.flat() };
}

const matches = (s, role, theme) =>
  (role < 0 ? s[ROLE] >= 0 : s[ROLE] === role) && (theme < 0 || (rank(s[ROLE]) >= 0 && s[THEMES].includes(theme)));
const answered = (r) => new Set(r[PAIRS].flatMap(([a, b]) => [a, b]));

async function sentences() {
  const theme = themeNumber(get("theme")),
    role = roleNumber(get("role")),
    open = get("flag") === "open" && extras && extras.answers;
  const n = (r) => (i) =>
    !open
      ? saidBy(i, r, theme)
      : theme >= 0
        ? countOf(extras.answers.left, i, (p) => p % T === theme && (r < 0 || Math.floor(p / T) === rank(r)))
        : D.themed
            .slice(0, 2)
            .reduce((sum, x, k) => sum + (r < 0 || x === r ? extras.answers.alone[i * Math.min(2, D.themed.length) + k] : 0), 0);
  const { total, reports, found } = await paged(n(role), (i, r) => {
    const met = open && answered(r);
    return r[STATEMENTS].filter(
      (s) => matches(s, role, theme) && (!open || (!met.has(s[START]) && rank(s[ROLE]) >= 0 && rank(s[ROLE]) < 2)),
    ).map((s) => card(i, r, s));
  });
  const { pass } = counted(),
    sum = (r) => {
      let k = 0;
      for (let i = 0; i < N; i++) if (pass[i]) k += n(r)(i);
      return k;
    };
  const tabs = [-1, ...D.roles.keys()].map((r) => [r, sum(r)]).filter(([r, k]) => k || r === role || r < 0);
  const own = { ...Object.fromEntries(here), p: "" };
  return {
    title: theme < 0 ? say("all_themes") : both(themeWords(theme)),
    intro: [
      ...(theme < 0 ? [] : [definition(D.themes[theme])]),
      ...(open ? [el("p", { class: "lead" }, say("flag_open"))] : []),
      el(
        "div",
        { class: "by-line" },
        el(
          "nav",
          { class: "tabs", ...label("role") },
          tabs.map(([r, k]) =>
            el(
              "a",
              {
                class: r < 0 ? null : colour(r),
                "aria-current": r === role ? "true" : null,
                ...go({ ...own, role: r < 0 ? "" : D.roles[r].id }),
              },
              r < 0 ? say("all") : [shape(r), " ", both(roleWords(r))],
              " ",
              el("small", {}, k.toLocaleString("en-US")),
            ),
          ),
        ),
        chooser(theme),
      ),
    ],
    tally: C && !open ? say("shown_kept", { n: total, reports, all: inAll(role, theme) }) : say("shown", { n: total, reports }),
    body: [found.length ? el("ol", { class: "cards" }, found) : el("p", { class: "quiet" }, say("none"))],
    total,
  };
}
// How many statements of all reports carry a theme (-1: any) in a role (-1: any).
function inAll(role, theme) {
  const { all } = counted(),
    of = role < 0 ? [...D.roles.keys()] : [role];
  return of.reduce((sum, r) => sum + (theme < 0 ? all.said[r] : rank(r) < 0 ? 0 : all.statements[pairOf(r, theme)]), 0);
}
function chooser(theme) {
  const select = el(
    "select",
    { id: "choose" },
    option("", words(D.ui.all_themes)),
    order().map((t) => option(D.themes[t].id, themeWords(t))),
  );
  select.value = theme < 0 ? "" : D.themes[theme].id;
  select.addEventListener("change", () => change({ theme: select.value, p: "" }));
  return el("label", { class: "field" }, say("choose_theme"), " ", select);
}
function definition(theme) {
  const entry = (key, text) => (text ? el("div", {}, el("dt", {}, say(key)), el("dd", { lang: "zh-Hans" }, text)) : null);
  return el(
    "dl",
    { class: "definition" },
    entry("definition", theme.definition),
    entry("not_this", theme.not),
    entry("examples", theme.examples.join("；")),
  );
}

async function pairList() {
  if (!extras || !extras.answers) return { title: say("nothing_here"), body: [] };
  const a = themeNumber(get("from")),
    b = themeNumber(get("to_theme")),
    data = extras.answers;
  const n = (i) => (a < 0 || b < 0 ? data.n[i] : countOf(data.pairs, i, (p) => p === a * T + b));
  const { total, reports, found } = await paged(n, (i, r) => {
    const at = new Map(r[STATEMENTS].map((s) => [s[START], s]));
    return r[PAIRS].map(([x, y, ...rest]) => [at.get(x), at.get(y), ...rest])
      .filter(([x, y]) => a < 0 || b < 0 || (x[THEMES].includes(a) && y[THEMES].includes(b)))
      .map(([x, y, sure, why, tense]) =>
        el(
          "li",
          { class: "couple" },
          [x, y].map((s) =>
            el(
              "div",
              { class: colour(s[ROLE]) },
              quoted(r, s),
              el("p", { class: "chips" }, saying(s), chips(s, -1)),
              el("a", { class: "plain open", ...go(toReport(i, s[START])) }, say("in_context")),
            ),
          ),
          el(
            "p",
            { class: "meta" },
            whose(i),
            el(
              "span",
              {},
              say("pair_why", { score: sure === null ? "–" : sure.toFixed(2) }),
              " ",
              why.map((w, k) => [k ? "、" : "", both(known("why", w))]),
            ),
            tense ? el("span", {}, say("pair_tense"), both(known("tense", tense))) : null,
          ),
        ),
      );
  });
  return {
    title: a < 0 || b < 0 ? say("pairs_all") : say("pairs_title", { a: themeWords(a), b: themeWords(b) }),
    crumbs: crumb("answers", "answers_title"),
    intro: [el("p", { class: "note" }, say("answers_note"))],
    tally: say("pairs_shown", { n: total, reports }),
    body: [found.length ? el("ol", { class: "cards" }, found) : el("p", { class: "quiet" }, say("none"))],
    total,
  };
}
