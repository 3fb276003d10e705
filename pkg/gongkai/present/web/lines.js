// ---- themes over the years: a small chart each, all on one scale ----
const WIDE = 220,
  HIGH = 112,
  LEFT = 32,
  RIGHT = 6,
  ABOVE = 8,
  BELOW = 16;
function lines(columns, chosen) {
  const years = D.groups.year.map((y, c) => [y, c]).filter(([y, c]) => y !== null && columns[c].n);
  const box = $("#lines"),
    roles = D.themed.filter((r) => chosen < 0 || rank(chosen) < 0 || r === chosen);
  if (years.length < 2) {
    box.replaceChildren(el("p", { class: "note" }, say("lines_none")));
    return;
  }
  const [first, last] = [years[0][0], years[years.length - 1][0]];
  const points = (role, theme) =>
    years.map(([y, c]) => ({ y, c, ...share(columns[c], pairOf(role, theme), "reports", D.spans.year[c][pairOf(role, theme)]) }));
  const themes = $$(".spread li").map((li) => themeNumber(li.dataset.theme));
  const series = themes.map((t) => [t, roles.map((r) => [r, points(r, t)])]);
  const top = TOPS.find(
    (x) => x >= Math.min(1, Math.max(...series.flatMap(([, of]) => of.flatMap(([, ps]) => ps.map((p) => Math.max(p.value, p.high || 0)))))),
  );
  const x = (y) => LEFT + ((WIDE - LEFT - RIGHT) * (y - first)) / (last - first);
  const at = (v) => HIGH - BELOW - (HIGH - ABOVE - BELOW) * Math.min(v / top, 1);
  box.replaceChildren(
    ...series.map(([t, of]) =>
      el("figure", {}, el("figcaption", {}, el("a", go({ view: "list", theme: D.themes[t].id }), both(themeWords(t)))), chart(t, of)),
    ),
  );

  function chart(t, of) {
    const grid = [0, 0.5, 1].map((part) => draw("path", { class: "grid", d: `M${LEFT} ${at(top * part).toFixed(1)}H${WIDE - RIGHT}` }));
    const axis = [
      ["end", LEFT - 3, at(top) + 3.5, `${Math.round(top * 100)}%`],
      ["end", LEFT - 3, at(0) + 1, "0"],
      ["start", LEFT, HIGH - 4, first],
      ["end", WIDE - RIGHT, HIGH - 4, last],
    ].map(([anchor, left, y, text]) => draw("text", { x: left, y, "text-anchor": anchor }, String(text)));
    const said = (g) =>
      `${D.themes[t][g]}: ` +
      of
        .map(([r, ps]) => `${D.roles[r][g]} ` + ps.map((p) => `${p.y} ${percent(p.count, p.n)}% (${p.count}/${p.n})`).join(", "))
        .join("; ");
    const text = [said("zh"), said("en")];
    return draw(
      "svg",
      {
        viewBox: `0 0 ${WIDE} ${HIGH}`,
        role: "img",
        "aria-label": english() ? text[1] : text[0],
        "data-zh-label": text[0],
        "data-en-label": text[1],
      },
      grid,
      axis,
      of.map(([r, ps], k) => line(t, r, ps, (k - (of.length - 1) / 2) * 2.4)),
    );
  }
  function line(t, r, ps, aside) {
    const whiskers = ps
      .filter((p) => p.low !== null && p.high !== null)
      .map((p) => `M${(x(p.y) + aside).toFixed(1)} ${at(p.low).toFixed(1)}V${at(p.high).toFixed(1)}`)
      .join("");
    return draw(
      "g",
      { class: colour(r) },
      draw("path", { class: "whisker", d: whiskers }),
      draw("path", {
        class: "line",
        d: ps.map((p, i) => `${i ? "L" : "M"}${(x(p.y) + aside).toFixed(1)} ${at(p.value).toFixed(1)}`).join(""),
      }),
      // The table beneath holds the same links for the keyboard.
      ps.map((p) =>
        draw(
          "a",
          { ...go({ view: "list", theme: D.themes[t].id, role: D.roles[r].id, year: String(p.y) }), tabindex: "-1" },
          draw("title", {}, `${p.y} ${shape(r)} ${percent(p.count, p.n)}% ${p.count}/${p.n}` + (interval(p) ? ` (${interval(p)}%)` : "")),
          draw("circle", { class: p.small ? "small-n" : null, cx: (x(p.y) + aside).toFixed(1), cy: at(p.value).toFixed(1), r: 3 }),
        ),
      ),
    );
  }
}
