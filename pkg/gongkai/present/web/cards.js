// ---- one sentence with what is said of it ----
const AROUND = 140,
  LONGEST = 700;
// A sentence in its paragraph, evidence underlined; the paragraph is cut where it runs far beyond the sentence.
function quoted(r, s) {
  const section = s[TEXT] === 0 ? sectionOf(r, s) : null;
  if (!section)
    return el("p", { class: "sentence", lang: "zh-Hans" }, el("mark", { class: colour(s[ROLE]) }, underlined(s, sourceOf(r, s))));
  const [, , from, text] = section,
    before = cut(text, 0, s[START] - from),
    after = cut(text, s[END] - from);
  const lead = before.slice(before.lastIndexOf("\n") + 1),
    end = after.indexOf("\n"),
    rest = end < 0 ? after : after.slice(0, end);
  return el(
    "p",
    { class: "sentence", lang: "zh-Hans" },
    lead.length > AROUND ? "……" + lead.slice(-AROUND).replace(/^[\udc00-\udfff]/, "") : lead.trimStart(),
    el("mark", { class: colour(s[ROLE]) }, underlined(s, sourceOf(r, s))),
    rest.length > AROUND ? rest.slice(0, AROUND).replace(/[\ud800-\udbff]$/, "") + "……" : rest,
  );
}
// A text cut wherever evidence begins or ends; a stretch inside any of it is underlined.
function underlined(s, text, longest = LONGEST) {
  const letters = Array.from(text),
    marks = s[EVIDENCE].map(([, a, b]) => [Math.max(0, a), Math.min(letters.length, b)]);
  const at = [...new Set([0, letters.length, ...marks.flat()])].sort((a, b) => a - b).filter((x) => x <= longest);
  if (letters.length > longest) at.push(longest);
  const parts = at.slice(1).map((end, i) => {
    const part = letters.slice(at[i], end).join("");
    return marks.some(([a, b]) => a <= at[i] && end <= b) ? el("u", {}, part) : part;
  });
  return letters.length > longest ? [...parts, "……"] : parts;
}
const chips = (s, theme) =>
  s[THEMES].map((t, k) =>
    el(
      "a",
      {
        class: "chip" + (t === theme ? " here" : ""),
        ...go({ view: "list", theme: D.themes[t].id, role: s[ROLE] < 0 ? "" : D.roles[s[ROLE]].id }),
      },
      both(themeWords(t)),
      " ",
      el("small", {}, score(s[SCORES][k])),
    ),
  );
const saying = (s) =>
  el("span", { class: `role ${colour(s[ROLE])}` }, shape(s[ROLE]), " ", both(roleWords(s[ROLE])), " ", el("small", {}, score(s[SCORE])));
const whose = (i) => [el("span", { class: "who" }, named(i), " · ", dated(i)), el("span", { class: "file" }, zh(D.reports.id[i]))];
const toReport = (i, at) => ({ view: "report", r: i, at, theme: get("theme"), from: get("from"), to_theme: get("to_theme") });

function card(i, r, s) {
  return el(
    "li",
    { class: colour(s[ROLE]) },
    quoted(r, s),
    el("p", { class: "chips" }, saying(s), chips(s, themeNumber(get("theme")))),
    el(
      "p",
      { class: "meta" },
      whose(i),
      el("a", { class: "plain open", ...go(toReport(i, s[START])) }, say(i < D.whole ? "in_context" : "in_report")),
    ),
  );
}
