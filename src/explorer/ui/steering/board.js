// The live board: sliders and list together (see board.py). While a slider is dragged it ranks at every frame by itself,
// or, where the score is no sum, asks the server as often as that answers. On release the server's result confirms it.
const ANSWER_WITHIN = 4000, KEYS_PAUSE = 150, ASK_EVERY = 120, ONE_STEP = 900;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".board");
  if (!root || !data) return;
  root.board ??= new Board(root);
  root.board.open(data);
}

class Board {
  constructor(root) {
    this.root = root;
    this.hub = globalThis[Symbol.for("explorer.board")] ??= {};
    this.hub.code = { unpack, Catalogue, Ranking, explain };
    this.values = new Map();
    this.past = [];
    this.future = [];
    this.sent = 0;
    this.frames = 0;
    root.addEventListener("keydown", (event) => this.#shortcut(event));
    // One listener for all boards of a visit: each of its own would keep every buffer in memory.
    this.hub.dark ??= matchMedia("(prefers-color-scheme: dark)");
    this.hub.dark.onchange = () => setTimeout(() => this.hub.board?.theme(), 300);
  }

  // A new person, choice of knobs or mode.
  open(bytes) {
    const header = unpack(bytes);
    this.hub.board = this;
    this.theme();
    if (this.header?.id === header.id) return;
    const again = this.header?.person;
    if (again !== header.person) [this.past, this.future, this.last] = [[], [], null];
    this.header = header;
    this.catalogue = new Catalogue(header);
    this.ranking = new Ranking(header);
    this.answer = null;
    // Sliders are drawn anew: what a hand still held is let go, and what was sent belongs to the board before.
    clearTimeout(this.pause);
    clearTimeout(this.silence);
    [this.dragging, this.before, this.pause, this.waiting, this.sent] = [false, null, null, null, 0];
    if (!this.parts || again !== header.person) this.#build();
    this.#buildKnobs();
    // The values come with the answer, which is sent right after this; without one the list is drawn as it is.
    clearTimeout(this.alone);
    if (this.hub.answer?.board === header.id) this.answered(this.hub.answer);
    else this.alone = setTimeout(() => this.#mark(), 300);
  }

  // --- what a hand does

  turn(key, value, how) {
    if (how !== "release") {
      const knob = this.header.knobs.find((one) => one.key === key);
      if (!knob) return; // of a slider that is no longer there
      if (!this.before) this.before = new Map(this.values);
      if (value === null || value === knob.own) this.values.delete(key);
      else this.values.set(key, value);
      this.dragging = how === "drag";
      this.#status("live");
      this.#mark();
      if (how === "drag" && !this.#inReach()) this.#ask();
    }
    if (how === "drag") return;
    clearTimeout(this.pause);
    this.pause = null;
    this.dragging = false;
    if (how === "key") this.pause = setTimeout(() => { this.pause = null; this.#release(`${how} ${key}`); }, KEYS_PAUSE);
    else this.#release(how === "release" ? "" : `${how} ${key}`);
  }

  #release(what) {
    const before = this.before ?? this.values;
    this.before = null;
    if (!same([...before], [...this.values])) {
      // Presses of one key after another are one step to undo.
      const again = what && what === this.last?.what && performance.now() - this.last.at < ONE_STEP;
      if (!again) this.past.push(before);
      this.future = [];
      this.last = { what, at: performance.now() };
    }
    this.#send(true);
    this.#mark();
    this.speak = true;
  }

  go(from, to) {
    if (this.pause) { // what the keys have just done is the step before
      clearTimeout(this.pause);
      this.pause = null;
      this.#release("");
    }
    if (!from.length) return;
    to.push(this.values);
    this.values = from.pop();
    this.last = null;
    this.#send(true);
    this.#mark();
    this.speak = true;
  }

  reset() {
    if (!this.values.size) return;
    this.before = this.values;
    this.values = new Map();
    this.#release("");
  }

  #shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase(), again = key === "y" || key === "z" && event.shiftKey;
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (again) this.go(this.future, this.past);
    else this.go(this.past, this.future);
  }

  // --- the server

  #send(final) {
    this.sent = Math.max(this.sent + 1, Date.now());
    this.sentAt = performance.now();
    this.waiting = final ? "final" : "live";
    this.hub.send?.({ board: this.header.id, number: this.sent, edits: [...this.values], final });
    this.#status("checking");
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.waiting && this.#status("silent"), ANSWER_WITHIN);
  }

  // While dragging: never a second question before the first is answered.
  #ask() {
    if (this.waiting === "live" && performance.now() - this.sentAt < 1000 || this.asking) return;
    const wait = Math.max(0, ASK_EVERY - (performance.now() - (this.sentAt ?? 0)));
    this.asking = setTimeout(() => { this.asking = null; if (this.dragging) this.#send(false); }, wait);
  }

  // Whether the buffer is enough to rank for the present values.
  #inReach() {
    const { linear, complete, low, high } = this.header;
    return linear && [...this.values].every(([key, value]) => this.ranking.knobs.has(key) && (complete || low <= value && value <= high));
  }

  answered(answer) {
    if (!this.header || answer.board !== this.header.id || answer.number < this.sent) return;
    clearTimeout(this.alone);
    clearTimeout(this.silence);
    const asked = this.waiting, first = this.heard !== this.header.person, theirs = new Map(answer.edits);
    this.waiting = null;
    this.heard = this.header.person; // not `answer`: a preset of other neurons brings a new buffer with it
    this.answer = answer;
    this.catalogue.add(answer.rows, answer.items);
    if (this.dragging || this.pause) { // a hand is further than the answer
      this.#mark();
      if (!this.#inReach() && !same([...theirs], [...this.values])) this.#ask();
      return;
    }
    if (!same([...theirs], [...this.values])) { // a preset, a link, Back
      this.bring = [...theirs.keys()][0];
      if (!first) this.past.push(this.values);
      this.values = theirs;
      this.speak = !first;
    }
    this.took = asked === "final" ? performance.now() - this.sentAt : null;
    this.#mark();
  }

  // --- drawing

  #mark() {
    this.dirty = true;
    this.due ??= requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    this.due = null;
    if (this.dirty) this.#paint();
    this.dirty = false;
    const moving = this.rows.glide(Math.min(50, now - (this.drawn ?? now - 16)));
    this.drawn = moving ? now : undefined;
    if (moving) this.due = requestAnimationFrame((next) => this.#frame(next));
  }

  #paint() {
    const list = this.#inReach() ? this.ranking.list(this.values) : null;
    const answer = this.answer && same(this.answer.edits, [...this.values]) ? this.answer : null;
    const agreed = list && answer && same(answer.rows, list.entries.map((entry) => entry.row));
    let shown = answer && !agreed ? this.#theirs(answer) : list ?? (this.answer && this.#theirs(this.answer)) ?? EMPTY;
    if (agreed) shown = { ...shown, gone: this.#gone(answer, shown.gone) };
    const said = explain(this.header, this.catalogue, shown.entries, shown.changes);
    [this.shown, this.said] = [shown, said];
    this.frames++;
    this.rows.show(shown.entries);
    this.mix.show(said.facets, this.header.length);
    this.#numbers();
    this.sliders.show(this.values, said.sentence, this.dragging);
    if (this.bring) this.bring = this.sliders.bring(this.bring);
    if (answer && !this.dragging && !this.waiting) this.#status(agreed ? "confirmed" : list ? "replaced" : "server");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.rows.settle(), 400);
    if (this.speak && !this.dragging && (list || answer)) {
      this.speak = false;
      this.parts.live.textContent = this.#spoken();
    }
  }

  // The server's list, where it is not the browser's own.
  #theirs(answer) {
    const turned = answer.edits.map(([key]) => key);
    const entries = answer.rows.map((row, i) => ({
      row, score: answer.scores[i], base: answer.base[i], was: answer.ranks[i], heldOut: answer.held_out[i],
      parts: turned.length ? [[turned.length === 1 ? turned[0] : "", answer.scores[i] - answer.base[i]]] : [],
    }));
    const listed = new Set(answer.rows), { header } = this;
    const gone = header.before.filter((place) => !listed.has(header.rows[place])).map((place) => ({ row: header.rows[place], hidden: Boolean(header.flags[place] & HIDDEN), rank: null }));
    return { entries, gone: this.#gone(answer, gone), changes: this.ranking.changes(new Map(answer.edits)) };
  }

  #gone(answer, gone) {
    const ranks = new Map(answer.gone);
    return gone.map((one) => ({ ...one, rank: ranks.get(one.row) ?? one.rank }));
  }
  #build() {
    const { root, header } = this;
    root.replaceChildren();
    this.parts = buildFrame(root, header, this);
    this.rows = new Rows(this.parts.rows);
    this.mix = new Mix(this.parts.mix);
    this.tips = new Tips(root, this.parts.tip, (view) => this.rows.reason(view));
  }

  #buildKnobs() {
    const { parts, header } = this, active = this.root.getRootNode().activeElement;
    const focused = parts.knobs.contains(active) && active.type === "range" ? active.closest(".knob").dataset.key : null;
    parts.knobs.replaceChildren();
    this.rows.know(header, this.catalogue);
    this.sliders = new Sliders(parts.knobs, header, (...what) => this.turn(...what));
    this.sliders.name(parts.axis);
    parts.reason.textContent = header.reason;
    parts.legend.hidden = !this.sliders.views.size;
    parts.none.hidden = Boolean(this.sliders.views.size);
    this.sliders.views.get(focused)?.range.focus({ preventScroll: true });
  }

  #numbers() {
    const { parts, said, shown, header } = this, { nouns } = header;
    const moved = (before, after, text) => (text(before) === text(after) ? text(after) : `${text(before)} → ${text(after)}`);
    write(parts.sentence, this.values.size || !header.knobs.length ? said.sentence : "Nothing is changed yet. Drag a concept: the list follows.");
    parts.sentence.dataset.tip = parts.sentence.textContent;
    write(parts.kept, `${said.kept} of ${said.length}`);
    write(parts.agreement, Number.isNaN(said.agreement) ? "–" : two(said.agreement));
    write(parts.heldOut, said.heldOut ? `${moved(said.heldOutBefore, said.heldOutAfter, String)} of ${said.heldOut}` : "none known");
    write(parts.popularity, moved(...said.popularity, percentile));
    write(parts.year, moved(...said.year, year));
    parts.yearBox.hidden = said.year.every(Number.isNaN);
    const newer = shown.entries.filter((entry) => entry.was > header.before.length).length;
    write(parts.counts, newer || said.gone.length ? `${newer} new, ${said.gone.length} out` : "");
    const warned = said.warnings.length > 2 ? [said.warnings[0], `${said.warnings.length - 1} more concepts are where no user is.`] : said.warnings;
    this.#lines(parts.warnings, warned, (text) => make("p", "warning", {}, text));
    this.#lines(parts.gone, this.#goneTexts(), (text, i) => make(i ? "li" : "h4", "", {}, text));
    const hidden = header.knobs.filter((knob) => !knob.shown && this.values.has(knob.key));
    write(parts.others, hidden.length ? `Also changed: ${hidden.slice(0, 4).map((knob) => `${knob.label} to ${two(this.values.get(knob.key))}`).join(", ")}${hidden.length > 4 ? ` and ${hidden.length - 4} more` : ""}.` : "");
    parts.undo.disabled = !this.past.length;
    parts.redo.disabled = !this.future.length;
    parts.reset.disabled = !this.values.size;
  }

  #goneTexts() {
    const { gone } = this.shown;
    if (!gone.length) return [];
    return ["Out of the list", ...gone.map((one) => `${this.catalogue.of(one.row).title} ${one.hidden ? "(hidden)" : one.rank ? `→ #${one.rank}` : ""}`.trim())];
  }

  #lines(root, texts, line) {
    const now = texts.join("\n");
    if (root.text === now) return;
    root.text = now;
    root.replaceChildren(...texts.map(line));
  }

  #status(state) {
    if (this.state === state && this.parts.status.textContent) return;
    this.state = state;
    const [text, tip] = STATES[state];
    this.parts.status.textContent = text;
    this.parts.status.dataset.tip = tip;
    this.parts.status.dataset.state = state;
  }

  #spoken() {
    const { said } = this, { nouns } = this.header;
    return [said.sentence, `${said.kept} of ${said.length} ${nouns.items} kept.`, ...said.warnings].join(" ");
  }

  // Marks need other colours on a dark background.
  theme() {
    const [r, g, b] = getComputedStyle(this.root).getPropertyValue("--st-background-color").match(/[0-9a-f]{2}/gi)?.map((part) => parseInt(part, 16)) ?? [255, 255, 255];
    this.root.dataset.theme = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
  }
}

const EMPTY = { entries: [], gone: [], changes: [] };
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const percentile = (value) => (Number.isNaN(value) ? "–" : value.toFixed(0)), year = percentile;
