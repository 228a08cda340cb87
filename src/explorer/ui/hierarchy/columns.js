// How a concept splits: columns from broad to fine, or an indented tree where there is little room. The tree is kept in
// the browser (tree_data.js), so a click is answered here, and the server is told (linking.js).
const NARROW = 400, SHOWN = 60;

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".split");
  if (!root) return;
  root.view ??= new Columns(root);
  root.view.show(data, setTriggerValue);
}

class Columns {
  constructor(root) {
    this.root = root;
    this.sentence = root.appendChild(made("p", "sentence", { "aria-live": "polite" }));
    this.notes = root.appendChild(made("div", "notes"));
    this.place = root.appendChild(made("div", "columns", { role: "group" }));
    this.place.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => {
      if (this.tree && this.narrow !== root.clientWidth < NARROW) this.draw(this.neuron);
    }).observe(root);
  }

  show(data, send) {
    this.data = data;
    this.send = send;
    if (this.run !== data.link.run) {
      this.stop?.();
      this.run = data.link.run;
      this.stop = whenChosen(this.run, (neuron) => {
        if (this.root.isConnected) this.tree && this.draw(neuron); else this.stop();
      });
    }
    whenKept(data.concepts, (tree) => {
      if (this.data !== data) return;
      this.tree = tree;
      this.draw(chosenNeuron(data.link));
    });
  }

  lists() { return [...this.place.querySelectorAll("ul")]; }

  details(neuron) { return this.data.near[neuron] ?? this.tree.details[neuron]; }

  draw(neuron) {
    const { tree } = this, told = this.details(neuron);
    if (neuron === null || !(neuron in tree.names)) return;
    this.narrow = this.root.clientWidth < NARROW;
    const key = JSON.stringify([this.data.concepts, neuron, this.narrow, told, this.data.colours, this.data.before]);
    if (key === this.drawnFrom) return;
    this.drawnFrom = key;
    this.neuron = neuron;
    this.sentence.textContent = told?.sentence ?? `${tree.names[neuron]} …`;
    this.notes.replaceChildren(...(told?.notes ?? []).map((note) => {
      const line = made("p");
      line.textContent = note;
      return line;
    }));
    this.place.setAttribute("aria-label", `Concepts from broad to fine around ${tree.names[neuron]}`);
    this.place.classList.toggle("narrow", this.narrow);
    const path = pathOf(tree, neuron), hadFocus = this.place.contains(this.root.getRootNode().activeElement);
    const scrolled = new Map(this.lists().map((list) => [list.dataset.title, list.scrollTop]));
    this.place.replaceChildren(...(this.narrow ? [this.indented(path)] : this.columns(path)));
    for (const list of this.lists()) {
      list.scrollTop = scrolled.get(list.dataset.title) ?? 0;
      const current = list.querySelector(".chosen") ?? list.querySelector(".path");
      (current?.querySelector("button") ?? list.querySelector("button"))?.setAttribute("tabindex", 0);
      if (!current) continue;
      const above = current.offsetTop - list.scrollTop;
      if (above < 0 || above + current.offsetHeight > list.clientHeight) list.scrollTop = current.offsetTop - list.clientHeight / 3;
    }
    if (hadFocus) this.place.querySelector(".chosen button")?.focus({ preventScroll: true });
  }

  // The siblings of each of the last two on the path, and the children.
  columns(path) {
    const { tree } = this, columns = [];
    for (let depth = Math.max(0, path.length - 2); depth < path.length; depth++) {
      columns.push(this.column(this.title(path, depth), this.siblings(path, depth), path));
    }
    const children = childrenOf(tree, this.neuron);
    if (children.length) columns.push(this.column(`Children of ${shortOf(tree, this.neuron)}`, children, path, this.details(this.neuron)?.stays));
    return columns;
  }

  siblings(path, depth) {
    if (depth) return childrenOf(this.tree, path[depth - 1]).includes(path[depth]) ? childrenOf(this.tree, path[depth - 1]) : [path[depth]];
    return this.tree.roots.includes(path[0]) ? this.tree.roots : apartOf(this.tree, path[0])?.[2] ?? [path[0]];
  }

  title(path, depth) {
    if (depth) return `Children of ${shortOf(this.tree, path[depth - 1])}`;
    return this.tree.roots.includes(path[0]) ? "Broad concepts" : "Without a parent";
  }

  column(title, neurons, path, stays = null) {
    const column = made("section", "column"), head = column.appendChild(made("h4"));
    head.textContent = title;
    head.title = title;
    const list = column.appendChild(made("ul", "", { tabindex: -1 }));
    const at = neurons.findIndex((one) => path.includes(one));
    const first = Math.max(0, Math.min(at - SHOWN / 2, neurons.length - SHOWN));
    const shown = neurons.slice(first, first + SHOWN);
    list.append(...shown.map((one) => this.entry(one, path)));
    if (neurons.length > shown.length) this.note(list, `${neurons.length - shown.length} more: search for them by name`);
    if (stays !== null && stays !== undefined) this.note(list, `${percentText(stays)} stays: ${this.data.items} that none of them has`);
    return column;
  }

  note(list, text) { list.appendChild(made("li", "note")).textContent = text; }

  // One list: those above, the concept, its children below it, then its siblings.
  indented(path) {
    const list = made("ul", "indented", { "data-title": "" }), depth = path.length - 1;
    const add = (neuron, indent) => {
      const entry = this.entry(neuron, path);
      entry.style.marginLeft = `${indent * 14}px`;
      list.appendChild(entry);
    };
    path.slice(0, -1).forEach((one, at) => add(one, at));
    for (const one of this.siblings(path, depth).slice(0, SHOWN)) {
      add(one, depth);
      if (one === this.neuron) for (const child of childrenOf(this.tree, one).slice(0, SHOWN)) add(child, depth + 1);
    }
    const column = made("section", "column");
    column.appendChild(list);
    return column;
  }

  entry(neuron, path) {
    const { tree, data } = this, percent = tree.percents[neuron], told = this.details(neuron);
    const entry = made("li", neuron === this.neuron ? "entry chosen" : path.includes(neuron) ? "entry path" : "entry");
    const button = entry.appendChild(made("button", "", { type: "button", "data-neuron": neuron }));
    if (neuron === this.neuron) button.setAttribute("aria-current", "true");
    button.tabIndex = -1;
    const parent = tree.parents[neuron], children = childrenOf(tree, neuron).length;
    const name = button.appendChild(made("span", "name"));
    name.textContent = this.narrow ? tree.names[neuron] : shortOf(tree, neuron);
    button.title = tree.names[neuron];
    const share = button.appendChild(made("span", "share"));
    share.textContent = percent === null ? `${tree.own[neuron]} ${data.items}` : percentText(percent);
    const about = percent === null ? share.textContent : `${share.textContent} of ${tree.names[parent]}`;
    button.setAttribute("aria-label", `${tree.names[neuron]}, ${about}${children ? `, ${children} children` : ""}`);
    button.addEventListener("click", () => this.choose(neuron));
    if (percent !== null) {
      const bar = entry.appendChild(made("div", "bar", { title: data.terms.share }));
      bar.appendChild(made("i")).style.cssText = `width:${percent}%;background:${data.colours[tree.facets[neuron]]?.[1]}`;
    }
    if (told?.examples.length) entry.appendChild(this.examples(told.examples, neuron === this.neuron));
    if (told?.evidence) entry.appendChild(made("p", "evidence", { title: data.terms.evidence })).textContent = told.evidence;
    return entry;
  }

  examples(examples, reached) {
    const line = made("p", "examples");
    examples.forEach(([title, id], at) => {
      if (at) line.append(" · ");
      const link = line.appendChild(made("a", "", { href: this.data.before + encodeURIComponent(id), "data-inside": "" }));
      link.textContent = title;
      link.tabIndex = reached ? 0 : -1;
    });
    return line;
  }

  choose(neuron) { chooseNeuron(this.run, neuron, "columns", this.send); }

  key(event) {
    const button = event.target.closest("button");
    if (!button || event.altKey || event.ctrlKey || event.metaKey) return;
    const lists = this.lists(), list = button.closest("ul");
    const inside = [...list.querySelectorAll("button")], at = inside.indexOf(button), column = lists.indexOf(list);
    const beside = (step) => {
      const next = lists[column + step];
      return next?.querySelector(".chosen button, .path button") ?? next?.querySelector("button");
    };
    const neuron = Number(button.dataset.neuron), parent = this.tree.parents[neuron];
    let next;
    if (event.key === "ArrowDown") next = inside[at + 1];
    else if (event.key === "ArrowUp") next = inside[at - 1];
    else if (event.key === "Home") next = inside[0];
    else if (event.key === "End") next = inside.at(-1);
    else if (event.key === "ArrowRight") next = neuron === this.neuron || button.closest(".path") ? beside(1) : null;
    else if (event.key === "ArrowLeft") next = column ? beside(-1) : null;
    else return;
    event.preventDefault();
    if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" }); return; }
    // Nothing there yet: the next or the last step of the path has to be chosen first.
    if (event.key === "ArrowRight" && childrenOf(this.tree, neuron).length) this.choose(neuron);
    if (event.key === "ArrowLeft" && parent >= 0) this.choose(parent);
  }
}
