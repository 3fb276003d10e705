// ---- blocks of sentences and sections, opened when first needed ----
const [SECTIONS, STATEMENTS, PAIRS, CELLS, FINDINGS, QUESTIONS] = [0, 1, 2, 3, 4, 5];
const [START, END, ROLE, THEMES, SCORE, SCORES, PATH, EVIDENCE, TEXT] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const KEPT = 24;
const opened = new Map();
const parsed =
  document.readyState === "loading" ? new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true })) : Promise.resolve();

const packed = (id) => Uint8Array.from(atob(document.getElementById(id).textContent.trim()), (c) => c.charCodeAt(0));
const unpackNow = (id) => JSON.parse(new TextDecoder().decode(inflate(packed(id))));
async function unpack(id) {
  if (!document.getElementById(id)) await parsed;
  if (typeof DecompressionStream === "undefined") return unpackNow(id);
  const bytes = packed(id);
  return JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text());
}
function block(k) {
  const promise = opened.get(k) || unpack(`block-${k}`);
  opened.delete(k);
  opened.set(k, promise);
  if (opened.size > KEPT) opened.delete(opened.keys().next().value);
  return promise;
}
async function report(i) {
  if (i >= D.told) return null;
  let low = 0,
    high = D.first.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (D.first[middle] <= i) low = middle;
    else high = middle;
  }
  return (await block(low))[i - D.first[low]];
}

// What the panels count with; small beside the blocks, so it is opened at once, behind the first view.
let extras = null;
const extrasRead = D.panels.length
  ? unpack("extras").then((read) => {
      extras = extras || prepared(read);
    })
  : Promise.resolve();
function prepared(read) {
  for (const [of, n] of [
    [read.answers, N],
    [read.cells && read.cells.answers, M],
  ])
    if (of) for (const name of ["pairs", "left"]) of[name] = { flat: of[name], at: starts(of[name], n) };
  return read;
}
// Where the counts of each report begin in a flat list: how many, then code and count of each.
function starts(flat, n = N) {
  const at = new Uint32Array(n + 1);
  for (let i = 0, p = 0; i < n; i++) {
    at[i] = p;
    p += 1 + 2 * flat[p];
    at[i + 1] = p;
  }
  return at;
}
function countOf({ flat, at }, i, wanted) {
  let sum = 0;
  for (let p = at[i] + 1; p < at[i + 1]; p += 2) if (wanted(flat[p])) sum += flat[p + 1];
  return sum;
}

// Offsets count characters as Python does; a string of JavaScript counts some characters twice, so such texts are cut as lists.
const wide = /[\ud800-\udfff]/;
const cut = (text, start, end) => (wide.test(text) ? Array.from(text).slice(start, end).join("") : text.slice(start, end));
const sectionOf = (r, s) => r[SECTIONS].find(([, , at, text]) => text !== null && at <= s[START] && s[END] <= at + size(text));
const size = (text) => (wide.test(text) ? Array.from(text).length : text.length);
const sourceOf = (r, s) => {
  if (s[TEXT] !== 0) return s[TEXT];
  const [, , at, text] = sectionOf(r, s);
  return cut(text, s[START] - at, s[END] - at);
};
