// The reviewer's desk: one neuron at a time, a verdict by one key, the next neuron at once (see review_view.py). The
// browser has the next neurons already; what it sends carries a number until the server has answered that number.
const ANSWER_WITHIN = 8000, TRY_AGAIN = 10000, MOVE_PAUSE = 200, KNOWN = 80;
const VERDICTS = { r: "real", p: "partly", n: "not", s: "skip", 1: "real", 2: "partly", 3: "not", 4: "skip" };

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".desk");
  if (!root || !data) return;
  root.desk ??= new Desk(root);
  root.desk.show(data, setTriggerValue);
}

class Desk {
  constructor(root) {
    this.root = root;
    this.parts = buildDesk(root, this);
    addEventListener("visibilitychange", () => this.#clock());
    listenForKeys(this);
  }

  show(data, send) {
    this.send = send;
    if (this.data?.run !== data.run || this.data?.reviewer !== data.reviewer) this.#begin(data);
    const queued = this.data?.queue !== data.queue;
    this.data = data;
    if (queued) this.known.clear();
    for (const entry of data.entries) this.#know(entry);
    for (const answer of data.answers) this.#answered(answer);
    if (data.moved !== this.moved) { // another queue, or an address that asks for a neuron
      this.moved = data.moved;
      this.#open(data.at);
    } else if (this.waiting) this.#next();
    else if (this.at === null && data.at !== null && data.left) this.#open(data.at);
    this.#paint();
  }

  #begin(data) {
    this.drafts = new Drafts(data.run, data.reviewer);
    this.known = new Map(); // neuron → what the server says of it, and what was said here since
    this.mine = new Map(); // neuron → what was said here, stored or not
    this.outbox = [];
    this.conflicts = new Map();
    this.past = []; // neurons judged here, to undo
    this.at = this.last = this.waiting = this.moved = null;
    this.fault = "";
    const left = this.drafts.unconfirmed(); // a crash, or a page that was left before the answer
    for (const draft of left) this.#post(draft.message);
    if (left.length) this.#flush();
  }

  #know(entry) {
    const said = this.mine.get(entry.neuron);
    if (said && !said.pending && (entry.mine?.version ?? 0) > said.version) this.mine.delete(entry.neuron);
    this.known.delete(entry.neuron); // so that the oldest ones come first
    this.known.set(entry.neuron, entry);
    for (const [neuron] of this.known) {
      if (this.known.size <= KNOWN) break;
      if (neuron !== this.at) this.known.delete(neuron);
    }
  }

  said(neuron) { return this.mine.get(neuron) ?? this.known.get(neuron)?.mine ?? null; }
  isOpen(entry) { return this.mine.has(entry.neuron) ? !this.mine.get(entry.neuron).verdict : entry.open; }
  // Whether name, facets and numbers may be seen.
  revealed(neuron) {
    const said = this.said(neuron);
    return !this.data.blind || Boolean(said?.verdict);
  }

  // --- from neuron to neuron

  #open(neuron) {
    this.#keepTime();
    this.#leave();
    this.at = neuron;
    this.waiting = neuron !== null && !this.known.has(neuron) ? "this" : null;
    if (neuron === null) return this.#paint();
    const said = this.said(neuron), draft = this.drafts.of(neuron);
    this.form = { ...texts(said), ...(draft ? texts(draft) : {}) };
    this.since = said?.pending ? said.version : draft?.since ?? said?.version ?? 0;
    this.restored = Boolean(draft && !draft.message);
    this.seconds = 0;
    this.shownAt = document.hidden ? null : performance.now();
    fillForm(this.parts, this.form);
    this.#paint();
  }

  #next() {
    const here = this.known.get(this.at)?.place ?? this.data.place, { of } = this.data;
    if (this.waiting === "this") {
      if (this.known.has(this.at)) this.#open(this.at);
      return;
    }
    const open = [...this.known.values()].filter((entry) => entry.neuron !== this.at && this.isOpen(entry));
    open.sort((a, b) => (a.place - here + of) % of - (b.place - here + of) % of);
    if (open.length) this.#open(open[0].neuron);
    else if (this.outbox.length) this.waiting = "next";
    else {
      this.#open(null);
      this.speak(this.#announce());
    }
  }

  step(by) {
    const here = this.known.get(this.at);
    const target = here && [...this.known.values()].find((entry) => entry.place === here.place + by);
    if (!target) return;
    this.last = null;
    this.paused = false;
    this.#open(target.neuron);
    this.flushSoon();
    this.speak(this.#announce());
  }

  // What was typed after the verdict is stored with it.
  #leave() {
    const said = this.at === null ? null : this.said(this.at);
    if (!said?.verdict || said.inherited || this.conflicts.has(this.at) || alike(this.form, said)) return;
    if (tooLong(this.form, this.data.limits)) return;
    this.#say({ kind: "review", neuron: this.at, since: this.since, verdict: said.verdict, ...this.form, blind: said.blind, seconds: said.seconds });
    this.flushSoon();
  }

  flushSoon() {
    clearTimeout(this.moving);
    this.moving = setTimeout(() => this.#flush(), MOVE_PAUSE);
  }

  #clock() {
    if (document.hidden) this.#keepTime();
    else if (this.at !== null) this.shownAt = performance.now();
  }

  #keepTime() {
    if (this.shownAt) this.seconds = (this.seconds ?? 0) + (performance.now() - this.shownAt) / 1000;
    this.shownAt = null;
  }

  // --- what a reviewer says

  typed(form) {
    this.form = { ...this.form, ...form };
    if (this.at === null) return;
    this.drafts.keep(this.at, { ...this.form, since: this.since });
    this.#paint();
  }

  judge(verdict) {
    const neuron = this.at, entry = this.known.get(neuron);
    if (neuron === null || this.waiting || !entry || this.#tooLong()) return;
    if (this.paused && this.said(neuron).verdict === verdict) return this.proceed();
    this.#keepTime();
    const blind = this.data.blind && !this.revealed(neuron);
    this.#say({ kind: "review", neuron, since: this.since, verdict, ...this.form, blind, seconds: Math.round(10 * this.seconds) / 10 });
    this.past.push(neuron);
    this.last = neuron;
    if (this.data.pause) {
      this.paused = true;
      this.since = this.said(neuron).version;
    } else this.#next();
    this.#flush();
    this.#paint();
    this.#rest();
  }

  // After a pause on what the run says.
  proceed() {
    if (!this.paused || this.#tooLong()) return;
    this.paused = false;
    this.#leave();
    this.#next();
    this.#flush();
    this.#paint();
    this.#rest();
  }

  // What cannot be stored is not sent; it stays in its field, and in this browser.
  #tooLong() {
    const problem = tooLong(this.form, this.data.limits);
    if (problem) this.speak(problem);
    return problem;
  }

  undo() {
    const neuron = this.past.pop();
    if (neuron === undefined) return this.speak("Nothing of this visit is left to undo.");
    const said = this.said(neuron);
    this.paused = false;
    this.last = null;
    this.#say({ kind: "undo", neuron, since: said.version, ...texts(said) });
    this.#open(neuron);
    this.#flush();
    this.speak(`Neuron ${neuron}: ${said.verdict ? `the verdict ${said.verdict}` : "what you said before"} is taken back.`);
    this.#rest();
  }

  #say(said) {
    // It may build on one without an answer yet: then it stands or falls with that.
    const before = this.outbox.findLast((message) => message.neuron === said.neuron);
    const message = { ...said, after: before?.seq, seen: before?.seen ?? said.since };
    this.#post(message);
    this.drafts.keep(said.neuron, { ...texts(said), since: message.seen, message: { ...message, since: message.seen, after: undefined } });
  }

  #post(message) {
    message.seq = this.#number();
    this.outbox.push({ ...message, at: Date.now() });
    const verdict = message.kind === "undo" ? null : message.verdict;
    this.mine.set(message.neuron, { ...texts(message), verdict, blind: message.blind, seconds: message.seconds, version: message.since + 1, pending: true });
  }

  #number() { return (this.seq = Math.max((this.seq ?? 0) + 1, Date.now())); }

  // --- to the server and back

  // Everything that has no answer yet goes along each time, in order: a message that is lost costs nothing.
  #flush() {
    clearTimeout(this.moving);
    this.send("said", { tab: this.drafts.tab, at: this.at, messages: this.outbox, number: this.#number() });
    clearTimeout(this.silence);
    if (this.outbox.length) this.silence = setTimeout(() => this.#silent(), ANSWER_WITHIN);
  }

  #silent() {
    if (!this.outbox.length) return;
    this.fault ||= "The server has not answered yet.";
    this.#paint();
    this.#flush();
  }

  again() { this.fault = ""; this.#flush(); this.#paint(); }

  #answered({ tab, seq, stored, conflict, sentence, fault }) {
    const place = tab === this.drafts.tab ? this.outbox.findIndex((message) => message.seq === seq) : -1;
    if (place < 0) return;
    const message = this.outbox[place];
    if (fault) {
      this.fault = fault;
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.#flush(), TRY_AGAIN);
      return;
    }
    this.outbox.splice(place, 1);
    if (!this.outbox.length) { clearTimeout(this.silence); this.fault = ""; }
    const { neuron } = message, later = this.outbox.some((other) => other.neuron === neuron);
    if (conflict) {
      this.conflicts.set(neuron, { theirs: conflict, mine: message, sentence });
      if (!later) this.mine.set(neuron, { ...conflict, pending: false });
      this.speak(sentence);
      return;
    }
    if (later) return;
    this.mine.set(neuron, { ...stored, pending: false });
    this.conflicts.delete(neuron);
    const draft = this.drafts.of(neuron);
    if (!draft || draft.message?.seq === seq || alike(draft, stored)) {
      if (message.kind !== "undo" || this.at !== neuron) this.drafts.drop(neuron, message.at);
      else this.drafts.keep(neuron, { ...this.form, since: stored.version });
    } else this.drafts.keep(neuron, { ...texts(draft), since: stored.version }); // typed since
    if (this.at === neuron) this.since = stored.version;
    if (stored.verdict) this.speak(`Neuron ${neuron}: ${stored.verdict}, stored. ${this.#announce()}`);
  }

  settle(neuron, which) {
    const { theirs, mine } = this.conflicts.get(neuron);
    this.conflicts.delete(neuron);
    if (which === "mine") this.#say({ ...mine, since: theirs.version });
    else {
      this.drafts.drop(neuron, Date.now());
      this.mine.set(neuron, { ...theirs, pending: false });
    }
    if (this.at === neuron) this.#open(neuron);
    this.#flush();
    this.speak(which === "mine" ? `Neuron ${neuron}: yours is sent.` : `Neuron ${neuron}: theirs is kept.`);
    this.#paint();
    this.#rest();
  }

  // --- keys, words, picture

  key(key, event) {
    if (this.parts.help.open) return key === "?" && (this.parts.help.close(), true);
    if (key === "?") return this.help(), true;
    if (key === "ArrowRight" || key === "j") return this.paused && key === "ArrowRight" ? this.proceed() : this.step(1), true;
    if (key === "ArrowLeft" || key === "k") return this.step(-1), true;
    if (event.repeat) return VERDICTS[key.toLowerCase()] !== undefined; // a held key is one verdict
    if (this.paused && (key === "Enter" || key === " ")) return this.proceed(), true;
    const letter = key.toLowerCase();
    if (letter in VERDICTS) return this.judge(VERDICTS[letter]), true;
    if (letter === "u") return this.undo(), true;
    const field = { e: "name", o: "note", t: "tags" }[letter];
    if (field && this.at !== null) return this.parts.fields[field].focus(), true;
    if (letter === "c" && this.at !== null) {
      const now = ((this.form.confidence ?? 0) + 1) % 4;
      this.typed({ confidence: now || null });
      fillForm(this.parts, this.form);
      return this.speak(now ? `Confidence: ${this.data.words.confidence[now - 1]}` : "No confidence given"), true;
    }
    return false;
  }

  help() { this.parts.help.showModal(); }

  // The focus stays with the desk: a button that has gone would send it to the top of the page.
  #rest() { this.parts.stage.focus({ preventScroll: true }); }

  #announce() {
    if (this.at === null) return "Nothing is left in this queue.";
    if (this.waiting) return ""; // which one comes now is not known yet
    const entry = this.known.get(this.at);
    return entry ? `Now neuron ${this.at}, ${entry.place + 1} of ${this.data.of}.` : "";
  }

  speak(words) { this.parts.live.textContent = words; }

  #paint() {
    this.due ??= requestAnimationFrame(() => { this.due = null; drawDesk(this); });
  }
}

function texts(said) {
  return { name: said?.name ?? "", note: said?.note ?? "", tags: [...(said?.tags ?? [])], confidence: said?.confidence ?? null };
}

// What is wrong with the texts of a form, empty if nothing is: lengths in characters, as the server counts them.
function tooLong({ name, note, tags }, limits) {
  const found = [["The name", name, limits.name], ["The note", note, limits.note], ...tags.map((tag) => ["A tag", tag, limits.tag])]
    .map(([what, text, most]) => [what, [...text.normalize("NFC").trim()].length, most])
    .find(([, length, most]) => length > most);
  const count = (n) => n.toLocaleString("en-US");
  if (found) return `${found[0]} has ${count(found[1])} characters; it may have at most ${count(found[2])}. Shorten it, then give your verdict.`;
  return tags.length > limits.tags ? `There are ${tags.length} tags; a review may have at most ${limits.tags}.` : "";
}

function alike(one, other) {
  const line = (text) => (text ?? "").split(/\s+/).filter(Boolean).join(" ");
  return line(one.name) === line(other.name) && line(one.note) === line(other.note)
    && String(one.tags ?? []) === String(other.tags ?? []) && (one.confidence ?? null) === (other.confidence ?? null);
}
