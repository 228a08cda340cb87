// What the live board shows of a list: the rows, which glide to their places, and what the change does.
const ROW = 32, LEAVING = 240, MAX_BARS = 8;

class Rows {
  constructor(root) {
    this.root = root;
    this.views = new Map(); // row number -> view
    this.entries = [];
    root.addEventListener("keydown", (event) => this.#walk(event));
  }

  // The knobs that the reasons name, and where titles come from.
  know(header, catalogue) {
    this.header = header;
    this.catalogue = catalogue;
    this.knobs = new Map(header.knobs.map((knob, i) => [knob.key, { label: knob.label, hue: `var(--series-${i % 8})` }]));
    for (const view of this.views.values()) view.barKey = null;
  }

  show(entries) {
    const length = this.header.before.length, staying = new Set();
    const low = Math.min(0, ...entries.map((entry) => Math.min(entry.base, entry.score)));
    const high = Math.max(1e-12, ...entries.map((entry) => entry.base + entry.parts.reduce((sum, [, part]) => sum + Math.max(0, part), 0)));
    entries.forEach((entry, i) => {
      staying.add(entry.row);
      const view = this.views.get(entry.row) ?? this.#build(entry.row, i);
      clearTimeout(view.leaving);
      view.leaving = null;
      view.entry = entry;
      view.at = i;
      set(view, "place", `translateY(${i * ROW}px)`, (value) => { view.box.style.transform = value; view.box.classList.remove("leaving"); });
      set(view, "rank", String(i + 1), (value) => { view.rankBox.textContent = value; view.box.setAttribute("aria-posinset", value); });
      const move = entry.was > length ? `new · was #${entry.was}` : entry.was === i + 1 ? "=" : `${entry.was > i + 1 ? "↑" : "↓"} ${Math.abs(entry.was - i - 1)}`;
      set(view, "move", move, (value) => {
        view.moveBox.textContent = value;
        view.box.dataset.move = entry.was > length ? "new" : entry.was === i + 1 ? "same" : entry.was > i + 1 ? "up" : "down";
      });
      this.#bar(view, entry, low, high);
    });
    for (const [row, view] of this.views)
      if (!staying.has(row) && !view.leaving) {
        view.box.classList.add("leaving");
        view.place = null;
        view.leaving = setTimeout(() => { view.box.remove(); this.views.delete(row); }, LEAVING);
      }
    this.root.style.height = `${ROW * Math.max(1, entries.length)}px`;
    this.entries = entries;
  }

  #build(row, i) {
    const item = this.catalogue.of(row), box = add(this.root, "li", "row entering", { tabindex: -1 });
    const view = { row, box, item, segments: [] };
    view.rankBox = add(box, "span", "rank");
    view.moveBox = add(box, "span", "move");
    const text = add(box, "span", "title");
    add(text, "span", "words", {}, item.title);
    view.mark = add(text, "span", "held-out", {}, "");
    add(box, "span", "facets", {}, item.facets.join(", "));
    view.bar = add(box, "span", "bar", { "aria-hidden": "true" });
    view.base = add(view.bar, "span", "base");
    view.end = add(view.bar, "span", "end");
    box.view = view;
    box.style.transform = `translateY(${i * ROW}px)`;
    requestAnimationFrame(() => box.classList.remove("entering"));
    this.views.set(row, view);
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
    view.end.style.left = `${place(entry.score)}%`;
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
    const focused = this.root.getRootNode().activeElement;
    this.root.append(...sorted);
    if (focused && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  // The arrow keys walk the rows; each says its reason.
  #walk(event) {
    const now = this.entries.findIndex((entry) => this.views.get(entry.row).box === this.root.getRootNode().activeElement);
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
      set(view, "before", one.before, (value) => { view.first.style.width = `${100 * value / most}%`; });
      set(view, "after", one.after, (value) => { view.then.style.width = `${100 * value / most}%`; });
      set(view, "text", one.before === one.after ? String(one.after) : `${one.before} → ${one.after}`, (value) => { view.count.textContent = value; });
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

function span(element, from, to) {
  element.style.left = `${from}%`;
  element.style.width = `${Math.max(0, to - from)}%`;
}

const minus = (text) => text.replace("-", "−");
const two = (value) => minus(value.toFixed(2)), three = (value) => minus(value.toFixed(3));
const signed = (value) => (value >= 0 ? "+" : "") + three(value);
