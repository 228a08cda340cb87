// Two pictures of all neurons, see overview.py: a histogram of densities and a scatter of a measure against density.
// Both filter by dragging over them; the fields below do the same by keyboard. The points are kept by name in
// `window.explorerKept`.
const LEFT = 34, BOTTOM = 17, TOP = 5, RIGHT = 6, BINS = 28, NEAR = 9, MOVED = 4;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".overview");
  if (!root) return;
  root.view ??= new Overview(root);
  root.view.show(data, setTriggerValue);
}

class Overview {
  constructor(root) {
    this.root = root;
    this.histogram = new Area(root, "histogram", (from, to) => this.brushed(from, to, false));
    this.scatter = new Area(root, "scatter", (from, to) => this.brushed(from, to, true));
    this.scatter.area.addEventListener("pointermove", (event) => this.point(event));
    this.scatter.area.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    this.scatter.clicked = (x, y) => { const i = this.nearest(x, y); if (i >= 0) this.send("open", this.points.neurons[i]); };
    this.tip = this.scatter.area.appendChild(make("div", "tip"));
    this.tip.hidden = true;
    this.histogramTitle = this.histogram.caption.appendChild(make("span"));
    this.histogram.caption.appendChild(make("span", "hint")).textContent = "drag to filter";
    this.heights = this.choice("Measure upwards", () => this.view());
    this.against = this.scatter.caption.appendChild(make("span"));
    this.against.textContent = "colour";
    this.against.className = "hint";
    this.colourings = this.choice("Colour by", () => this.view());
    this.densityEnds = this.ends(this.histogram);
    this.heightEnds = this.ends(this.scatter);
    this.legend = this.scatter.figure.appendChild(make("div", "legend"));
    new ResizeObserver(() => this.data && this.draw()).observe(root);
  }

  choice(label, change) {
    const select = this.scatter.caption.appendChild(make("select"));
    select.setAttribute("aria-label", label);
    select.addEventListener("change", change);
    return select;
  }

  // The two fields below a picture.
  ends(area) {
    const row = area.figure.appendChild(make("div", "ends"));
    const [low, high] = ["from", "to"].map((word) => {
      row.appendChild(make("span")).textContent = word;
      const field = row.appendChild(make("input"));
      Object.assign(field, { type: "number", step: "any", placeholder: "any" });
      return field;
    });
    const unit = row.appendChild(make("span"));
    return { low, high, unit };
  }

  show(data, send) {
    this.send = send;
    this.latest = data;
    this.points = window.explorerKept?.get(data.points);
    if (!this.points) { // on their way
      window.addEventListener("explorer-kept", () => this.latest === data && this.show(data, send), { once: true });
      return;
    }
    this.data = data;
    const bits = Uint8Array.from(atob(data.listed), (character) => character.charCodeAt(0));
    this.listed = (i) => (bits[i >> 3] >> (7 - (i & 7))) & 1;
    this.density = this.points.values.density_items;
    this.values = this.points.values[data.height] ?? [];
    const least = this.density.reduce((low, value) => (value > 0 && value < low ? value : low), 1);
    this.floor = Math.max(-8, Math.floor(Math.log10(least) - 1e-9));
    this.share = data.heights.find(([name]) => name === data.height)?.[2] ?? false;
    this.fill();
    this.draw();
  }

  fill() {
    const { data } = this, label = data.heights.find(([name]) => name === data.height)?.[1];
    this.histogramTitle.textContent = `Share of ${data.items} a neuron fires on`;
    options(this.heights, data.heights, data.height);
    options(this.colourings, data.colourings, data.colouring);
    this.scatter.figure.hidden = !data.height;
    this.field(this.densityEnds, "density_items", `Fires on ${data.items}`, true);
    if (data.height) this.field(this.heightEnds, data.height, label, this.share);
    const there = new Set(this.points.classes[data.colouring]);
    this.legend.replaceChildren(...data.legend.flatMap(([name, colour], i) => {
      if (!there.has(i)) return [];
      const entry = make("span"), mark = entry.appendChild(make("canvas"));
      mark.width = mark.height = 22;
      const context = mark.getContext("2d");
      context.scale(2, 2);
      symbol(context, i, 5.5, 5.5, 3.6, colour);
      entry.appendChild(document.createTextNode(name));
      return [entry];
    }));
    const shown = this.points.neurons.filter((_, i) => this.listed(i)).length;
    const all = this.points.neurons.length;
    this.histogram.canvas.setAttribute("aria-label", `Histogram of the share of ${data.items} that ${shown} listed of ${all} neurons fire on, on a logarithmic scale`);
    this.scatter.canvas.setAttribute("aria-label", `${label} of the neurons against the share of ${data.items} they fire on`);
  }

  field({ low, high, unit }, name, label, share) {
    const factor = share ? 100 : 1, [from, to] = this.data.ranges[name];
    unit.textContent = share ? "%" : "";
    for (const [field, value, word] of [[low, from, "at least"], [high, to, "at most"]]) {
      field.setAttribute("aria-label", `${label}, ${word}${share ? ", per cent" : ""}`);
      if (this.root.getRootNode().activeElement !== field) field.value = value === null ? "" : Number((value * factor).toPrecision(6));
      field.onchange = () => {
        const read = (one) => (one.value === "" ? null : Number(one.value) / factor);
        this.send("brush", { [name]: [read(low), read(high)] });
      };
    }
  }

  view() { this.send("view", [this.heights.value, this.colourings.value]); }

  // --- where a value lies, and back

  across(value) { return value > 0 ? (Math.log10(value) - this.floor) / -this.floor : 0; }

  along(x) { return 10 ** (this.floor + x * -this.floor); }

  top() { return this.share ? 1 : Math.max(1, ...this.values.filter((value) => value !== null)); }

  // --- drawing

  draw() {
    const { on, off } = this.data.colours;
    const style = getComputedStyle(this.root), ink = style.color;
    const lines = style.getPropertyValue("--st-border-color") || off;
    this.histogram.begin(ink);
    if (this.data.height) this.scatter.begin(ink);
    this.bars(on, off, ink, lines);
    if (this.data.height) this.dots(ink, lines);
    const [low, high] = this.data.ranges.density_items;
    this.histogram.mark(this.span(low, high, (value) => this.across(value)), null);
    if (this.data.height) {
      const [bottom, above] = this.data.ranges[this.data.height];
      this.scatter.mark(this.span(low, high, (value) => this.across(value)), this.span(bottom, above, (value) => value / this.top()));
    }
  }

  span(low, high, place) {
    return low === null && high === null ? null : [low === null ? 0 : clamp(place(low)), high === null ? 1 : clamp(place(high))];
  }

  axis(area, ink, lines) {
    const { context } = area;
    context.fillStyle = ink;
    context.strokeStyle = lines;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    const every = -this.floor > 4 ? 2 : 1;
    for (let power = this.floor; power <= 0; power++) {
      const x = area.x(this.across(10 ** power));
      context.beginPath();
      context.moveTo(x, area.y(0));
      context.lineTo(x, area.y(0) + 3);
      context.stroke();
      const text = `${Number((100 * 10 ** power).toPrecision(1))}%`;
      context.textAlign = power === 0 ? "right" : "center";
      if ((power - this.floor) % every === 0 || power === 0) context.fillText(text, power === 0 ? x + RIGHT : x, area.height - 3);
    }
    context.beginPath();
    context.moveTo(area.x(0), area.y(0));
    context.lineTo(area.x(1), area.y(0));
    context.stroke();
  }

  bars(on, off, ink, lines) {
    const area = this.histogram, { context } = area, all = new Array(BINS + 1).fill(0), kept = new Array(BINS + 1).fill(0);
    this.density.forEach((value, i) => {
      const bin = value > 0 ? 1 + Math.min(BINS - 1, Math.floor(this.across(value) * BINS)) : 0;
      all[bin]++;
      if (this.listed(i)) kept[bin]++;
    });
    const most = Math.max(...all, 1), wide = (area.x(1) - area.x(0)) / BINS;
    for (let bin = 0; bin <= BINS; bin++) {
      const x = bin ? area.x((bin - 1) / BINS) : area.x(0) - 12;
      for (const [counts, colour, alpha] of [[all, off, 0.45], [kept, on, 1]]) {
        const high = counts[bin] ? Math.max(1.5, (area.y(0) - area.y(1)) * counts[bin] / most) : 0;
        context.globalAlpha = alpha;
        context.fillStyle = colour;
        context.fillRect(x + 0.5, area.y(0) - high, Math.max(1, (bin ? wide : 9) - 1), high);
      }
    }
    context.globalAlpha = 1;
    this.axis(area, ink, lines);
    context.textAlign = "right";
    context.fillText(String(most), area.x(0) - 14, area.y(1) + 8);
    if (all[0]) { context.textAlign = "center"; context.fillText("0", area.x(0) - 8, area.height - 3); }
  }

  dots(ink, lines) {
    const area = this.scatter, { context } = area, classes = this.points.classes[this.data.colouring], top = this.top();
    this.axis(area, ink, lines);
    context.textAlign = "right";
    for (const part of [0, 0.5, 1]) context.fillText(this.share ? `${part * 100}%` : Number((part * top).toPrecision(2)), area.x(0) - 4, area.y(part) + (part ? part === 1 ? 8 : 4 : 0));
    this.places = this.values.map((value, i) => (value === null || !(this.density[i] > 0) ? null : [area.x(this.across(this.density[i])), area.y(clamp(value / top))]));
    const size = this.places.length > 3000 ? 1.8 : this.places.length > 600 ? 2.4 : 3.2;
    for (const kept of [0, 1])
      this.places.forEach((place, i) => {
        if (!place || this.listed(i) !== kept) return;
        context.globalAlpha = kept ? 0.85 : 0.16;
        symbol(context, classes[i], ...place, size, this.data.legend[classes[i]][1]);
      });
    context.globalAlpha = 1;
    const chosen = this.places[this.points.neurons.indexOf(this.data.chosen)];
    if (chosen) {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(...chosen, 6, 0, 7);
      context.stroke();
      context.lineWidth = 1;
    }
  }

  // --- answers

  brushed([x1, x2], [y1, y2], both) {
    const ends = (from, to, value) => [from <= 0.001 ? null : short(value(from)), to >= 0.999 ? null : short(value(to))];
    const ranges = { density_items: ends(x1, x2, (x) => this.along(x)) };
    if (both) ranges[this.data.height] = ends(y1, y2, (y) => y * this.top());
    this.send("brush", ranges);
  }

  nearest(x, y) {
    let found = -1, least = NEAR ** 2;
    (this.places ?? []).forEach((place, i) => {
      if (!place) return;
      const far = (place[0] - x) ** 2 + (place[1] - y) ** 2 + (this.listed(i) ? 0 : 20);
      if (far < least) { least = far; found = i; }
    });
    return found;
  }

  point(event) {
    if (event.buttons) return;
    const [x, y] = this.scatter.at(event), i = this.nearest(x, y);
    this.tip.hidden = i < 0;
    this.scatter.area.style.cursor = i < 0 ? "crosshair" : "pointer";
    if (i < 0) return;
    this.tip.textContent = `${this.points.neurons[i]} ${this.points.labels[i]}`;
    const right = x > this.scatter.width / 2;
    this.tip.style.left = right ? "" : `${x + 10}px`;
    this.tip.style.right = right ? `${this.scatter.width - x + 10}px` : "";
    this.tip.style.top = `${Math.max(0, y - 12)}px`;
  }
}

// A canvas with a frame, over which one can drag. `done` gets the two ends across and upwards, 0 to 1 each.
class Area {
  constructor(root, name, done) {
    this.name = name;
    this.figure = root.appendChild(make("figure", name));
    this.caption = this.figure.appendChild(make("figcaption"));
    this.area = this.figure.appendChild(make("div", "area"));
    this.canvas = this.area.appendChild(make("canvas"));
    this.canvas.setAttribute("role", "img");
    this.brush = this.area.appendChild(make("div", "brush"));
    this.brush.hidden = true;
    this.area.addEventListener("pointerdown", (event) => this.down(event, done));
  }

  at(event) {
    const box = this.area.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event, done) {
    if (event.button) return;
    event.preventDefault();
    this.area.setPointerCapture(event.pointerId);
    const start = this.at(event);
    const whole = this.name === "histogram";
    const box = (end) => {
      const x = [start[0], end[0]].map((one) => clamp((one - LEFT) / (this.width - LEFT - RIGHT))).sort((a, b) => a - b);
      const y = [start[1], end[1]].map((one) => clamp((this.height - BOTTOM - one) / (this.height - BOTTOM - TOP))).sort((a, b) => a - b);
      return [x, whole ? null : y];
    };
    const move = (moved) => this.mark(...box(this.at(moved)));
    const stop = (ended) => {
      this.area.removeEventListener("pointermove", move);
      this.area.removeEventListener("pointerup", stop);
      this.area.removeEventListener("pointercancel", stop);
      const end = this.at(ended);
      if (ended.type === "pointercancel") return;
      if (Math.hypot(end[0] - start[0], end[1] - start[1]) < MOVED) this.clicked?.(...end);
      else { const [x, y] = box(end); done(x, y ?? [0, 1]); }
    };
    this.area.addEventListener("pointermove", move);
    this.area.addEventListener("pointerup", stop);
    this.area.addEventListener("pointercancel", stop);
  }

  begin(ink) {
    this.width = this.area.clientWidth;
    this.height = this.area.clientHeight;
    const sharp = Math.max(1, devicePixelRatio);
    this.canvas.width = Math.round(this.width * sharp);
    this.canvas.height = Math.round(this.height * sharp);
    this.context = this.canvas.getContext("2d");
    this.context.scale(sharp, sharp);
    this.context.font = "11px " + getComputedStyle(this.area).fontFamily;
    this.context.fillStyle = ink;
  }

  x(part) { return LEFT + part * (this.width - LEFT - RIGHT); }

  y(part) { return this.height - BOTTOM - part * (this.height - BOTTOM - TOP); }

  mark(x, y) {
    this.brush.hidden = !x && !y;
    if (this.brush.hidden) return;
    const [x1, x2] = (x ?? [0, 1]).map((part) => this.x(part)), [y1, y2] = (y ?? [0, 1]).map((part) => this.y(part));
    Object.assign(this.brush.style, { left: `${x1}px`, width: `${Math.max(2, x2 - x1)}px`, top: `${y2}px`, height: `${Math.max(2, y1 - y2)}px` });
  }
}

// A mark of each class, so that colour is not the only thing that tells them apart.
function symbol(context, kind, x, y, r, colour) {
  context.fillStyle = context.strokeStyle = colour;
  context.beginPath();
  if (kind % 5 === 0) context.arc(x, y, r, 0, 7);
  else if (kind % 5 === 1) context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else if (kind % 5 === 2) { context.moveTo(x, y - r * 1.15); context.lineTo(x + r * 1.1, y + r * 0.8); context.lineTo(x - r * 1.1, y + r * 0.8); }
  else if (kind % 5 === 3) { context.moveTo(x, y - r * 1.25); context.lineTo(x + r * 1.25, y); context.lineTo(x, y + r * 1.25); context.lineTo(x - r * 1.25, y); }
  else { context.lineWidth = 1.4; context.arc(x, y, r * 0.8, 0, 7); context.stroke(); context.lineWidth = 1; return; }
  context.fill();
}

const clamp = (part) => Math.max(0, Math.min(1, part));
const short = (value) => Number(value.toPrecision(3));

function options(select, list, chosen) {
  const now = JSON.stringify(list);
  if (select.of !== now) {
    select.of = now;
    select.replaceChildren(...list.map(([value, label]) => Object.assign(make("option"), { value, textContent: label })));
  }
  select.value = chosen;
}

function make(tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
}
