"use strict";
(() => {
  // Data comes from files that others wrote: it only ever becomes text (textContent), never markup.
  const D = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const $ = (selector, at = document) => at.querySelector(selector);
  const $$ = (selector, at = document) => [...at.querySelectorAll(selector)];
  const FIRST = 10, CHUNK = 50;
  const [REPORT, SECTION, START, END, ROLE, THEMES, SCORE, SCORES, PATH, EVIDENCE, TEXT] = Array.from({ length: 11 }, (_, i) => i);
  const ID = 0, BODY = 1, YEAR = 2, LEVEL = 3;

  // ---- words ----
  const english = () => root.lang === "en";
  const fill = (pattern, values) => pattern.replace(/\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g, (_, name, one, many) => {
    const value = values[name];
    if (one !== undefined) return value === 1 ? one : many;
    return typeof value === "number" ? value.toLocaleString("en-US") : String(value);
  });
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") node.addEventListener("click", value);
      else if (value !== null && value !== false) node.setAttribute(name, value);
    }
    node.append(...children.flat());
    return node;
  };
  const both = (zh, en) => zh === en ? [zh] : [el("span", { class: "zh", lang: "zh-Hans" }, zh), el("span", { class: "en", lang: "en" }, en)];
  const say = (key, values = {}) => both(fill(D.ui[key].zh, values), fill(D.ui[key].en, values));
  const code = (i) => D.codes[i] ? both(D.codes[i].zh, D.codes[i].en) : [];
  const rank = (role) => D.roles.indexOf(role);
  const colour = (role) => rank(role) < 0 ? "c-none" : "c" + rank(role) % 4;
  const shape = (role) => rank(role) < 0 ? "○" : D.shapes[rank(role) % D.shapes.length];
  const level = (name) => name === null ? [D.ui.unknown.zh, D.ui.unknown.en] : [name, D.levels[name] || name];
  const year = (value) => value === null ? [D.ui.unknown.zh, D.ui.unknown.en] : [String(value), String(value)];
  const office = (value) => value === null ? [D.ui.unknown.zh, D.ui.unknown.en] : [value, value];
  const named = (report) => report[BODY] === null ? say("unknown_office") : [report[BODY]];
  const dated = (report) => report[YEAR] === null ? say("unknown_year") : [String(report[YEAR])];
  const option = (value, [zh, en]) => el("option", { value, "data-zh": zh, "data-en": en }, english() ? en : zh);

  // Attributes, options and the title cannot hold two languages at once, so they are changed; all else is there in both.
  function relabel(at = document) {
    const to = english() ? "en" : "zh";
    for (const node of $$("[data-zh]", at)) node.textContent = node.dataset[to];
    for (const node of $$("[data-zh-label]", at)) node.setAttribute("aria-label", node.dataset[to + "Label"]);
    for (const node of $$("[data-language]", at)) node.setAttribute("aria-pressed", String(node.dataset.language === root.lang));
  }
  function speak(language) {
    const open = $("dialog[open]");
    const box = open ? $("#sheet").getBoundingClientRect() : { left: 0, top: 60, width: innerWidth };
    let anchor = null;
    for (let y = 20; !anchor && y < 500; y += 20) {
      const hit = document.elementFromPoint(box.left + box.width / 3, box.top + y);
      anchor = hit && hit.closest("li, tr, p, h1, h2, h3, dl, .said, .source");
    }
    const before = anchor ? anchor.getBoundingClientRect().top : 0;
    root.lang = language;
    relabel();
    cue();
    if (anchor) (open ? $("#sheet") : window).scrollBy({ top: anchor.getBoundingClientRect().top - before, behavior: "instant" });
  }
  for (const button of $$("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));

  function toggle(name, act) {
    for (const group of $$(`[data-toggle="${name}"]`)) {
      group.addEventListener("click", (event) => {
        const chosen = event.target.closest("button");
        if (!chosen) return;
        press(group, chosen.dataset.value);
        act(chosen.dataset.value);
      });
    }
  }
  const press = (group, value) => $$("button", group).forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.value === value)));

  // ---- figures ----
  toggle("unit", (unit) => {
    $("#figure").dataset.unit = $(".spread").dataset.unit = unit;
    const list = $(".spread ol");
    list.append(...$$("li", list).sort((a, b) => a.dataset[unit] - b.dataset[unit]));
  });
  toggle("heat", (role) => $$("#heat .v").forEach((node) => { node.hidden = node.dataset.role !== role; }));
  const only = $("#only");
  only.addEventListener("click", () => {
    const on = only.getAttribute("aria-pressed") !== "true";
    only.setAttribute("aria-pressed", String(on));
    $(".places").classList.toggle("only", on);
  });
  const cue = () => $$(".scroll").forEach((box) => box.classList.toggle("wider", box.scrollWidth > box.clientWidth + 1));
  addEventListener("resize", cue);
  relabel();
  root.classList.add("script");
  cue();
  if (!D.statements.length) return;

  // ---- one theme ----
  const state = { theme: 0, shown: {} };
  let opener = null;
  const index = Object.fromEntries(D.codes.map((c, i) => [c.id, i]));
  const themes = Object.keys(D.themes).map(Number);
  const byTheme = Object.fromEntries(themes.map((t) => [t, []]));
  D.statements.forEach((s, i) => s[THEMES].forEach((t) => byTheme[t].push(i)));
  // Offsets count characters as Python does; a string of JavaScript counts some characters twice, so texts are cut as lists.
  const cache = new Map();
  function characters(section) {
    if (!cache.has(section)) cache.set(section, Array.from(D.sections[section][2]));
    return cache.get(section);
  }
  const slice = (section, start, end) => {
    const from = D.sections[section][1];
    return characters(section).slice(Math.max(0, start - from), Math.max(0, end - from)).join("");
  };
  const words = (s) => s[TEXT] === 0 ? slice(s[SECTION], s[START], s[END]) : s[TEXT];

  const filters = [["#by-year", YEAR, year], ["#by-level", LEVEL, level], ["#by-office", BODY, office]];
  const used = [...new Set(D.statements.map((s) => s[REPORT]))].map((i) => D.reports[i]);
  const levels = Object.keys(D.levels);
  const place = (name) => levels.includes(name) ? levels.indexOf(name) : levels.length;
  for (const [selector, field, name] of filters) {
    const values = [...new Set(used.map((r) => r[field]))].sort((a, b) => {
      if (a === null || b === null) return (a === null) - (b === null);
      if (field === YEAR) return b - a;
      return (field === LEVEL && place(a) - place(b)) || (a < b ? -1 : 1);
    });
    $(selector).append(option("all", [D.ui.all.zh, D.ui.all.en]), ...values.map((v) => option(JSON.stringify(v), name(v))));
    $(selector).addEventListener("change", () => { state.shown = {}; lists(); });
  }
  $("#clear").addEventListener("click", () => {
    for (const [selector] of filters) $(selector).value = "all";
    state.shown = {};
    lists();
    $("#by-year").focus();
  });
  const order = $$(".spread li").map((li) => li.dataset.theme);
  $("#choose").append(...order.map((id) => option(id, [D.codes[index[id]].zh, D.codes[index[id]].en])));
  $("#choose").addEventListener("change", () => show($("#choose").value));

  function passes(s) {
    const report = D.reports[s[REPORT]];
    return filters.every(([selector, field]) => $(selector).value === "all" || JSON.stringify(report[field]) === $(selector).value);
  }
  const score = (n) => n === null ? "–" : (n / 100).toFixed(2);

  function item(i) {
    const s = D.statements[i], report = D.reports[s[REPORT]];
    const chips = s[THEMES].map((t) => t === state.theme
      ? el("span", { class: "chip here" }, code(t))
      : el("button", { type: "button", class: "chip", "data-open": D.codes[t].id }, code(t)));
    const open = s[SECTION] < 0 ? el("span", { class: "quiet" }, say("no_context"))
      : el("button", { type: "button", class: "plain open", "data-statement": i, onclick: () => context(i) }, say("in_context"));
    return el("li", { class: colour(s[ROLE]) },
      el("p", { class: "sentence", lang: "zh-Hans" }, words(s)),
      el("p", { class: "chips" }, el("span", { class: "role" }, shape(s[ROLE]) + " ", code(s[ROLE])), chips),
      el("p", { class: "meta" },
        el("span", { class: "who" }, el("span", { lang: report[BODY] ? "zh-Hans" : null }, named(report)), " · ", dated(report)),
        el("span", { class: "file" }, el("span", { lang: "zh-Hans" }, report[ID]), " · ",
          say("score_pair", { role: score(s[SCORE]), theme: score(s[SCORES][s[THEMES].indexOf(state.theme)]) })), open));
  }

  function lists() {
    const filtered = filters.some(([selector]) => $(selector).value !== "all");
    $("#clear").hidden = !filtered;
    for (const box of $$("#lists .list")) {
      const role = index[box.dataset.role];
      const all = byTheme[state.theme].filter((i) => D.statements[i][ROLE] === role);
      const some = all.filter((i) => passes(D.statements[i]));
      const n = state.shown[role] || FIRST;
      $(".tally", box).replaceChildren(...say(filtered ? "shown_filtered" : "shown", { n: some.length, all: all.length }));
      $("ol", box).replaceChildren(...some.slice(0, n).map(item));
      if (!some.length) $("ol", box).append(el("li", { class: "quiet" }, say("none")));
      const more = $(".more", box), rest = some.length - n;
      more.hidden = rest <= 0;
      more.replaceChildren(...say("more", { n: Math.min(CHUNK, rest) }));
      more.onclick = () => {
        state.shown[role] = n + CHUNK;
        lists();
        const first = $("ol", box).children[n];
        first.tabIndex = -1;
        first.focus();
      };
    }
  }

  function show(id) {
    state.theme = index[id];
    state.shown = {};
    const theme = D.themes[state.theme];
    $("#theme-name").replaceChildren(...code(state.theme));
    $("#choose").value = id;
    const entry = (key, text) => text ? el("div", {}, el("dt", {}, say(key)), el("dd", { lang: "zh-Hans" }, text)) : [];
    $("#definition").replaceChildren(...[entry("definition", theme.definition), entry("not_this", theme.not), entry("examples", theme.examples.join("；"))].flat());
    for (const li of $$(".spread li")) li.classList.toggle("here", li.dataset.theme === id);
    lists();
  }
  const pick = (role) => {
    press($('[data-toggle="list"]'), role);
    for (const box of $$("#lists .list")) box.classList.toggle("off", box.dataset.role !== role);
  };
  toggle("list", pick);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-open]");
    if (!button) return;
    if (button.closest("#figure, #heat")) opener = button;
    show(button.dataset.open);
    if (button.dataset.role) pick(button.dataset.role);
    $(".theme-head").scrollIntoView({ block: "start" });
    $("#theme-name").focus({ preventScroll: true });
  });
  $("#back").addEventListener("click", () => {
    const to = opener || $(`.spread li[data-theme="${D.codes[state.theme].id}"] button`);
    to.scrollIntoView({ block: "center" });
    to.focus({ preventScroll: true });
  });

  // ---- one statement in its context ----
  const sheet = $("#context");
  let current = -1, around = [];
  function pieces(s, section) {
    // Cut the statement wherever evidence begins or ends; a stretch inside any of it is underlined.
    const cuts = new Set([s[START], s[END]]);
    for (const [, a, b] of s[EVIDENCE]) for (const at of [s[START] + a, s[START] + b]) if (at > s[START] && at < s[END]) cuts.add(at);
    const at = [...cuts].sort((a, b) => a - b);
    return at.slice(1).map((end, i) => {
      const text = slice(section, at[i], end);
      return s[EVIDENCE].some(([, a, b]) => s[START] + a <= at[i] && end <= s[START] + b) ? el("u", {}, text) : text;
    });
  }
  function context(i) {
    current = i;
    const s = D.statements[i], section = s[SECTION], report = D.reports[s[REPORT]], from = D.sections[section][1];
    around = D.statements.map((_, k) => k).filter((k) => D.statements[k][SECTION] === section).sort((a, b) => D.statements[a][START] - D.statements[b][START]);
    $("#context-name").replaceChildren(el("span", { lang: report[BODY] ? "zh-Hans" : null }, named(report)), " ", el("small", {}, dated(report)));
    const evidence = s[EVIDENCE].filter(([c]) => c === s[ROLE] || s[THEMES].includes(c))
      .map(([c, a, b]) => el("li", {}, code(c), " ", el("u", { lang: "zh-Hans" }, slice(section, s[START] + a, s[START] + b))));
    const entry = (key, ...content) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, ...content));
    $("#about").replaceChildren(
      entry("file", el("span", { lang: "zh-Hans" }, report[ID]), el("br"), ...say("offsets", { start: String(s[START]), end: String(s[END]) })),
      entry("path", el("span", { lang: "zh-Hans" }, D.paths[s[PATH]].join(" › ") || "–")),
      entry("role", el("span", { class: "role " + colour(s[ROLE]) }, shape(s[ROLE])), " ", code(s[ROLE]), " " + score(s[SCORE])),
      entry("theme", s[THEMES].length ? el("ul", {}, s[THEMES].map((t, k) => el("li", {}, code(t), " " + score(s[SCORES][k])))) : "–"),
      entry("evidence", evidence.length ? el("ul", {}, evidence) : say("no_evidence")));
    const out = [];
    let at = from;
    for (const k of around) {
      const other = D.statements[k];
      if (other[START] < at) continue;
      out.push(slice(section, at, other[START]));
      const sign = el("span", { class: "sign", "aria-hidden": "true" }, shape(other[ROLE]));
      out.push(el(k === i ? "mark" : "span", { class: `said ${colour(other[ROLE])}${k === i ? " now" : ""}`, onclick: () => k !== current && context(k) },
        sign, k === i ? pieces(other, section) : slice(section, other[START], other[END])));
      at = other[END];
    }
    out.push(slice(section, at, Infinity));
    $("#source").replaceChildren(...out);
    $("#previous").disabled = around[0] === i;
    $("#next").disabled = around[around.length - 1] === i;
    if (!sheet.open) sheet.showModal();
    const mark = $("#source mark");
    if (mark) mark.scrollIntoView({ block: "center" });
    $("#context-name").focus({ preventScroll: true });
  }
  const step = (by) => { const k = around[around.indexOf(current) + by]; if (k !== undefined) context(k); };
  $("#previous").addEventListener("click", () => step(-1));
  $("#next").addEventListener("click", () => step(1));
  $("#close").addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  sheet.addEventListener("close", () => { const from = $(`[data-statement="${current}"]`); if (from) from.focus({ preventScroll: true }); });

  show(order[0]);
  pick(D.codes[D.roles[0]].id);
})();
