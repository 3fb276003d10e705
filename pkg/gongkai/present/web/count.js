// ---- counting, over the reports that pass the filters ----
const counts = { flat: Uint32Array.from(D.counts), at: starts(D.counts) };
const UNKNOWN = "?";
const filtered = () => FILTERS.some((name) => get(name));

// Which reports pass the filters, or which cells.
function passing(of = D.reports, n = N) {
  const tests = [];
  for (const [name, values] of [
    ["year", D.groups.year],
    ["level", D.groups.level],
  ]) {
    if (!get(name)) continue;
    const wanted = values.findIndex((v) => (v === null ? UNKNOWN : String(v)) === get(name));
    tests.push((i) => of[name][i] === wanted);
  }
  if (!C && get("body")) {
    const wanted = get("body") === UNKNOWN ? -1 : D.bodies.indexOf(get("body"));
    tests.push(get("body") !== UNKNOWN && wanted < 0 ? () => false : (i) => D.reports.body[i] === wanted);
  }
  if (get("region")) {
    const inside = D.regions.map(([name, above]) => name === get("region") || (above >= 0 && null));
    D.regions.forEach(([, above], r) => {
      if (inside[r] === null) inside[r] = inside[above];
    });
    tests.push((i) => (of.region[i] < 0 ? get("region") === UNKNOWN : inside[of.region[i]]));
  }
  const pass = new Uint8Array(n);
  for (let i = 0; i < n; i++) pass[i] = tests.every((test) => test(i)) ? 1 : 0;
  return pass;
}

const blank = () => ({
  n: 0,
  offices: 0,
  nobody: 0,
  seen: new Uint8Array(D.bodies.length),
  said: new Uint32Array(ROLES),
  reports: new Uint32Array(P),
  statements: new Uint32Array(P),
});
const summed = C && Object.fromEntries(["seen", "statements"].map((name) => [name, { flat: C[name], at: starts(C[name], M) }]));
const few = C && new Map(C.few.map(([y, l, a, n]) => [`${y} ${l} ${a}`, n]));
// Nothing counted yet: in all, and for each group of the columns that have a heat table.
function untallied() {
  const by = ["year", "level", "area"].filter((name) => $(`.heat[data-by="${name}"]`));
  return { all: blank(), by, groups: Object.fromEntries(by.map((name) => [name, D.groups[name].map(blank)])) };
}
// From the cells; `places` are the filtered year, level and area (-1: any).
function tallyCells(pass, places) {
  const { all, by, groups } = untallied();
  let read = 0;
  for (let c = 0; c < M; c++) {
    if (!pass[c]) continue;
    read += C.n[c];
    for (const g of [all, ...by.map((name) => groups[name][C[name][c]])]) {
      g.n += C.coded[c];
      for (let r = 0; r < ROLES; r++) g.said[r] += C.totals[c * ROLES + r];
      for (const [name, to] of [
        ["seen", g.reports],
        ["statements", g.statements],
      ]) {
        const { flat, at } = summed[name];
        for (let p = at[c] + 1; p < at[c + 1]; p += 2) to[flat[p]] += flat[p + 1];
      }
    }
  }
  const offices = (at) => (few.has(at.join(" ")) ? few.get(at.join(" ")) : D.offices);
  all.offices = offices(places);
  for (const name of by)
    groups[name].forEach((g, v) => {
      g.offices = offices(["year", "level", "area"].map((x, k) => (x === name ? v : places[k])));
    });
  return { pass, read, all, groups };
}
function filteredPlaces() {
  const at = (name, values) => (get(name) ? values.findIndex((v) => (v === null ? UNKNOWN : String(v)) === get(name)) : -1);
  return [at("year", D.groups.year), at("level", D.groups.level), at("region", D.groups.area)];
}

function tally(pass) {
  const { all, by, groups } = untallied();
  let read = 0;
  for (let i = 0; i < N; i++) {
    if (!pass[i]) continue;
    read++;
    if (!D.coded[i]) continue;
    for (const g of [all, ...by.map((name) => groups[name][D.reports[name][i]])]) {
      g.n++;
      const body = D.reports.body[i];
      if (body < 0 || !g.seen[body]) {
        g.offices++;
        if (body >= 0) g.seen[body] = 1;
      }
      for (let r = 0; r < ROLES; r++) g.said[r] += D.totals[i * ROLES + r];
      for (let p = counts.at[i] + 1; p < counts.at[i + 1]; p += 2) {
        g.reports[counts.flat[p]]++;
        g.statements[counts.flat[p]] += counts.flat[p + 1];
      }
    }
  }
  return { pass, read, all, groups };
}

// Wilson's interval of a share, 95 %; it takes reports as independent of each other.
function wilson(count, n) {
  if (!n) return [null, null];
  const z = 1.959964,
    p = count / n,
    d = 1 + (z * z) / n,
    middle = (p + (z * z) / (2 * n)) / d;
  const half = (z / d) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
// The share of a pair (role and theme) in a group; `span` is what the table of shares says where nothing is filtered.
function share(group, pair, unit, span) {
  const n = unit === "reports" ? group.n : group.said[D.themed[Math.floor(pair / T)]],
    count = group[unit][pair];
  const [low, high] = filtered() || !span ? (filtered() ? wilson(count, n) : [null, null]) : span;
  const small = !filtered() && span ? Boolean(span[2]) : n < D.small || group.offices < D.offices;
  return { count, n, value: n ? count / n : 0, low, high, small };
}
const pairOf = (role, theme) => rank(role) * T + theme;
// How many statements of a report carry a theme (-1: any) in a role (-1: any).
function saidBy(i, role, theme) {
  if (theme < 0) {
    let sum = 0;
    for (let r = 0; r < ROLES; r++) if (role < 0 || r === role) sum += D.totals[i * ROLES + r];
    return sum;
  }
  return countOf(counts, i, (p) => p % T === theme && (role < 0 || Math.floor(p / T) === rank(role)));
}
let now = null;
function counted() {
  const key = FILTERS.map(get).join("\u0000");
  if (!now || now.key !== key) {
    const pass = passing(),
      units = C ? passing(C, M) : pass;
    now = { key, ...(C ? tallyCells(units, filteredPlaces()) : tally(pass)), pass, units };
  }
  return now;
}
