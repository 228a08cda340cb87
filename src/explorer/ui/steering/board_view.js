// What the live board shows of a list: the rows, which glide to their places, and what the change does.
const ROW = 32, GLIDE = 55, MAX_BARS = 8; // GLIDE: milliseconds in which a row comes nearly two thirds of its way
const still = matchMedia("(prefers-reduced-motion: reduce)");

class Rows {
  constructor(root) {
    this.root = root;
    this.views = new Map(); // row number -> view
    this.spare = []; // rows that left, to be used again
    this.entries = [];
    root.addEventListener("keydown", (event) => this.#walk(event));
  }

  // The knobs that the reasons name, and where titles come from.
  know(header, catalogue) {
    this.header = header;
    this.catalogue = catalogue;
    this.knobs = new Map(header.knobs.map((knob, i) => [knob.key, { label: knob.label, hue: `var(--series-${i % 8})` }]));
    for (const view of this.views.values()) {
      view.barKey = null;
      this.#lead(view);
    }
  }

  show(entries) {
    const length = this.header.before.length, staying = new Set();
    const low = Math.min(0, ...entries.map((entry) => Math.min(entry.base, entry.score)));
    const high = Math.max(1e-12, ...entries.map((entry) => entry.base + entry.parts.reduce((sum, [, part]) => sum + Math.max(0, part), 0)));
    entries.forEach((entry, i) => {
      staying.add(entry.row);
      const view = this.views.get(entry.row) ?? this.#enter(entry.row, i);
      view.entry = entry;
      view.to = i * ROW;
      view.shown = 1;
      set(view, "rank", String(i + 1), (value) => { write(view.rankBox, value); view.box.setAttribute("aria-posinset", value); });
      const move = entry.was > length ? `new · was #${entry.was}` : entry.was === i + 1 ? "=" : `${entry.was > i + 1 ? "↑" : "↓"} ${Math.abs(entry.was - i - 1)}`;
      set(view, "move", move, (value) => {
        write(view.moveBox, value);
        view.box.dataset.move = entry.was > length ? "new" : entry.was === i + 1 ? "same" : entry.was > i + 1 ? "up" : "down";
      });
      this.#bar(view, entry, low, high);
    });
    for (const view of this.views.values()) if (!staying.has(view.row)) view.shown = 0;
    set(this, "height", `${ROW * Math.max(1, entries.length)}px`, (value) => { this.root.style.height = value; });
    this.entries = entries;
  }

  // A part of the way to where the rows belong; whether any has not arrived. Styles alone would start a transition for
  // each row at each frame, which costs several times as much.
  glide(milliseconds) {
    const share = still.matches ? 1 : 1 - Math.exp(-milliseconds / GLIDE);
    let moving = false;
    for (const view of this.views.values()) {
      const far = Math.abs(view.to - view.y) > 0.4, fading = Math.abs(view.shown - view.opacity) > 0.03;
      view.y = far ? view.y + (view.to - view.y) * share : view.to;
      view.opacity = fading ? view.opacity + (view.shown - view.opacity) * share : view.shown;
      set(view, "place", `translateY(${view.y.toFixed(1)}px)`, (value) => { view.box.style.transform = value; });
      set(view, "faded", view.opacity.toFixed(2), (value) => { view.box.style.opacity = value; });
      if (!view.opacity && !view.shown) this.#leave(view);
      moving ||= far || fading;
    }
    return moving;
  }

  #enter(row, i) {
    const view = this.spare.pop() ?? this.#build(), item = this.catalogue.of(row);
    Object.assign(view, { row, item, y: i * ROW, opacity: 0, barKey: null, spoken: null });
    set(view, "words", item.title, (value) => { write(view.title, value); });
    this.#lead(view);
    set(view, "about", item.facets.join(", "), (value) => { write(view.facets, value); });
    view.box.hidden = false;
    this.views.set(row, view);
    return view;
  }

  // The title leads to the page of the item.
  #lead(view) {
    set(view, "leads", this.header.link + encodeURIComponent(view.item.id), (value) => { view.title.href = value; });
  }

  #leave(view) {
    view.box.hidden = true;
    this.views.delete(view.row);
    this.spare.push(view);
  }

  #build() {
    const box = add(this.root, "li", "row", { tabindex: -1 }), view = { box, segments: [] };
    view.rankBox = add(box, "span", "rank");
    view.moveBox = add(box, "span", "move");
    const text = add(box, "span", "title");
    view.title = add(text, "a", "words", { "data-inside": "", tabindex: -1 });
    view.mark = add(text, "span", "held-out");
    view.facets = add(box, "span", "facets");
    view.bar = add(box, "span", "bar", { "aria-hidden": "true" });
    view.base = add(view.bar, "span", "base");
    view.end = add(view.bar, "span", "end");
    box.view = view;
    return view;
  }

  // The base, then what raises the score, then what lowers it from there: where it ends is the score.
  #bar(view, entry, low, high) {
    const place = (value) => 100 * (value - low) / (high - low || 1);
    const key = `${entry.score} ${low} ${high} ${entry.parts.length}`;
    if (view.barKey === key) return;
    view.barKey = key;
    if (entry.heldOut !== view.heldOut) {
      view.heldOut = entry.heldOut;
      view.mark.textContent = entry.heldOut ? " ●" : "";
    }
    span(view.base, place(Math.min(0, entry.base)), place(Math.max(0, entry.base)));
    const raising = entry.parts.filter(([, part]) => part > 0), lowering = entry.parts.filter(([, part]) => part < 0);
    let at = entry.base, used = 0;
    for (const [knob, part] of [...raising, ...lowering]) {
      const segment = view.segments[used] ??= view.bar.insertBefore(make("span", "part"), view.end);
      segment.style.setProperty("--hue", this.knobs.get(knob)?.hue ?? "var(--series-0)");
      segment.classList.toggle("minus", part < 0);
      segment.hidden = false;
      span(segment, place(Math.min(at, at + part)), place(Math.max(at, at + part)));
      at += part;
      used++;
    }
    for (const segment of view.segments.slice(used)) segment.hidden = true;
    const end = place(entry.score);
    view.end.style.clipPath = `inset(0 calc(${100 - end}% - 1px) 0 calc(${end}% - 1px))`;
  }

  // Screen readers meet the rows in the order of their ranks; done when nothing moves.
  settle() {
    const sorted = this.entries.map((entry) => this.views.get(entry.row).box);
    for (const entry of this.entries) {
      const view = this.views.get(entry.row), { title, heldOut, lines } = this.reason(view);
      set(view, "spoken", [`${title}${heldOut ? ", held-out favourite" : ""}, ${view.move === "=" ? "unchanged" : view.move}`, ...lines.map((line) => line.join(" "))].join("; "),
        (text) => view.box.setAttribute("aria-label", text));
    }
    if (sorted.every((box, i) => this.root.children[i] === box)) return;
    this.spare.forEach((view) => view.box.remove());
    this.spare = [];
    const focused = this.root.getRootNode().activeElement;
    this.root.append(...sorted);
    if (focused && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  // The arrow keys walk the rows; each says its reason.
  #walk(event) {
    const now = this.entries.findIndex((entry) => this.views.get(entry.row).box === this.root.getRootNode().activeElement);
    if (event.key === "Enter") this.entries[now] && this.views.get(this.entries[now].row).title.click();
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: this.entries.length - 1 }[event.key];
    if (to === undefined || !this.entries.length) return;
    event.preventDefault();
    this.views.get(this.entries[Math.max(0, Math.min(this.entries.length - 1, to))].row).box.focus();
  }

  // The reason of an item, as lines of a tooltip: they add up to the score.
  reason(view) {
    const { entry, item } = view, own = this.header.mode === "exact" ? "Recommender's own score" : "Score rebuilt from neurons";
    const parts = [...entry.parts].sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    return { title: item.title, about: item.facets.join(", "), heldOut: entry.heldOut,
      lines: [[own, three(entry.base)], ...parts.map(([knob, part]) => [this.knobs.get(knob)?.label ?? "The changed concepts together", signed(part)]), ["Score", three(entry.score)]] };
  }
}

// Counts of the list before and after, as pairs of bars that keep their places while a slider moves.
class Mix {
  constructor(root) {
    this.root = root;
    this.views = new Map();
  }

  show(facets, length) {
    const shown = facets.slice(0, MAX_BARS), most = Math.max(1, length);
    this.root.parentElement.hidden = !shown.length;
    const staying = new Set(shown.map((one) => one.name));
    shown.forEach((one, i) => {
      const view = this.views.get(one.name) ?? this.#build(one.name);
      set(view, "place", `translateY(${i * 30}px)`, (value) => { view.box.style.transform = value; });
      set(view, "before", one.before, (value) => span(view.first, 0, 100 * value / most));
      set(view, "after", one.after, (value) => span(view.then, 0, 100 * value / most));
      set(view, "text", one.before === one.after ? String(one.after) : `${one.before} → ${one.after}`, (value) => write(view.count, value));
      view.box.classList.toggle("changed", one.before !== one.after);
    });
    for (const [name, view] of this.views) if (!staying.has(name)) { view.box.remove(); this.views.delete(name); }
    this.root.style.height = `${30 * shown.length}px`;
  }

  #build(name) {
    const box = add(this.root, "li", "facet"), view = { box };
    add(box, "span", "name", {}, name);
    view.count = add(box, "span", "count");
    const bars = add(box, "span", "bars", { "aria-hidden": "true" });
    view.first = add(bars, "span", "before");
    view.then = add(bars, "span", "after");
    this.views.set(name, view);
    return view;
  }
}

// --- elements and numbers

function make(tag, name, attributes = {}, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text; // titles are data: never as HTML
  return made;
}
const add = (parent, ...what) => parent.appendChild(make(...what));

// Writes only what has changed: most of a frame is as the one before.
function set(view, name, value, write) {
  if (view[name] !== value) write(view[name] = value);
}

// Into the text that is there already: a new one at every frame would be litter.
function write(element, text) {
  if (!element.firstChild) element.textContent = text;
  else if (element.firstChild.data !== text) element.firstChild.data = text;
}

// From and to in per cent of the whole width. A clip is painted without laying anything out.
function span(element, from, to) {
  element.style.clipPath = `inset(0 ${(100 - to).toFixed(2)}% 0 ${from.toFixed(2)}%)`;
}

const minus = (text) => text.replace("-", "−");
const two = (value) => minus(value.toFixed(2)), three = (value) => minus(value.toFixed(3));
const signed = (value) => (value >= 0 ? "+" : "") + three(value);
