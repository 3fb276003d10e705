// ---- one report: its sections with every label, its figures, and what else is known of it ----
const MOST = 300;
async function oneReport() {
  await extrasRead;
  const i = Number(get("r")),
    theme = themeNumber(get("theme"));
  if (!get("r") || !Number.isInteger(i) || i < 0 || i >= N) return { title: say("no_report"), body: [] };
  const r = await report(i),
    list = r ? r[STATEMENTS] : [],
    at = Number(get("at")) || -1;
  // A place that is no statement (a question's) leads to the statement around or after it.
  const chosen =
    at < 0
      ? -1
      : Math.max(
          0,
          list.findIndex((s) => s[END] > at),
        );
  const entry = (key, ...content) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, content));
  const same =
    D.reports.body[i] < 0
      ? []
      : D.reports.body
          .map((b, k) => [b, k])
          .filter(([b, k]) => b === D.reports.body[i] && k !== i)
          .map(([, k]) => k)
          .slice(0, 30);
  const crumbs =
    get("from") && get("to_theme")
      ? [el("a", go({ view: "pairs", from: get("from"), to_theme: get("to_theme") }), say("pairs_all"))]
      : theme < 0
        ? []
        : [el("a", go({ view: "list", theme: D.themes[theme].id }), both(themeWords(theme)))];
  const body = [];
  if (!r || !list.length) body.push(el("p", { class: "lead" }, say(r ? "report_uncoded" : "not_kept_report")));
  else
    body.push(
      el(
        "p",
        { class: "legend" },
        [...D.themed, -1].map((x) =>
          el("span", { class: `said ${colour(x)}` }, el("i", {}, shape(x)), " ", x < 0 ? say("other_roles") : both(roleWords(x))),
        ),
        el("u", {}, say("evidence")),
      ),
    );
  if (list.length && i >= D.whole) body.push(el("p", { class: "lead" }, say("not_whole")));
  if (list.length) body.push(...sectionTexts(r, list, chosen, i));
  if (r) body.push(...statutory(r), ...asked(i, r));
  body.push(...related(i));
  return {
    title: [...named(i), " ", el("small", {}, dated(i))],
    crumbs,
    intro: [
      el(
        "dl",
        { class: "about" },
        entry("file", zh(D.reports.id[i])),
        entry("level", both(levelWords(levelOf(i)))),
        entry("region", regionOf(i) === null ? say("unknown") : zh(regionOf(i))),
        entry(
          "sections_here",
          D.places.kinds.map((kind, s) => [
            s ? "、" : "",
            el(
              "span",
              { class: { f: "", l: "low", m: "missing", n: "quiet" }[D.places.states[i][s]] },
              both(words(D.kinds[kind])),
              { f: " ✓", l: " ?", m: " ✕", n: " —" }[D.places.states[i][s]],
            ),
          ]),
        ),
        same.length
          ? entry(
              "same_body",
              same.map((k, n) => [n ? "、" : "", el("a", go({ view: "report", r: k, at: "", theme: get("theme") }), dated(k))]),
            )
          : null,
      ),
      chosen >= 0 && list[chosen] ? detail(r, list, chosen) : null,
    ].filter(Boolean),
    body,
  };
}

function detail(r, list, k) {
  const s = list[k],
    entry = (key, ...content) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, content)),
    source = Array.from(sourceOf(r, s));
  const codeWords = (c) => (c < ROLES ? roleWords(c) : themeWords(c - ROLES));
  const evidence = s[EVIDENCE].filter(([c]) => c === s[ROLE] || s[THEMES].includes(c - ROLES)).map(([c, a, b]) =>
    el("li", {}, both(codeWords(c)), " ", el("u", { lang: "zh-Hans" }, source.slice(a, b).join(""))),
  );
  const step = (to, key) =>
    el(
      "button",
      { type: "button", class: "plain", "data-step": to, disabled: !list[to], onclick: () => change({ at: list[to][START] }, true) },
      say(key),
    );
  return el(
    "div",
    { class: `detail ${colour(s[ROLE])}` },
    el(
      "dl",
      {},
      entry("role", saying(s)),
      entry("theme", s[THEMES].length ? el("span", { class: "chips" }, chips(s, themeNumber(get("theme")))) : "–"),
      entry("evidence", evidence.length ? el("ul", {}, evidence) : say("no_evidence")),
      entry("path", zh(D.paths[s[PATH]].join(" › ") || "–")),
      entry("offsets", say("offsets_text", { start: String(s[START]), end: String(s[END]) })),
    ),
    el("p", { class: "steps" }, step(k - 1, "previous"), el("span", { class: "quiet" }, `${k + 1}/${list.length}`), step(k + 1, "next")),
  );
}

// A very long section is shown in part: the statements around the chosen one.
function sectionTexts(r, list, chosen, i) {
  const from = list.length > MOST ? Math.max(0, Math.min(chosen - MOST / 2, list.length - MOST)) : 0,
    some = list.slice(from, from + MOST);
  const note =
    list.length > MOST
      ? [
          el(
            "p",
            { class: "note" },
            say("report_part", { from: from + 1, to: from + some.length, n: list.length }),
            " ",
            from
              ? el("a", { class: "plain", ...go({ ...toReport(i, list[Math.max(0, from - MOST / 2)][START]) }) }, say("part_before"))
              : null,
            " ",
            from + some.length < list.length
              ? el(
                  "a",
                  { class: "plain", ...go({ ...toReport(i, list[Math.min(list.length - 1, from + MOST + MOST / 2)][START]) }) },
                  say("part_after"),
                )
              : null,
          ),
        ]
      : [];
  const seen = new Set();
  const parts = r[SECTIONS].flatMap(([kind, title, start, text]) => {
    if (text === null) return [];
    const mine = some.filter((s) => !seen.has(s) && start <= s[START] && s[END] <= start + size(text));
    mine.forEach((s) => seen.add(s));
    if (!mine.length && some.length < list.length) return [];
    const letters = Array.from(text),
      out = [];
    let at = from || some.length < list.length ? mine[0][START] - start : 0;
    for (const s of mine) {
      if (s[START] - start < at) continue;
      out.push(
        letters.slice(at, s[START] - start).join(""),
        marked(s, letters.slice(s[START] - start, s[END] - start).join(""), s === list[chosen]),
      );
      at = s[END] - start;
    }
    if (some.length === list.length) out.push(letters.slice(at).join(""));
    return [el("div", { class: "source", lang: "zh-Hans", ...label("section_text") }, out)];
  });
  const loose = some.filter((s) => !seen.has(s));
  return [
    ...note,
    ...parts,
    ...(loose.length
      ? [
          el(
            "div",
            { class: "source loose", lang: "zh-Hans" },
            loose.map((s) => [marked(s, sourceOf(r, s), s === list[chosen]), "\n"]),
          ),
        ]
      : []),
  ];
}
function marked(s, text, now) {
  const labels = el(
    "span",
    { class: "labels" },
    " ",
    el("span", {}, shape(s[ROLE]), " ", both(roleWords(s[ROLE])), " ", score(s[SCORE])),
    s[THEMES].map((t, k) => [" ", el("span", {}, "· ", both(themeWords(t)), " ", score(s[SCORES][k]))]),
  );
  return el(
    now ? "mark" : "span",
    {
      class: `said ${colour(s[ROLE])}${now ? " now" : ""}`,
      "data-at": s[START],
      onclick: () => {
        if (!now) change({ at: s[START] }, true);
      },
    },
    el("span", { class: "sign", "aria-hidden": "true" }, shape(s[ROLE])),
    underlined(s, text, Infinity),
    labels,
  );
}
