// ---- questions to the reader ----
async function questionList() {
  if (!extras || !extras.questions) return { title: say("nothing_here"), body: [] };
  const data = extras.questions,
    signal = data.signals.indexOf(get("signal")),
    state = data.states.indexOf(get("state"));
  const fits = ([s, a]) => (signal < 0 || s === signal) && (state < 0 || a === state);
  const of = new Uint32Array(N);
  for (const [i, s, a] of data.rows) if (fits([s, a])) of[i]++;
  const { total, reports, found } = await paged(
    (i) => of[i],
    (i, r) =>
      r[QUESTIONS].filter(fits).map((q) =>
        el(
          "li",
          {},
          question(i, r, q),
          el("p", { class: "meta" }, whose(i), el("a", { class: "plain open", ...go({ view: "report", r: i }) }, say("in_report"))),
        ),
      ),
  );
  return {
    title:
      signal < 0
        ? say("questions_title")
        : [...both(known("signal", data.signals[signal])), ...(state < 0 ? [] : [" · ", ...both(known("state", data.states[state]))])],
    crumbs: crumb("questions", "questions_title"),
    intro: [el("p", { class: "note" }, say("questions_note"))],
    tally: say("questions_n", { n: total, reports }),
    total,
    body: [found.length ? el("ol", { class: "cards" }, found) : empty()],
  };
}
// Places in a coded statement lead to it, others to the figures of the report.
function question(i, r, [signal, state, value, zhText, enText, spots]) {
  const said = r[STATEMENTS].filter((s) => spots.some((at) => s[START] <= at && at < s[END])).slice(0, 5);
  return [
    el("p", { class: "sentence" }, both([zhText, enText])),
    el(
      "p",
      { class: "chips" },
      el("span", { class: "chip" }, both(known("signal", extras.questions.signals[signal]))),
      value === "" ? null : el("span", {}, value),
      el("span", {}, both(known("state", extras.questions.states[state]))),
      said.map((s, k) => el("a", { class: "plain", ...go({ view: "report", r: i, at: s[START] }) }, say("place_n", { n: k + 1 }))),
      r[CELLS].length ? el("a", { class: "plain", ...go({ view: "report", r: i, to: "figures" }) }, say("to_figures")) : null,
    ),
  ];
}
