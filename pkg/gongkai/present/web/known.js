// ---- what else is known of one report: its figures, the questions to it, what it repeats ----
function statutory(r) {
  if (!r[CELLS].length && !r[FINDINGS].length) return [];
  const name = (table, part, id) => held((held(D.tables, table) || {})[part] || {}, id) || [id, id];
  const doubtful = new Set(r[FINDINGS].flatMap(([, table, line, column]) => [`${table} ${line} ${column}`]));
  const tables = r[CELLS].map(([layout, written]) => {
    const [table, keys] = D.layouts[layout],
      lines = [...new Set(keys.map(([line]) => line))],
      columns = [...new Set(keys.map(([, column]) => column))];
    const at = new Map(keys.map(([line, column], k) => [`${line} ${column}`, written[k]]));
    const cell = (line, column) =>
      at.has(`${line} ${column}`)
        ? el(
            "td",
            { class: "n" + (doubtful.has(`${table} ${line} ${column}`) || doubtful.has(`${table} ${line} `) ? " odd" : "") },
            at.get(`${line} ${column}`) === null ? "?" : at.get(`${line} ${column}`) || "·",
          )
        : el("td", { class: "void" });
    const caption = both(words(held(D.kinds, table)));
    return boxed(
      "figures_title",
      el(
        "table",
        { class: "plain-table figures" },
        el("caption", {}, caption),
        heads("", ...columns.map((c) => both(name(table, "columns", c)))),
        el(
          "tbody",
          {},
          lines.map((line) =>
            row(
              both(name(table, "rows", line)),
              columns.map((c) => cell(line, c)),
            ),
          ),
        ),
      ),
    );
  });
  const findings = r[FINDINGS].length
    ? [
        el(
          "ul",
          { class: "findings" },
          r[FINDINGS].map(([check, table, , , message]) =>
            el("li", {}, el("b", {}, both(words(held(D.kinds, table)))), " ", both(known("check", check)), " ", zh(message)),
          ),
        ),
      ]
    : [el("p", { class: "note" }, say("findings_none"))];
  return [el("h3", { id: "figures" }, say("figures_title")), el("p", { class: "note" }, say("figures_note")), ...findings, ...tables];
}
const asked = (i, r) =>
  r[QUESTIONS].length && extras && extras.questions
    ? [
        el("h3", {}, say("questions_title")),
        el(
          "ul",
          { class: "cards" },
          r[QUESTIONS].map((q) => el("li", {}, question(i, r, q))),
        ),
      ]
    : [];
function related(i) {
  const out = [],
    reused = extras && extras.reuse && extras.reuse.rows.find((x) => x[REUSE.REPORT] === i);
  if (reused)
    out.push(
      el("h3", {}, say("reuse_title")),
      compared(reused)
        ? el(
            "p",
            {},
            say("reuse_here", { parts: parts(reused) }),
            " ",
            both(known("source", extras.reuse.sources[reused[REUSE.SOURCE]])),
            " · ",
            say("reuse_nearest"),
            " ",
            nearest(reused),
          )
        : el("p", {}, say("reuse_short_here")),
    );
  const again = extras && extras.recurring ? extras.recurring.rows.filter((x) => x[RECUR.AFTER] === i) : [];
  if (again.length)
    out.push(
      el("h3", {}, say("recurring_title")),
      el(
        "ul",
        { class: "again" },
        again.map((x) =>
          el(
            "li",
            {},
            el(
              "a",
              go({
                view: "list",
                theme: D.themes[x[RECUR.THEME]].id,
                role: "",
                body: extras.recurring.bodies[x[RECUR.BODY]],
                region: x[RECUR.REGION] || "",
                year: "",
              }),
              both(themeWords(x[RECUR.THEME])),
            ),
            ` ${x[RECUR.YEAR]} → ${x[RECUR.NEXT]}: `,
            both(known("outcome", extras.recurring.outcomes[x[RECUR.OUTCOME]])),
          ),
        ),
      ),
    );
  return out;
}
