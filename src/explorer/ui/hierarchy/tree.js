// The whole tree of concepts, as rings or as columns: at most some 40 sectors at once, the rest folded. The views are
// kept in the browser (tree_data.js), so that folds open and choices are marked without the server (linking.js).
const SVG = "http://www.w3.org/2000/svg", LARGEST = 540, NARROW = 300, ICICLE = 500, CHIPS = 40;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tree");
  if (!root) return;
  root.view ??= new Tree(root);
  root.view.show(data, setTriggerValue);
}

class Tree {
  constructor(root) {
    this.root = root;
    this.focus = "";
    this.trail = root.appendChild(made("nav", "trail", { "aria-label": "Part of the tree that is shown" }));
    this.place = root.appendChild(made("div", "picture"));
    this.legend = root.appendChild(made("div", "legend"));
    this.apart = new Apart(root, (neuron) => this.choose(neuron));
    this.saving = new Saving(root, this);
    this.card = this.place.appendChild(made("div", "card", { "aria-hidden": "true" }));
    this.card.hidden = true;
    this.place.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => { if (this.tree && this.wide !== this.room()) this.draw(); }).observe(root);
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    if (this.run !== data.link.run) {
      this.stop?.();
      this.run = data.link.run;
      this.focus = "";
      this.stop = whenChosen(this.run, (neuron) => {
        if (this.root.isConnected) this.tree && this.follow(neuron); else this.stop();
      });
    }
    whenKept(data.concepts, (tree) => {
      if (this.data !== data) return;
      this.tree = tree;
      if (!(this.focus in tree.views)) this.focus = "";
      this.apart.show(tree, data);
      const neuron = chosenNeuron(data.link);
      this.neuron ??= neuron;
      this.draw();
      this.follow(neuron);
    });
  }

  // --- the view

  // Rounded down: a picture that is scaled down has smaller texts.
  room() { return Math.floor(this.root.getBoundingClientRect().width); }

  draw() {
    const { tree, data } = this;
    this.wide = this.room();
    if (this.wide < 40) return;
    const key = JSON.stringify([data.concepts, this.focus, data.shape, data.colours, this.wide]);
    if (key === this.drawnFrom) { this.mark(this.neuron); return; }
    this.drawnFrom = key;
    fontFamily = getComputedStyle(this.root).fontFamily;
    this.back = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim() || "#FFFFFF";
    this.ink = getComputedStyle(this.root).color;
    this.sectors = (tree.views[this.focus] ?? []).map(([neuron, focus, count, unnamed, above, depth, start, end]) =>
      ({ neuron, focus, count, unnamed, above, depth, start, end }));
    const rings = Math.max(1, ...this.sectors.map((one) => one.depth + 1));
    const wide = Math.max(NARROW, Math.min(this.wide, LARGEST));
    this.shape = data.shape === "sunburst" ? new Sunburst(wide, rings) : new Icicle(Math.max(NARROW, this.wide), rings, ICICLE);
    const hadFocus = this.place.contains(this.root.getRootNode().activeElement);
    this.svg?.remove();
    this.svg = drawn("svg", { viewBox: `0 0 ${this.shape.width} ${this.shape.height}`, width: this.shape.width, height: this.shape.height });
    const items = this.svg.appendChild(drawn("g", { role: "tree", "aria-label": `Tree of concepts${this.focus ? `, within ${this.nameOf(this.focus)}` : ""}` }));
    const labels = this.svg.appendChild(drawn("g", { "aria-hidden": "true", "pointer-events": "none" }));
    this.marks = this.svg.appendChild(drawn("g", { "aria-hidden": "true", "pointer-events": "none", fill: "none" }));
    this.paths = this.sectors.map((sector, at) => items.appendChild(this.sector(sector, at)));
    this.sectors.forEach((sector) => this.label(labels, sector));
    if (data.shape === "sunburst") this.middle(labels);
    this.place.insertBefore(this.svg, this.card);
    this.crumbs();
    this.colours();
    this.mark(this.neuron);
    if (hadFocus) (this.paths.find((path) => path.tabIndex === 0) ?? this.paths[0])?.focus({ preventScroll: true });
  }

  colour(sector) {
    return sector.neuron < 0 ? this.data.folded : this.data.colours[this.tree.facets[sector.neuron]][1];
  }

  sector(sector, at) {
    const expanded = this.sectors.some((other) => other.above === at), name = this.about(sector);
    const path = drawn("path", {
      d: this.shape.outline(sector), fill: this.colour(sector), stroke: this.back, "stroke-width": 1.5, role: "treeitem", tabindex: -1,
      "aria-level": sector.depth + 1, "aria-label": name.join(", "), "data-neuron": sector.neuron, class: sector.neuron < 0 ? "fold" : "concept",
    });
    if (sector.count) path.setAttribute("aria-expanded", String(expanded));
    path.addEventListener("click", () => this.press(at));
    path.addEventListener("pointerenter", () => this.tell(at));
    path.addEventListener("pointerleave", () => { this.card.hidden = true; });
    path.addEventListener("focus", () => { if (path.matches(":focus-visible")) this.tell(at); });
    path.addEventListener("blur", () => { this.card.hidden = true; });
    return path;
  }

  label(place, sector) {
    const { tree } = this;
    const texts = sector.neuron < 0
      ? [this.folded(sector), `${sector.count} more`, `+${sector.count}`]
      : shorter(sector.depth ? shortOf(tree, sector.neuron) : tree.names[sector.neuron]);
    const found = written(this.shape, sector, texts);
    if (found) write(place, found.lines, ...found.place, found.size, inkOn(this.colour(sector)));
  }

  // What the rings are around: the way back.
  middle(place) {
    const middle = this.shape.width / 2, r = this.shape.inner - 3;
    const circle = this.svg.insertBefore(drawn("circle", { cx: middle, cy: middle, r, fill: "transparent" }), place);
    const text = this.focus ? [this.nameOf(this.focus)] : ["All concepts"];
    for (const size of SIZES) {
      const lines = [1, 2, 3].map((count) => broken(text[0], count)).filter(Boolean)
        .find((block) => Math.hypot(Math.max(...block.map((line) => widthOf(line, size))) / 2, block.length * size * LINE / 2) <= r - 1);
      if (lines) { write(place, lines, middle, middle, 0, size, this.ink); break; }
    }
    if (!this.focus) return;
    circle.setAttribute("class", "back");
    circle.addEventListener("click", () => this.open(this.outside()));
  }

  folded(sector) {
    if (sector.focus.endsWith("+0")) return `${sector.count} children`;
    return `${sector.count} more${sector.unnamed ? ", unnamed" : ""}`;
  }

  // Name, share and more: for the card and for those who hear it.
  about({ neuron, count, focus, unnamed }) {
    const { tree, data } = this;
    if (neuron < 0) return [this.folded({ count, focus, unnamed }), "a click opens them"];
    const parent = tree.parents[neuron], percent = tree.percents[neuron];
    const share = percent === null ? [] : [`${percentText(percent)} of ${tree.names[parent]}`];
    return [tree.names[neuron], ...share, `${tree.own[neuron]} ${data.items}`, ...(count ? [`${count} ${count === 1 ? "child" : "children"}`] : [])];
  }

  nameOf(focus) {
    const [neuron, place] = focus.split("+");
    const name = neuron === "" ? "All concepts" : this.tree.names[neuron];
    if (place === undefined) return name;
    return neuron === "" ? "more concepts" : `more of ${name}`;
  }

  colours() {
    const { data, tree } = this, there = new Set(this.sectors.filter((one) => one.neuron >= 0).map((one) => tree.facets[one.neuron]));
    const folds = this.sectors.some((one) => one.neuron < 0);
    const rows = data.colours.map(([name, colour], at) => (there.has(at) ? [name, colour] : null)).filter((row) => row?.[0]);
    if (folds) rows.push(["several, folded", data.folded]);
    this.named = rows;
    this.legend.replaceChildren(...rows.map(([name, colour]) => {
      const entry = made("span");
      entry.appendChild(made("i")).style.background = colour;
      entry.append(name);
      return entry;
    }));
  }

  // --- marks

  mark(neuron) {
    this.neuron = neuron;
    const path = pathOf(this.tree, neuron);
    this.apart.mark(neuron);
    if (!this.svg) return;
    this.marks.replaceChildren();
    const inside = (sector) => sector.neuron < 0 && this.folds(sector).some((one) => path.includes(one));
    const on = this.sectors.map((sector) => sector.neuron === neuron ? 2 : path.includes(sector.neuron) || inside(sector) ? 1 : 0);
    const chosen = on.indexOf(2) >= 0 ? on.indexOf(2) : on.lastIndexOf(1);
    this.paths.forEach((one, at) => {
      one.setAttribute("aria-selected", String(on[at] === 2));
      one.classList.toggle("chosen", on[at] === 2);
      one.tabIndex = at === Math.max(chosen, 0) ? 0 : -1;
      if (!on[at]) return;
      const d = one.getAttribute("d"), wide = on[at] === 2 ? 4 : 2;
      this.marks.appendChild(drawn("path", { d, stroke: this.back, "stroke-width": wide + 3 }));
    });
    this.paths.forEach((one, at) => {
      if (on[at]) this.marks.appendChild(drawn("path", { d: one.getAttribute("d"), stroke: this.ink, "stroke-width": on[at] === 2 ? 4 : 2 }));
    });
  }

  // Mark what was chosen elsewhere; what is drawn becomes the whole if it is not inside.
  follow(neuron) {
    const path = pathOf(this.tree, neuron), [around, place] = this.focus.split("+");
    const inside = place === undefined ? path.includes(Number(around)) : this.ordered(around).slice(Number(place)).some((one) => path.includes(one));
    if (this.focus && neuron !== this.neuron && !inside) {
      this.focus = "";
      this.neuron = neuron;
      this.draw();
    } else this.mark(neuron);
  }

  /** The concepts of a fold. */
  folds(sector) {
    const [parent, place] = sector.focus.split("+");
    return this.ordered(parent).slice(Number(place));
  }

  ordered(parent) { return this.tree.ordered[parent] ?? []; }

  tell(at) {
    const sector = this.sectors[at], [name, ...rest] = this.about(sector), [x, y] = this.shape.middle(sector);
    const told = sector.neuron < 0 ? null : this.data.near[sector.neuron] ?? this.tree.details[sector.neuron];
    const lines = [[name, "b"], [rest.join(" · "), "p"]];
    if (told?.examples.length) lines.push([told.examples.map(([title]) => title).join(" · "), "p"]);
    if (sector.neuron < 0) lines.push([this.folds(sector).slice(0, 6).map((one) => this.tree.names[one]).join(" · "), "p"]);
    else if (sector.count && sector.neuron === this.neuron) lines.push(["Click again to open it.", "p"]);
    this.card.replaceChildren(...lines.map(([text, tag]) => { const line = made(tag); line.textContent = text; return line; }));
    this.card.hidden = false;
    const place = this.svg.getBoundingClientRect(), scale = place.width / this.shape.width || 1;
    const left = place.left - this.place.getBoundingClientRect().left + x * scale;
    this.card.style.left = `${Math.max(0, Math.min(left - this.card.offsetWidth / 2, this.place.clientWidth - this.card.offsetWidth))}px`;
    const top = y * scale;
    this.card.style.top = top > place.height / 2 ? `${top - this.card.offsetHeight - 14}px` : `${top + 14}px`;
  }

  // --- what a person does

  press(at) {
    const sector = this.sectors[at];
    if (sector.neuron < 0) { this.open(sector.focus); return; }
    if (sector.neuron === this.neuron && sector.count && sector.focus in this.tree.views) this.open(sector.focus);
    else this.choose(sector.neuron);
  }

  choose(neuron) {
    this.mark(neuron);
    chooseNeuron(this.run, neuron, "tree", this.send);
  }

  open(focus) {
    this.card.hidden = true;
    this.focus = focus;
    this.draw();
  }

  outside() {
    const [neuron, place] = this.focus.split("+");
    if (place !== undefined) {
      const before = Object.keys(this.tree.views).filter((focus) => focus.startsWith(`${neuron}+`) && Number(focus.split("+")[1]) < Number(place));
      return before.length ? before.at(-1) : neuron;
    }
    const parent = this.tree.parents[neuron];
    return parent >= 0 ? String(parent) : "";
  }

  crumbs() {
    const steps = [this.focus];
    for (let guard = 0; this.focus && guard < 20 && steps[0] !== ""; guard++) {
      const now = this.focus;
      this.focus = steps[0];
      const out = this.outside();
      this.focus = now;
      steps.unshift(out);
    }
    this.trail.hidden = steps.length < 2;
    this.trail.replaceChildren(...steps.flatMap((focus, at) => {
      const last = at === steps.length - 1, step = made(last ? "span" : "button", "", last ? { "aria-current": "true" } : { type: "button" });
      step.textContent = this.nameOf(focus);
      if (!last) step.addEventListener("click", () => this.open(focus));
      return at ? [document.createTextNode(" › "), step] : [step];
    }));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.paths.indexOf(event.target), sector = this.sectors[at];
    if (!sector) return;
    const beside = this.sectors.flatMap((one, other) => (one.above === sector.above ? [other] : [])), here = beside.indexOf(at);
    let next;
    if (event.key === "ArrowDown") next = beside[(here + 1) % beside.length];
    else if (event.key === "ArrowUp") next = beside.at(here - 1);
    else if (event.key === "Home") next = beside[0];
    else if (event.key === "End") next = beside.at(-1);
    else if (event.key === "ArrowRight") next = this.sectors.findIndex((one) => one.above === at);
    else if (event.key === "ArrowLeft") next = sector.above;
    else if (event.key === "Enter" || event.key === " ") this.press(at);
    else if ((event.key === "Escape" || event.key === "Backspace") && this.focus) this.open(this.outside());
    else return;
    event.preventDefault();
    if (next === undefined) return;
    if (next >= 0) this.paths[next].focus({ preventScroll: true });
    else if (event.key === "ArrowRight" && sector.count && sector.focus in this.tree.views) this.open(sector.focus);
    else if (event.key === "ArrowLeft" && this.focus) this.open(this.outside());
  }
}

// What a concept may be called where there is little room: the whole name first.
function shorter(name) {
  const [base, like] = name.split(": like ");
  if (like) return [name, base];
  return name.startsWith("like ") && name.includes(", ") ? [name, name.split(", ")[0]] : [name];
}

function drawn(tag, attributes) {
  const one = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

function write(place, lines, x, y, turn, size, ink) {
  const text = place.appendChild(drawn("text", {
    "text-anchor": "middle", "font-size": size, fill: ink, transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) rotate(${turn.toFixed(2)})`,
  }));
  lines.forEach((line, at) => {
    text.appendChild(drawn("tspan", { x: 0, y: ((at - (lines.length - 1) / 2) * size * LINE + size * 0.35).toFixed(2) })).textContent = line;
  });
}
