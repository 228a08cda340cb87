// The map. `show` takes a picture: what is drawn, {points, colours, labels, words, title, kind, nouns, palette, width,
// chosen, selection, other}; `host` is told of what is done: {choose(neuron), select(bits, into), href(i), font}.
const MOUSE = 7, FINGER = 18, SLOW = 28;
const ICONS = {
  in: "M12 5v14M5 12h14", out: "M5 12h14", home: "M4 11l8-7 8 7M6.5 9.5V20h11V9.5",
  lasso: "M5.5 15.5C2 11 5 5 12 5s10 6 5 10-9 1.500-10 1.500-2 4 1 5.500M8 16.500a1.500 1.500 0 1 1-2.500-1",
  box: "M4 4h3M10 4h4M17 4h3v3M20 10v4M20 17v3h-3M14 20h-4M7 20H4v-3M4 14v-4M4 7V4", fill: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  save: "M12 4v11M7 10.500l5 5 5-5M4.500 20h15", compare: "M9 4v16M15 4v16M9 8H4v8h5M15 8h5v8h-5", clear: "M6 6l12 12M18 6L6 18",
};

class MapView {
  constructor(root, host) {
    Object.assign(this, { root, host, tool: "pan", into: "selection", marked: -1, pinned: -1, hovered: -1, frames: 0, spent: 0, placed: [] });
    this.bar = root.appendChild(make("div", "bar"));
    this.field = root.appendChild(make("div", "field"));
    this.canvas = this.field.appendChild(make("canvas", "", { tabindex: "0", role: "application" }));
    this.foot = root.appendChild(make("div", "foot", { role: "group", "aria-label": "Legend" }));
    this.said = root.appendChild(make("div", "said", { role: "status", "aria-live": "polite" }));
    this.raster = new Raster(this.canvas);
    this.camera = new Camera(() => this.draw());
    this.card = new Card(this.field);
    this.finder = new Finder(this.bar, "map-hits", {
      go: (point) => this.find(point),
      select: host.select && ((points) => this.selectPoints(points)),
      shown: (point) => this.style?.[point] !== NOTHING,
      escape: () => this.escape(),
    });
    this.legend = new Legend(this.foot, () => this.restyle());
    this.tools();
    this.hand = new Hand(this.canvas, {
      pan: (dx, dy) => { this.camera.pan(dx, dy); this.moving(); },
      zoomAt: (factor, left, top) => { this.camera.zoomAt(factor, left, top); this.moving(); },
      home: () => this.camera.flyHome(),
      hover: (left, top) => this.hover(left, top),
      leave: () => this.leave(),
      click: (left, top, touch) => this.click(left, top, touch),
      draw: (shape) => { this.shape = shape; this.draw(); },
      drawn: (shape, event) => this.drawn(shape, event),
      escape: () => this.escape(),
      tool: () => this.tool,
    });
    new ResizeObserver(() => this.resize()).observe(this.field);
    // From the buttons as well: what covers the window must always let go of it.
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || !this.root.classList.contains("filled")) return;
      event.preventDefault();
      this.fill();
    });
  }

  tools() {
    const box = this.bar.appendChild(make("div", "tools", { role: "toolbar", "aria-label": "Map" }));
    const add = (icon, label, act) => {
      const button = box.appendChild(make("button", icon, { type: "button", "aria-label": label, title: label }));
      const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true" })) drawn.setAttribute(key, value);
      path.setAttribute("d", ICONS[icon]);
      button.appendChild(drawn).appendChild(path);
      button.onclick = act;
      return button;
    };
    add("in", "Zoom in (+)", () => this.camera.zoomAt(1.6));
    add("out", "Zoom out (-)", () => this.camera.zoomAt(1 / 1.6));
    add("home", "Whole map (0)", () => this.camera.flyHome());
    this.buttons = {};
    if (this.host.select) {
      for (const [tool, label] of [["lasso", "Draw around points (or Shift and drag)"], ["box", "Draw a box around points"]]) {
        this.buttons[tool] = add(tool, label, () => this.use(this.tool === tool ? "pan" : tool));
      }
      this.buttons.compare = add("compare", "Compare with another selection", () => this.compare());
      this.buttons.clear = add("clear", "Clear the selection", () => this.clear());
    }
    this.buttons.fill = add("fill", "Fill the window", () => this.fill());
    this.toolbox = { box, add };
    if (this.host.save !== false) new Saver(this);
    this.use("pan");
  }

  use(tool) {
    this.tool = tool;
    for (const name of ["lasso", "box"]) this.buttons[name]?.setAttribute("aria-pressed", String(name === tool));
    this.canvas.classList.toggle("drawing", tool !== "pan");
  }

  // --- what is shown

  show(picture) {
    const before = this.picture ?? {};
    this.picture = picture;
    if (picture.points !== before.points) {
      this.points = new Points(picture.points);
      this.marked = this.pinned = this.hovered = -1;
      this.selected = this.other = null;
      this.words = null;
      this.finder.know([]);
      this.frame();
    }
    if (picture.points !== before.points || picture.colours !== before.colours || picture.palette.back !== before.palette.back || picture.width !== before.width) {
      this.looks = new Looks(this.points, picture.colours, picture.palette, picture.nouns, picture.width);
      this.legend.show(this.looks);
    }
    if (picture.points !== before.points || picture.selection !== before.selection) this.selected = unpackBits(picture.selection, this.points.n);
    if (picture.points !== before.points || picture.other !== before.other) this.other = unpackBits(picture.other, this.points.n);
    if (picture.words && picture.words !== this.words) {
      this.words = picture.words;
      this.finder.know(this.words.names);
    }
    this.canvas.setAttribute("aria-label", `${picture.title}. Arrows move it, plus and minus zoom, 0 shows the whole map; the search lists its points.`);
    this.root.dataset.points = this.points.n;
    this.restyle();
    this.resize();
  }

  /** What the whole map is: all points but, of each side, the furthest in a thousand. */
  frame() {
    const { x, y, n } = this.points, ends = (values) => {
      const sorted = Float32Array.from(values).sort(), cut = n > 2000 ? Math.floor(n / 2000) : 0;
      return n ? [sorted[cut], sorted[n - 1 - cut]] : [-1, 1];
    };
    const [[left, right], [bottom, top]] = [ends(x), ends(y)];
    this.camera.box = [left, bottom, right, top];
    if (this.camera.width > 1) Object.assign(this.camera, this.camera.whole());
  }

  /** Choose a neuron: ring it at once. */
  chosen(neuron) {
    if (!this.picture || this.picture.chosen === neuron) return;
    this.picture = { ...this.picture, chosen: neuron };
    this.announce(this.neuronName(neuron));
    this.draw();
  }

  neuronName(neuron) {
    const i = this.points.find(NEURON, neuron);
    return (i >= 0 && this.words?.names[i]) || this.picture.neurons?.[neuron] || `Neuron ${neuron}`;
  }

  restyle() {
    const { points, looks, legend } = this, { width } = this.picture, hidden = looks.kinds.map((_, kind) => legend.hides(kind));
    this.shown = (i) => !hidden[looks.kind[i]] && (points.entity[i] !== NEURON || points.row[i] < width);
    this.style = looks.style(this.shown, this.selected, this.other);
    this.labels = this.namedGroups();
    if (this.buttons.clear) {
      this.buttons.clear.hidden = !this.selected && !this.other;
      this.buttons.compare.hidden = !this.selected;
      this.buttons.compare.setAttribute("aria-pressed", String(this.into === "with"));
    }
    this.draw();
  }

  /** Groups of which a point is shown. */
  namedGroups() {
    const { points, style } = this, shown = [];
    for (let i = 0; i < points.n; i++) if (style[i] !== NOTHING) shown.push(i);
    if (shown.length === points.n) return this.picture.labels;
    return this.picture.labels.filter(([, x, y, radius]) => {
      const near = Math.max(radius, 1e-3) ** 2;
      return shown.some((i) => (points.x[i] - x) ** 2 + (points.y[i] - y) ** 2 <= near);
    });
  }

  resize() {
    const width = this.field.clientWidth, height = this.field.clientHeight;
    if (!width || !height || !this.points) return;
    this.camera.resize(width, height);
    this.draw(true);
  }

  // --- drawing

  draw(now = false) {
    if (!this.points || !this.style) return;
    if (now) { cancelAnimationFrame(this.due); this.due = 0; this.paint(); return; }
    this.due ||= requestAnimationFrame(() => { this.due = 0; this.paint(); });
  }

  /** While the hand moves a fine screen gets one pixel for each point of CSS, if more would take too long. */
  moving() {
    if (this.spent > SLOW) this.coarse = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => { this.coarse = false; this.draw(); }, 120);
  }

  paint() {
    const { camera, raster, picture } = this, { palette } = picture, begun = performance.now();
    if (camera.width <= 1) return;
    raster.resize(camera.width, camera.height, this.coarse ? 1 : Math.min(2, devicePixelRatio || 1));
    raster.paint(this.points, this.looks.order, this.style, this.looks.at(camera.zoom), camera, palette.back);
    const { context } = raster;
    context.setTransform(raster.ratio, 0, 0, raster.ratio, 0, 0);
    this.over(context);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (this.pinned >= 0) this.card.move(...this.at(this.pinned));
    this.frames++;
    this.spent = this.coarse ? this.spent : performance.now() - begun;
    this.root.dataset.drawn = this.frames;
  }

  at(i) { return this.camera.screen(this.points.x[i], this.points.y[i]); }

  sizeOf(i) { return this.looks.at(this.camera.zoom)[this.style[i]]?.size ?? 6; }

  /** Rings, names and what is being drawn around. */
  over(context) {
    const { palette } = this.picture, { primary = palette.main, font } = this.host, rings = this.rings();
    for (const { i, size, colour } of rings) {
      const [x, y] = this.at(i);
      for (const [width, stroke] of [[size + 3, palette.back], [size, colour]]) {
        context.lineWidth = width;
        context.strokeStyle = stroke;
        context.beginPath();
        context.arc(x, y, this.sizeOf(i) / 2 + 4, 0, 2 * Math.PI);
        context.stroke();
      }
    }
    const wanted = rings.filter((ring) => ring.text).map(({ i, text, bold }) => {
      const [x, y] = this.at(i);
      return { text: text.length > 42 ? `${text.slice(0, 41)}…` : text, x, y, r: this.sizeOf(i) / 2 + 5, size: 13, bold, point: i };
    }).filter(({ x, y }) => x > 0 && y > 0 && x < this.camera.width && y < this.camera.height);
    const taken = rings.map(({ i }) => {
      const [x, y] = this.at(i), r = this.sizeOf(i) / 2 + 1;
      return { left: x - r, top: y - r, right: x + r, bottom: y + r };
    });
    this.placed = placeLabels(context, font, this.camera, this.labels, wanted, taken);
    drawLabels(context, font, this.placed, palette.text, palette.back);
    if (this.shape) {
      context.beginPath();
      this.shape.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](x, y));
      context.closePath();
      context.fillStyle = primary;
      context.globalAlpha = 0.12;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      context.strokeStyle = primary;
      context.stroke();
    }
  }

  /** What is ringed: the chosen neuron with its parent and children, or its strongest items; what was found or pinned. */
  rings() {
    const { points, picture, words } = this, { palette, chosen } = picture, rings = new Map();
    const add = (i, ring) => { if (i >= 0 && this.style[i] !== NOTHING && !rings.has(i)) rings.set(i, { i, ...ring }); };
    const primary = this.host.primary ?? palette.main;
    for (const i of [this.marked, this.pinned]) if (i >= 0) add(i, { size: 3, colour: primary, text: words?.names[i] ?? "", bold: true });
    if (chosen === null || chosen === undefined) return [...rings.values()];
    if (picture.kind === "neurons") {
      add(points.find(NEURON, chosen), { size: 3, colour: primary, text: this.neuronName(chosen), bold: true });
      for (const [parent, child] of picture.edges ?? []) {
        const relative = parent === chosen ? child : child === chosen ? parent : -1;
        if (relative >= 0) add(points.find(NEURON, relative), { size: 1.5, colour: palette.text, text: this.neuronName(relative) });
      }
    } else for (const item of words?.strongest?.[chosen] ?? []) add(points.find(ITEM, item), { size: 2, colour: palette.text });
    return [...rings.values()];
  }

  // --- what a hand does

  pointAt(left, top, reach) {
    return this.points.nearest(this.camera, this.style, this.looks.at(this.camera.zoom), left, top, reach);
  }

  hover(left, top) {
    const i = this.pointAt(left, top, MOUSE);
    this.canvas.classList.toggle("over", i >= 0);
    if (this.pinned >= 0) return;
    if (i < 0) return this.leave();
    this.hovered = i;
    this.card.show(this.about(i), ...this.at(i), false);
  }

  leave() {
    if (this.pinned < 0) this.card.hide();
    this.hovered = -1;
  }

  about(i) {
    const { words, looks, points, picture } = this, neuron = points.entity[i] === NEURON, value = looks.text(i);
    return {
      title: words?.names[i] ?? (neuron ? this.neuronName(points.row[i]) : "…"),
      about: words?.about[i],
      value: value && `${looks.colours.label}: ${value}`,
      does: !neuron && !this.host.href ? "" : neuron && !this.host.choose ? "" : neuron ? (picture.chosen === points.row[i] ? "The chosen neuron" : "Click to choose it") : "Click to keep this open",
    };
  }

  click(left, top, touch) {
    const i = this.pointAt(left, top, touch ? FINGER : MOUSE);
    this.canvas.focus({ preventScroll: true });
    if (i < 0) return this.unpin();
    const neuron = this.points.entity[i] === NEURON;
    if (neuron && this.host.choose) {
      this.unpin();
      this.chosen(this.points.row[i]);
      this.host.choose(this.points.row[i]);
      if (touch) this.card.show(this.about(i), ...this.at(i), false);
    } else this.pin(i);
  }

  pin(i) {
    this.pinned = i;
    const about = this.about(i);
    this.card.show({ ...about, does: "", href: this.host.href?.(this, i), opens: `Open the page of this ${[`neuron`, this.picture.nouns.item, `user`][this.points.entity[i]]}` }, ...this.at(i), true, () => this.unpin());
    this.announce([about.title, about.about, about.value].filter(Boolean).join(", "));
    this.draw();
  }

  unpin() {
    this.pinned = -1;
    this.card.hide();
    this.draw();
  }

  find(i) {
    if (this.style[i] === NOTHING) this.legend.set(new Set());
    this.marked = i;
    this.unpin();
    this.camera.flyTo(this.points.x[i], this.points.y[i], 6);
    this.announce(`${this.words.names[i]} is marked on the map.`);
    if (this.points.entity[i] === NEURON) { this.chosen(this.points.row[i]); this.host.choose?.(this.points.row[i]); }
  }

  drawn(shape, event) {
    const found = inside(shape, this.points, this.style, this.camera), add = event.ctrlKey || event.metaKey, take = event.altKey;
    const name = this.into === "with" ? "other" : "selected", before = this[name];
    const chosen = before && (add || take) ? before.map((one, i) => (take ? one & ~found[i] & 1 : one | found[i])) : found;
    const count = countOf(chosen);
    if (!count) { this.announce("No point is in there."); return; }
    this.selectAs(name, chosen);
  }

  /** What was found, as if it were drawn around. */
  selectPoints(points) {
    const chosen = new Uint8Array(this.points.n);
    for (const i of points) chosen[i] = 1;
    this.selectAs(this.into === "with" ? "other" : "selected", chosen);
  }

  selectAs(name, chosen) {
    const count = countOf(chosen);
    this.select(name, chosen);
    this.announce(`${count.toLocaleString("en")} ${count === 1 ? "point is" : "points are"} selected${this.into === "with" ? " to compare with" : ""}.`);
  }

  select(name, chosen) {
    const into = name === "other" ? "with" : "selection", bits = chosen ? packBits(chosen) : "";
    this[name] = chosen;
    this.picture = { ...this.picture, [name === "other" ? "other" : "selection"]: bits };
    this.restyle();
    this.host.select?.({ bits, n: this.points.n, into });
  }

  compare() {
    this.into = this.into === "with" ? "selection" : "with";
    this.announce(this.into === "with" ? "Draw around the points to compare with." : "");
    if (this.into === "with" && this.tool === "pan") this.use("lasso");
    this.restyle();
  }

  clear() {
    this.into = "selection";
    this.other = null;
    this.select("selected", null);
    this.announce("Nothing is selected.");
  }

  escape() {
    if (this.pinned >= 0 || this.marked >= 0) { this.marked = -1; this.unpin(); }
    else if (this.root.classList.contains("filled")) this.fill();
    else if (this.tool !== "pan") this.use("pan");
  }

  /** Cover the window, or leave it. */
  fill() {
    const on = !this.root.classList.contains("filled");
    this.root.classList.toggle("filled", on);
    this.root.popover = on ? "manual" : null;
    if (on) this.root.showPopover();
    const label = on ? "Leave the full window (Esc)" : "Fill the window";
    this.buttons.fill.setAttribute("aria-label", label);
    this.buttons.fill.title = label;
    this.buttons.fill.setAttribute("aria-pressed", String(on));
    this.canvas.focus({ preventScroll: true });
  }

  announce(text) { this.said.textContent = text; }
}
