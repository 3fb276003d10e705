// The statements of a queue as this page goes through them: what was passed stays, what comes is asked for in time.
const SOON = 10;

export class Line {
  // ask(after) gives the ids behind a statement, or those from the beginning.
  constructor(ids, ask) {
    Object.assign(this, { ids, ask, place: 0, tail: ids.at(-1), coming: null });
  }

  get ahead() {
    return this.ids[this.place + 1];
  }

  // The statement some steps on, asked for where it is not known yet; undefined at either end.
  async at(step) {
    const to = this.place + step;
    if (to >= this.ids.length) await this.more();
    return this.ids[to];
  }

  step(step) {
    this.place += step;
    if (this.place > this.ids.length - SOON) this.more().catch(() => {});
  }

  more() {
    this.coming ??= this.fetch().finally(() => { this.coming = null; });
    return this.coming;
  }

  // At the end of the queue once more from its beginning, where some were passed by.
  async fetch() {
    let found = await this.ask(this.tail);
    if (!found.length && this.tail) found = await this.ask();
    this.tail = found.at(-1) ?? this.tail;
    this.ids.push(...found.filter((id) => !this.ids.includes(id)));
  }

  // Stand at a statement, which is put behind this one where it is not in the line.
  stand(id) {
    if (!this.ids.includes(id)) this.ids.splice(this.place + 1, 0, id);
    this.place = this.ids.indexOf(id);
  }

  before(id) {
    this.ids.unshift(id);
    this.place = 0;
  }

  drop(id) {
    const at = this.ids.indexOf(id);
    if (at >= 0) this.ids.splice(at, 1);
    if (at >= 0 && at < this.place) this.place -= 1;
  }

  // Statements of which others were made.
  replace(old, made) {
    const kept = (id) => !old.includes(id) && !made.includes(id);
    this.ids = [...this.ids.slice(0, this.place).filter(kept), ...made, ...this.ids.slice(this.place).filter(kept)];
    this.place = this.ids.indexOf(made[0]);
  }

  end() {
    this.place = this.ids.length;
  }
}
