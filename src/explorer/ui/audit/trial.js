// The tests (see tests_view.py): a question, an answer by one key, the next question at once; the right answer of the one
// before stands beside it. The next questions are here already, and answers are sent until the server has confirmed them.
const ANSWER_WITHIN = 8000;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".desk");
  if (!root || !data) return;
  root.quiz ??= new Quiz(root);
  root.quiz.show(data, setTriggerValue);
}

class Quiz {
  constructor(root) {
    this.root = root;
    this.tab = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
    this.seq = 0;
    this.live = add(root, "div", "unseen", { role: "status", "aria-live": "polite" });
    this.fault = add(root, "div", "fault", { role: "alert", hidden: true });
    this.faultText = add(this.fault, "span");
    add(this.fault, "button", "way", { type: "button" }, "Try again").addEventListener("click", () => this.flush());
    this.stage = add(root, "div", "quiz", { tabindex: -1, role: "group" });
    this.asked = add(this.stage, "div", "asked");
    this.side = add(this.stage, "div", "side");
    this.score = add(this.side, "div", "score");
    this.told = add(this.side, "section", "told", { "aria-label": "The answer before" });
    listenForKeys(this);
  }

  show(data, send) {
    this.send = send;
    const same = this.data?.run === data.run && this.data?.reviewer === data.reviewer && this.data?.kind === data.kind;
    if (!same) Object.assign(this, { outbox: [], given: new Set(), last: null, problem: "", question: null });
    this.data = data;
    this.root.dataset.theme = data.theme;
    for (const { tab, seq, stored, fault } of data.answers) {
      if (tab !== this.tab) continue;
      const place = this.outbox.findIndex((message) => message.seq === seq);
      if (place < 0) continue;
      if (stored) this.outbox.splice(place, 1);
      this.problem = stored ? "" : fault;
    }
    if (!this.outbox.length) clearTimeout(this.silence);
    const key = (question) => `${question.neuron}:${question.seed}`;
    this.questions = data.questions.filter((question) => !this.given.has(key(question)));
    if (!this.question || this.given.has(key(this.question))) this.next();
    this.paint();
    if (!this.question && data.looking) setTimeout(() => this.flush(), 100); // the server tries further neurons
    if (!same && !document.activeElement?.matches("input, textarea")) this.stage.focus({ preventScroll: true });
  }

  next() {
    this.question = this.questions.shift() ?? null;
    this.chosen = new Set();
    this.began = performance.now();
    this.drawQuestion();
  }

  pick(place) {
    if (!this.question || place >= this.question.items.length) return;
    if (this.data.kind === "intruder") {
      this.chosen = new Set([place]);
      return this.answer();
    }
    if (!this.chosen.delete(place)) this.chosen.add(place);
    const button = this.asked.querySelectorAll(".choice")[place];
    button.setAttribute("aria-pressed", String(this.chosen.has(place)));
  }

  answer() {
    const { question } = this;
    if (!question) return;
    const seconds = Math.round((performance.now() - this.began) / 100) / 10, chosen = [...this.chosen].sort((a, b) => a - b);
    const { neuron, seed, kind, name } = question;
    this.outbox.push({ seq: ++this.seq, neuron, seed, kind, name: kind === "forward" ? name : null, chosen, seconds });
    this.given.add(`${neuron}:${seed}`);
    this.last = { question, chosen };
    this.flush();
    const right = this.right(this.last);
    this.next();
    this.live.textContent = `${right}. ${this.question ? `Next question: neuron ${this.question.neuron}.` : ""}`;
    this.paint();
    this.stage.focus({ preventScroll: true });
  }

  right({ question, chosen }) {
    const correct = question.items.filter((_, place) => chosen.includes(place) === question.right.includes(place)).length;
    if (this.data.kind === "intruder") return correct === question.items.length ? "Right" : "Wrong";
    return `${correct} of ${question.items.length} right`;
  }

  flush() {
    this.send("said", { tab: this.tab, messages: this.outbox, at: Date.now() });
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (!this.outbox.length) return;
      this.problem ||= "The server has not answered yet.";
      this.paint();
      this.flush();
    }, ANSWER_WITHIN);
  }

  key(key, event) {
    if (event.repeat) return false;
    if (/^\d$/.test(key)) return this.pick(key === "0" ? 9 : Number(key) - 1), true;
    if (key === "Enter" && this.data.kind === "forward") return this.answer(), true;
    return false;
  }

  drawQuestion() {
    const { asked, question } = this;
    asked.replaceChildren();
    if (!question) {
      add(asked, "p", "", {}, this.outbox.length || this.data.looking ? "The next question is on its way …" : this.data.none);
      return;
    }
    const intruder = this.data.kind === "intruder", { words } = this.data;
    const ask = add(asked, "h2", "ask");
    if (intruder) ask.textContent = `Which ${words.item} does not belong to the others?`;
    else {
      ask.append(`A neuron is called “`);
      add(ask, "strong", "", { dir: "auto" }, question.name);
      ask.append(`”. On which of these ${words.items} does it fire?`);
    }
    const list = add(asked, "ol", "choices");
    question.items.forEach(({ title, year }, place) => {
      const button = add(add(list, "li"), "button", "choice", { type: "button", "aria-pressed": intruder ? false : "false", "aria-keyshortcuts": String((place + 1) % 10) });
      add(button, "kbd", "", { "aria-hidden": "true" }, String((place + 1) % 10));
      add(button, "span", "", { dir: "auto" }, title);
      if (year !== null) add(button, "span", "year", {}, String(year));
      button.addEventListener("click", () => this.pick(place));
    });
    if (!intruder) {
      const done = add(asked, "button", "way answer", { type: "button", "aria-keyshortcuts": "Enter" }, "Answer (Enter)");
      done.addEventListener("click", () => this.answer());
    }
    this.stage.setAttribute("aria-label", ask.textContent);
  }

  paint() {
    const { score, told, last, data } = this;
    this.fault.hidden = !this.problem;
    write(this.faultText, this.problem ? `${this.problem} ${plural(this.outbox.length, "answer waits", "answers wait")} to be stored.` : "");
    score.replaceChildren();
    add(score, "h3", "", {}, "Your score");
    if (!data.score) add(score, "p", "note", {}, data.chance === null ? "" : `No answer yet. Guessing gets ${percent(data.chance)} right.`);
    else {
      const { share, low, high, chance, answers, correct, decisions } = data.score;
      const box = add(score, "div", "range", { role: "img", "aria-label": `${percent(share)} right, 95% interval ${percent(low)} to ${percent(high)}, chance ${percent(chance)}` });
      Object.assign(add(box, "span", "interval").style, { left: `${100 * low}%`, width: `${100 * (high - low)}%` });
      add(box, "span", "mark").style.left = `${100 * chance}%`;
      add(box, "span", "point").style.left = `${100 * share}%`;
      add(score, "p", "big", {}, `${percent(share)} right`);
      add(score, "p", "note", {}, `${correct} of ${decisions} decisions in ${plural(answers, "question", "questions")}; 95% interval ${percent(low)} to ${percent(high)}. Chance (the mark): ${percent(chance)}.`);
    }
    told.hidden = !last;
    if (!last) return;
    told.replaceChildren();
    const { question, chosen } = last;
    add(told, "h3", "", {}, `${this.right(last)} · neuron ${question.neuron}`);
    const name = add(told, "p", "proposed");
    add(name, "span", "note", {}, "Called ");
    add(name, "strong", "", { dir: "auto" }, question.name);
    const list = add(told, "ul", "marked");
    question.items.forEach(({ title }, place) => {
      const is = question.right.includes(place), was = chosen.includes(place), good = is === was;
      const row = add(list, "li", good ? "good" : "bad");
      add(row, "span", "tick", { "aria-hidden": "true" }, good ? (is ? "✓" : "") : "✗");
      add(row, "span", "", { dir: "auto" }, title);
      const what = data.kind === "intruder" ? (is ? "does not fire" : "") : is ? "fires" : "does not fire";
      add(row, "span", "note", {}, what);
    });
  }
}
