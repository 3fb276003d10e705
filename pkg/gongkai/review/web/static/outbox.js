// Changes on their way to the program: one at a time, in order, sent again with the same request text until they are answered.
// Until then the browser keeps them, those of each page by themselves. A page holds a lock of that name as long as it is open:
// another page of this study and coder that gets the lock takes over what was left there, and sends it.
import { message } from "./net.js";

const PATIENCE = 15000;
const WAITS = [500, 1000, 2000, 4000, 8000];

export class Outbox {
  // tell(state, waiting): "saving", "saved", "unsaved" or "refused"; refused(message, item): the program answered, but did not do it;
  // stopped(message): it does not before something else changes; found(n): as many were left by pages that are closed.
  constructor({ study, headers, tell, refused, stopped, found }) {
    Object.assign(this, { headers, tell, refused, stopped, found, items: [], failures: 0, busy: false, timer: 0, watched: new Set() });
    this.ours = `outbox:${study}:${headers["X-Coder"]}:`;
    this.held = this.ours + crypto.randomUUID();
    navigator.locks.request(this.held, () => new Promise(() => {}));
    addEventListener("storage", () => this.watch());
    this.watch();
  }

  // Wait for the end of the other pages that have something to send.
  watch() {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(this.ours) || name === this.held || this.watched.has(name)) continue;
      this.watched.add(name);
      navigator.locks.request(name, () => this.take(name));
    }
  }

  take(name) {
    this.watched.delete(name);
    const left = JSON.parse(localStorage.getItem(name) ?? "[]");
    if (!left.length) return;
    // They are older than what this page has, but for what is on its way already.
    this.items.splice(this.busy ? 1 : 0, 0, ...left);
    this.keep();
    localStorage.removeItem(name);
    this.found(left.length);
    this.tell(this.failures ? "unsaved" : "saving", this.items.length);
    this.next();
  }

  send(url, body) {
    const item = { url, body: { ...body, request: crypto.randomUUID() } };
    const answered = new Promise((resolve, reject) => Object.defineProperties(item, { resolve: { value: resolve }, reject: { value: reject } }));
    this.items.push(item);
    this.keep();
    this.tell(this.failures ? "unsaved" : "saving", this.items.length);
    this.next();
    return answered;
  }

  keep() {
    if (this.items.length) localStorage.setItem(this.held, JSON.stringify(this.items));
    else localStorage.removeItem(this.held);
  }

  retry() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.next();
  }

  async next() {
    if (this.busy || this.timer || !this.items.length) return;
    this.busy = true;
    const item = this.items[0];
    const slow = setTimeout(() => this.tell("unsaved", this.items.length), 2500);
    const outcome = await this.attempt(item);
    clearTimeout(slow);
    this.busy = false;
    if (outcome.again) {
      this.tell("unsaved", this.items.length);
      this.timer = setTimeout(() => this.retry(), WAITS[Math.min(this.failures++, WAITS.length - 1)]);
      return;
    }
    this.failures = 0;
    this.items.shift();
    this.keep();
    if (outcome.refused) {
      this.refused(outcome.refused, item);
      item.reject?.(Object.assign(new Error(outcome.refused), { told: true }));
    } else {
      item.resolve?.(outcome.answer);
    }
    this.tell(this.items.length ? "saving" : outcome.refused ? "refused" : "saved", this.items.length, outcome.answer);
    this.next();
  }

  async attempt(item) {
    try {
      const reply = await fetch(item.url, {
        method: "POST",
        headers: { ...this.headers, "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(item.body),
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (reply.ok) return { answer: await reply.json() };
      const text = message(await reply.text());
      // 403: not now, not by this coder; what is to be saved stays.
      if (reply.status === 403) this.stopped(text);
      return reply.status === 403 || reply.status >= 500 ? { again: true } : { refused: text };
    } catch {
      return { again: true };
    }
  }
}
