// The table whose rows are chosen by a click: see grid.py. It only draws: what is chosen and in which order the rows
// stand is decided by the page, so that the table and what stands beside it cannot disagree. The rows of a large one
// are in `window.explorerKept`, by the name that comes with the order (`kept.js`).
const HEAD = 36, LINES = [35, 49, 67], PADDING = 20, SPARE = 6, TICK = 34, MORE = 40, MIX = 96, WAIT = 1500;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".grid");
  if (!root) return;
  root.view ??= new Grid(root);
  root.view.show(data, setTriggerValue);
}

class Grid {
  constructor(root) {
    this.root = root;
    this.rows = new Map(); // position -> element, of the rows that are drawn
    this.head = root.appendChild(element("div", "head", { role: "row", "aria-rowindex": 1 }));
    this.body = root.appendChild(element("div", "body", { role: "rowgroup" }));
    this.context = document.createElement("canvas").getContext("2d");
    root.tabIndex = 0;
    root.addEventListener("scroll", () => this.later());
    root.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("mouseover", (event) => tell(event.target.closest(".cell")));
    this.contents = new WeakMap(); // by the cells of a column: how wide they are, which takes a while for thousands
    document.fonts.ready.then(() => { this.contents = new WeakMap(); if (this.data) this.layout(); });
    new ResizeObserver(() => this.data && this.root.clientWidth !== this.width && this.layout()).observe(root);
  }

  show(data, send) {
    const stored = data.rows && window.explorerKept?.get(data.rows);
    this.latest = data;
    if (data.link) this.follow(data);
    if (data.rows && !stored) { // on their way
      window.addEventListener("explorer-kept", () => this.latest === data && this.show(data, send), { once: true });
      return;
    }
    this.send = send;
    const ids = stored ? data.order.map((position) => stored.ids[position]) : data.ids;
    const same = this.data && this.ids.length === ids.length && ids.every((id, i) => id === this.ids[i]);
    const looks = JSON.stringify([data.rows, data.label, data.height, data.several, data.readonly, data.columns.map(({ values, link, ...rest }) => rest)]);
    const drawn = same && looks === this.looks && data.columns.every((column) => !column.values);
    this.data = data;
    this.looks = looks;
    if (!drawn) {
      this.order = stored ? data.order : null;
      this.everyColumn = data.columns.map((column) => withCells(column, stored));
    }
    if (!same) {
      this.ids = ids;
      this.places = new Map(ids.map((id, i) => [String(id), i]));
    }
    const waiting = this.sent && performance.now() - this.sentAt < WAIT && String(this.sent) !== String(data.chosen);
    const moved = !waiting && String(this.chosen) !== String(data.chosen);
    if (!waiting) { // else an answer to an earlier click: the latest is on its way
      this.chosen = data.chosen;
      this.sent = null;
    } else {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.sent = null; this.show(this.data, this.send); }, WAIT);
    }
    if (drawn && this.width) this.mark();
    else this.layout();
    if (moved || (!same && !waiting)) this.reveal(this.position());
  }

  // What is chosen in another part of the page is marked here at once.
  follow(data) {
    data.chosen = [chosenNeuron(data.link)];
    if (this.linkedTo === data.link.run) return;
    this.linkedTo = data.link.run;
    this.unlink?.();
    this.unlink = whenChosen(data.link.run, (neuron, from) => {
      if (!this.root.isConnected) this.unlink();
      else if (from !== "table" && this.data) this.go(neuron);
    });
  }

  go(neuron) {
    this.chosen = [neuron];
    if (!this.width) return; // marked when it is laid out
    this.mark();
    this.reveal(this.position());
  }

  value(column, i) { return column.cells[column.inline ? i : this.order[i]]; }

  address(column, i) { return column.addresses?.[column.linked ? i : this.order[i]]; }

  // --- sizes

  layout() {
    const { label, several } = this.data, columns = this.everyColumn, ids = this.ids;
    this.width = this.root.clientWidth;
    if (!this.width) return;
    const style = getComputedStyle(this.root);
    this.font = `${style.fontSize} ${style.fontFamily}`;
    const heading = columns.map((column) => this.measure(column.label, true) + PADDING + SPARE + (column.sorted ? 14 : 0));
    const contents = columns.map((column) => this.content(column));
    const content = columns.map((column, i) => Math.max(heading[i], contents[i].width));
    // A text may take two lines; all else must be seen whole.
    const narrow = columns.map((column, i) => column.kind === "text"
      ? Math.max(heading[i], Math.min(content[i], Math.max(76, Math.min(column.least ?? 140, (content[i] - PADDING) * 0.58 + PADDING)))) : content[i]);
    const room = this.width - (several ? TICK : 0);
    let shown = columns.length, used = sum(narrow);
    while (!this.all && shown > 2 && used > room - (shown < columns.length ? MORE : 0)) used -= narrow[--shown];
    this.columns = columns.slice(0, shown);
    this.more = shown < columns.length || this.all;
    const space = room - (this.more ? MORE : 0);
    const wanted = content.slice(0, shown), flexible = this.columns.map((column) => column.kind === "text");
    const widths = fit(narrow.slice(0, shown), wanted, flexible, space);
    this.widths = [...(several ? [TICK] : []), ...widths, ...(this.more ? [MORE] : [])];
    const lines = this.columns.map((column, i) => {
      const room = widths[i] - PADDING;
      if (!flexible[i] || contents[i].longest <= room + 1) return 1;
      return contents[i].longest <= room * 1.7 ? 2 : 3; // words leave some of a line empty
    });
    this.line = LINES[Math.max(...lines) - 1];
    const total = sum(this.widths);
    this.root.style.setProperty("--columns", this.widths.map((w) => `${w}px`).join(" "));
    this.root.style.setProperty("--line", `${this.line}px`);
    this.root.style.height = `${Math.min(this.data.height, HEAD + ids.length * this.line + 2 + (total > this.width ? 12 : 0))}px`;
    this.head.style.width = this.body.style.width = `${total}px`;
    this.body.style.height = `${ids.length * this.line}px`;
    const facts = { role: "grid", "aria-label": label, "aria-rowcount": ids.length + 1, "aria-colcount": columns.length };
    if (several) facts["aria-multiselectable"] = "true";
    this.root.classList.toggle("readonly", this.data.readonly);
    for (const [name, value] of Object.entries(facts)) this.root.setAttribute(name, value);
    this.heading();
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.draw();
  }

  measure(text, bold = false) {
    this.context.font = (bold ? "600 " : "") + this.font;
    return Math.ceil(this.context.measureText(text).width);
  }

  content(column) {
    if (column.kind === "bar") return { width: Math.max(100, this.measure(format(column.largest, column.format)) + 68) };
    if (column.kind === "check") return { width: 30 + PADDING };
    if (column.kind === "mix") return { width: MIX + PADDING };
    if (!this.contents.has(column.cells)) {
      const texts = column.cells.map((value) => shown(value, column));
      const most = Math.max(...longest(texts, 12).map((text) => this.measure(text)), 0);
      this.contents.set(column.cells, { longest: most, width: Math.min(most, column.widest ?? 320) + PADDING + 2 });
    }
    return this.contents.get(column.cells);
  }

  // --- drawing

  heading() {
    const cells = this.columns.map((column, i) => {
      const cell = element("div", `cell ${column.kind}`, { role: "columnheader", "aria-colindex": i + 1 });
      cell.setAttribute("aria-sort", column.sorted ? (column.sorted > 0 ? "ascending" : "descending") : "none");
      const button = cell.appendChild(element("button", "", { type: "button" }));
      button.textContent = column.label + (column.sorted ? (column.sorted > 0 ? " ↑" : " ↓") : "");
      if (column.help) button.title = column.help;
      button.addEventListener("click", () => this.send("sort", column.name));
      return cell;
    });
    if (this.more) cells.push(this.moreCell());
    if (this.data.several) cells.unshift(element("div", "cell tick", { role: "columnheader", "aria-label": "Compare" }));
    if (cells[this.data.several ? 1 : 0]) cells[this.data.several ? 1 : 0].classList.add("first");
    const had = this.root.getRootNode().activeElement;
    const focused = had && this.head.contains(had) ? [...this.head.children].indexOf(had.parentElement) : -1;
    this.head.replaceChildren(...cells);
    if (focused >= 0) this.head.children[focused]?.querySelector("button")?.focus();
  }

  // What does not fit is behind a button, not behind a scroll bar that nobody sees.
  moreCell() {
    const cell = element("div", "cell more", { role: "columnheader" });
    const button = cell.appendChild(element("button", "", { type: "button" }));
    const rest = this.everyColumn.slice(this.columns.length).map((column) => column.label);
    button.textContent = this.all ? "‹" : `+${rest.length}`;
    button.title = this.all ? "Fewer columns" : `More columns: ${rest.join(", ")}`;
    button.setAttribute("aria-label", button.title);
    button.addEventListener("click", () => { this.all = !this.all; this.layout(); });
    return cell;
  }

  later() {
    if (this.due) return;
    this.due = requestAnimationFrame(() => { this.due = null; this.draw(); });
  }

  draw() {
    const from = Math.max(0, Math.floor(this.root.scrollTop / this.line) - 8);
    const to = Math.min(this.ids.length, Math.ceil((this.root.scrollTop + this.root.clientHeight) / this.line) + 8);
    for (const [position, row] of this.rows) if (position < from || position >= to) { row.remove(); this.rows.delete(position); }
    for (let position = from; position < to; position++)
      if (!this.rows.has(position)) this.rows.set(position, this.body.appendChild(this.row(position)));
    this.mark();
  }

  row(position) {
    const row = element("div", "row", { role: "row", "aria-rowindex": position + 2, id: `row-${position}` });
    row.position = position;
    row.style.transform = `translateY(${position * this.line}px)`;
    if (this.data.several) {
      const cell = row.appendChild(element("div", "cell tick", { role: "gridcell" }));
      cell.appendChild(element("span", "box"));
    }
    this.columns.forEach((column, i) => {
      const cell = row.appendChild(element("div", `cell ${column.kind}${i ? "" : " first"}`, { role: "gridcell", "aria-colindex": i + 1 }));
      fill(cell, column, this.value(column, position), this.address(column, position));
    });
    if (this.more) row.appendChild(element("div", "cell"));
    return row;
  }

  mark() {
    const chosen = new Set(this.chosen.map(String));
    for (const [position, row] of this.rows) {
      const is = chosen.has(String(this.ids[position]));
      row.classList.toggle("chosen", is);
      if (!this.data.readonly) row.setAttribute("aria-selected", is);
    }
    const active = this.position();
    if (this.rows.has(active)) this.root.setAttribute("aria-activedescendant", `row-${active}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  // --- choosing

  position() { return this.places.get(String(this.chosen.at(-1))) ?? -1; }

  choose(ids) {
    if (String(ids) === String(this.chosen)) return;
    if (this.data.link) {
      this.chosen = ids;
      this.mark();
      chooseNeuron(this.data.link.run, ids[0], "table", this.send);
      return;
    }
    this.chosen = this.sent = ids;
    this.sentAt = performance.now();
    this.mark();
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send("choose", ids), 60); // a held key asks for where it ends
  }

  click(event) {
    const row = event.target.closest(".row");
    if (!row || this.data.readonly || event.target.closest("a") || String(getSelection())) return;
    const id = this.ids[row.position], without = this.chosen.filter((other) => other !== id);
    if (this.data.several && event.shiftKey && this.position() >= 0) {
      const [from, to] = [this.position(), row.position].sort((a, b) => a - b);
      this.choose(this.ids.slice(from, to + 1));
    } else if (this.data.several && (event.ctrlKey || event.metaKey || event.target.closest(".tick")))
      this.choose(without.length < this.chosen.length ? without : [...this.chosen, id]);
    else this.choose([id]);
  }

  key(event) {
    if (this.data.readonly || event.target.closest("button") || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((this.root.clientHeight - HEAD) / this.line) - 1), last = this.ids.length - 1;
    const now = this.position();
    if (event.key === "Enter" && !event.target.closest("a")) this.rows.get(now)?.querySelector("a")?.click();
    const to = { ArrowDown: now + 1, ArrowUp: now < 0 ? 0 : now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    const position = Math.max(0, Math.min(last, to));
    if (position !== now) this.choose([this.ids[position]]);
    this.reveal(position, false);
  }

  reveal(position, middle = true) {
    if (position < 0) return;
    const top = position * this.line, seen = this.root.clientHeight - HEAD;
    if (top < this.root.scrollTop) this.root.scrollTop = middle ? top - seen / 2 : top;
    else if (top + this.line > this.root.scrollTop + seen) this.root.scrollTop = middle ? top - seen / 2 : top + this.line - seen;
    this.draw();
  }
}

// A column with its cells, which are stored or come with it.
function withCells(column, stored) {
  const inline = !!column.values;
  const addresses = column.link && (stored ? stored.links[column.name] : column.link.values);
  return { ...column, inline, cells: inline ? column.values : stored.columns[column.name], addresses, linked: !stored };
}
const sum = (list) => list.reduce((a, b) => a + b, 0);

// Widths that fill the space: all get what they want if there is room, else the flexible ones share what is missing.
function fit(least, wanted, flexible, space) {
  const spare = space - sum(wanted);
  if (spare >= 0) {
    const able = flexible.some(Boolean) ? flexible : flexible.map(() => true);
    const total = sum(wanted.filter((_, i) => able[i]));
    return wanted.map((w, i) => Math.floor(w + (able[i] ? spare * w / total : 0)));
  }
  const give = wanted.map((w, i) => w - least[i]), most = sum(give);
  const share = most ? Math.min(1, -spare / most) : 0;
  return wanted.map((w, i) => Math.floor(w - give[i] * share));
}
