// The knobs of the live board: a native slider each, on one common scale, with an exact number beside it. They only say
// what a hand does to them: `turn(key, value, how)`, where a value of null is the person's own.
const KEY_STEP = 0.05, FINE_STEP = 0.01, LEAP = 0.25, SNAP = 0.015, MAX_VALUE = 1e6;
const MARKS = [[null, "◂ suppress"], [0, "off · 0"], [1, "strongest user · 1"]]; // null: where the scale begins

class Sliders {
  constructor(root, header, turn) {
    this.header = header;
    this.turn = turn;
    this.low = header.low;
    this.high = header.high;
    this.shown = header.knobs.filter((knob) => knob.shown);
    this.views = new Map(this.shown.map((knob, i) => [knob.key, this.#build(root, knob, i)]));
  }

  // What the marks of the common scale are called.
  name(axis) {
    axis.replaceChildren(...MARKS.map(([value, text]) => make("span", "", { style: `left: ${this.#place(value ?? this.low)}%` }, text)));
    axis.hidden = !this.views.size;
  }

  // Where a value stands on the scale, in per cent.
  #place(value) {
    return 100 * Math.max(0, Math.min(1, (value - this.low) / (this.high - this.low)));
  }

  #build(root, knob, i) {
    const box = add(root, "div", "knob", { "data-key": knob.key, style: `--hue: var(--series-${i % 8})` });
    add(box, "label", "name", { for: `knob-${i}`, "data-tip": [knob.label, knob.about, knob.why, this.#usual(knob)].filter(Boolean).join("\n") }, knob.label);
    const tag = add(box, "span", "tag");
    const number = add(box, "input", "number", { type: "number", step: "any", "aria-label": `${knob.label}, exact value` });
    const reset = add(box, "button", "reset icon", { type: "button", "aria-label": `Reset ${knob.label}`, "data-tip": `Back to this person's own ${two(knob.own)}` }, "↺");
    const track = add(box, "div", "track");
    const scale = add(track, "div", "scale");
    add(scale, "span", "against", { style: `width: ${this.#place(0)}%` });
    if (knob.usual) add(scale, "span", "usual", { style: `left: ${this.#place(knob.usual[0])}%; width: ${this.#place(knob.usual[1]) - this.#place(knob.usual[0])}%` });
    for (const value of [0, 1]) add(scale, "span", "mark", { style: `left: ${this.#place(value)}%` });
    const fill = add(scale, "span", "fill");
    add(scale, "span", "own", { style: `left: ${this.#place(knob.own)}%` });
    const range = add(track, "input", "", { type: "range", id: `knob-${i}`, min: this.low, max: this.high, step: FINE_STEP });
    const ends = add(box, "div", "ends", { "aria-hidden": "true" });
    for (const [value, text] of MARKS) add(ends, "span", "", { style: `left: ${this.#place(value ?? this.low)}%` }, text);
    const view = { knob, box, tag, number, reset, range, fill };
    range.addEventListener("input", () => this.turn(knob.key, this.#snapped(knob, Number(range.value)), "drag"));
    range.addEventListener("change", () => this.turn(knob.key, undefined, "release"));
    range.addEventListener("keydown", (event) => this.#key(event, view));
    number.addEventListener("keydown", (event) => { if (event.key === "Escape") this.#write(view); });
    number.addEventListener("change", () => this.#typed(view));
    reset.addEventListener("click", () => this.turn(knob.key, null, "set"));
    return view;
  }

  #usual(knob) {
    return knob.usual ? `Nine of ten users who have any of it are between ${two(knob.usual[0])} and ${two(knob.usual[1])}.` : "";
  }

  // A hand meets the marks: off, the person's own value, the strongest user.
  #snapped(knob, value) {
    if (Math.abs(value - knob.own) <= SNAP) return null;
    for (const mark of [0, 1]) if (Math.abs(value - mark) <= SNAP) return mark;
    return value;
  }

  #key(event, view) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? FINE_STEP : KEY_STEP;
    const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step, PageUp: LEAP, PageDown: -LEAP }[event.key];
    const to = { Home: this.low, End: this.high }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.turn(view.knob.key, null, "key");
    else if (by === undefined && to === undefined) return;
    else {
      const now = view.value ?? view.knob.own;
      const value = to ?? Math.max(this.low, Math.min(this.high, Math.round((now + by) * 100) / 100));
      this.turn(view.knob.key, value, "key");
    }
    event.preventDefault();
  }

  #typed(view) {
    const value = Number(view.number.value);
    if (view.number.value.trim() === "" || !Number.isFinite(value)) this.#write(view);
    else this.turn(view.knob.key, Math.max(-MAX_VALUE, Math.min(MAX_VALUE, value)), "set");
  }

  #write(view) {
    view.number.value = two(view.value ?? view.knob.own).replace("−", "-");
  }

  // Where the knobs are a strip: the one of a key to its beginning.
  bring(key) {
    const box = this.views.get(key)?.box;
    if (box) box.parentElement.scrollLeft = box.offsetLeft - box.parentElement.offsetLeft;
  }

  // values: Map of the knobs that are turned; said: what the change does, for screen readers.
  show(values, said, dragging) {
    for (const view of this.views.values()) {
      const { knob } = view, value = values.has(knob.key) ? values.get(knob.key) : null, now = value ?? knob.own;
      if (value !== view.value) {
        view.value = value;
        view.range.value = now;
        this.#write(view);
        const [from, to] = [this.#place(knob.own), this.#place(now)].sort((a, b) => a - b);
        span(view.fill, from, to);
        view.box.classList.toggle("changed", value !== null);
        view.box.classList.toggle("below", now < 0);
        view.tag.textContent = now < 0 ? "suppressed" : value !== null && now === 0 ? "off" : "";
        view.reset.disabled = value === null;
      }
      if (dragging) continue; // who drags sees it
      const where = now < 0 ? ", pushes against it" : now === 0 ? ", off" : now > 1 ? ", beyond the strongest user" : "";
      const text = value === null ? `${two(now)}, this person's own` : `${two(now)}${where}; own ${two(knob.own)}. ${said}`;
      if (text !== view.text) view.range.setAttribute("aria-valuetext", view.text = text);
    }
  }
}
