// What colours and symbols stand for. Of facets each can be hidden, or shown alone; of numbers there is a colour bar.
function make(tag, name = "", also = {}) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  for (const [key, value] of Object.entries(also)) made.setAttribute(key, value);
  return made;
}

class Legend {
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.hidden = new Set(); // names, so that what is hidden stays so when colours change and come back
  }

  /** Whether a point is filtered away. */
  hides(kind) { return this.hidden.has(this.kinds[kind].name); }

  show(looks) {
    this.kinds = looks.kinds;
    const { colours } = looks, title = make("span", "title");
    title.textContent = this.label(colours);
    const listed = this.listed = looks.kinds.filter((kind) => kind.count).sort((a, b) => Boolean(a.grey) - Boolean(b.grey));
    this.names = listed.map((kind) => kind.name);
    const parts = [title, ...(colours.categories || !looks.kinds.some((kind) => kind.scaled) ? [] : [this.scale(colours)])];
    this.entries = listed.map((kind) => this.entry(kind));
    this.all = make("button", "all", { type: "button" });
    this.all.textContent = "Show all";
    this.all.onclick = () => this.set(new Set());
    this.box.replaceChildren(...parts, ...this.entries, this.all);
    this.mark();
  }

  entry(kind) {
    const entry = make("button", "entry", { type: "button", title: "Click: hide or show. Double click or Alt: show alone" });
    const mark = entry.appendChild(make("canvas"));
    mark.width = mark.height = 28;
    const context = mark.getContext("2d");
    context.scale(2, 2);
    symbol(context, { ...kind, opacity: 1, edge: null }, 7, 7, 9 * Math.max(0.7, kind.part));
    entry.appendChild(make("span")).textContent = kind.name;
    entry.appendChild(make("small")).textContent = kind.count.toLocaleString("en");
    entry.dataset.name = kind.name;
    entry.onclick = (event) => {
      if (event.altKey) return this.alone(kind.name);
      const hidden = new Set(this.hidden);
      if (!hidden.delete(kind.name)) hidden.add(kind.name);
      this.set(hidden);
    };
    entry.ondblclick = () => this.alone(kind.name);
    entry.onkeydown = (event) => {
      if (event.key !== "Enter" || !event.altKey) return;
      event.preventDefault();
      this.alone(kind.name);
    };
    return entry;
  }

  label({ label, unit, categories }) {
    return label.charAt(0).toUpperCase() + label.slice(1) + (categories || !unit ? "" : ` (${unit})`);
  }

  /** The ends of the scale in words. */
  ends(colours) {
    const short = { ...colours, unit: colours.unit.startsWith("share") ? "share" : "" };
    return [written(colours.low, short), written(colours.high, short)];
  }

  scale(colours) {
    const scale = make("span", "scale"), bar = make("i");
    const stops = colours.stops.map(([part, colour]) => `${colour} ${100 * part}%`);
    bar.style.background = `linear-gradient(to right, ${stops.join()})`;
    const [low, high] = this.ends(colours).map((text) => Object.assign(make("small"), { textContent: text }));
    scale.append(low, bar, high);
    return scale;
  }

  alone(name) {
    const others = this.names.filter((other) => other !== name);
    const already = !this.hidden.has(name) && others.every((other) => this.hidden.has(other));
    this.set(new Set(already ? [] : others));
  }

  set(hidden) {
    this.hidden = hidden;
    this.mark();
    this.changed();
  }

  mark() {
    for (const entry of this.entries) entry.setAttribute("aria-pressed", String(!this.hidden.has(entry.dataset.name)));
    this.all.hidden = !this.names.some((name) => this.hidden.has(name));
  }
}
