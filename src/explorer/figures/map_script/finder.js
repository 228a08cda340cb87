// The search inside the map: points whose name has the words; one that is chosen is flown to and marked, and all of
// them can be selected as if they were drawn around.
const HITS = 30;

class Finder {
  /** acts: {go(point), select(points), shown(point)}; without `select` there is only the way to one point. */
  constructor(bar, id, acts) {
    this.acts = acts;
    this.names = [];
    const box = bar.appendChild(make("div", "find"));
    this.input = box.appendChild(make("input", "", {
      type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list",
      placeholder: "Find on the map", "aria-label": "Find a point on the map", autocomplete: "off", spellcheck: "false",
    }));
    this.panel = box.appendChild(make("div", "hits"));
    this.panel.hidden = true;
    this.list = this.panel.appendChild(make("ul", "", { role: "listbox", id, tabindex: "-1", "aria-label": "Points found" }));
    if (acts.select) {
      this.all = this.panel.appendChild(make("button", "every", { type: "button" }));
      this.all.onpointerdown = (event) => event.preventDefault();
      this.all.onclick = () => this.selectAll();
      this.all.onkeydown = (event) => {
        event.stopPropagation();
        if (event.key !== "Escape") return;
        this.close();
        this.input.focus();
      };
    }
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("focus", () => this.input.value && this.search());
    box.addEventListener("focusout", () => setTimeout(() => box.contains(box.getRootNode().activeElement) || this.close(), 150));
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  search() {
    const words = this.input.value.trim().toLocaleLowerCase();
    this.found = words ? found(this.lower(), words) : [];
    this.at = this.found.length ? 0 : -1;
    const shown = this.found.slice(0, HITS).map((i, place) => {
      const entry = make("li", "", { role: "option", id: `${this.list.id}-${place}` });
      entry.textContent = this.names[i];
      entry.onpointerdown = (event) => { event.preventDefault(); this.choose(place); };
      return entry;
    });
    const more = this.found.length - HITS, last = make("li", "more", { role: "option", "aria-disabled": "true" });
    last.textContent = !this.names.length ? "Names are on their way …" : more > 0 ? `and ${more.toLocaleString("en")} more: type more of the name` : words ? "No point has this in its name." : "";
    this.list.replaceChildren(...shown, ...(more > 0 || !shown.length ? [last] : []));
    this.panel.hidden = !words;
    this.input.setAttribute("aria-expanded", String(Boolean(words)));
    this.mark();
    this.offer();
  }

  /** The hits that are seen on the map: what the legend or the level hides is never selected. */
  seen() { return (this.found ?? []).filter((i) => this.acts.shown(i)); }

  offer() {
    if (!this.all) return;
    const count = this.seen().length, hidden = this.found.length - count;
    this.all.hidden = !count;
    this.all.textContent = `Select the ${count === 1 ? "hit" : `${count.toLocaleString("en")} hits`}${hidden ? ` of ${this.found.length.toLocaleString("en")} that ${count === 1 ? "is" : "are"} shown` : ""}`;
  }

  selectAll() {
    const points = this.seen();
    this.close();
    this.input.focus({ preventScroll: true });
    this.close();
    if (points.length) this.acts.select(points);
  }

  lower() { return (this.folded ??= this.names.map((name) => name.toLocaleLowerCase())); }

  know(names) {
    this.names = names;
    this.folded = null;
    if (!this.panel.hidden) this.search();
  }

  mark() {
    [...this.list.children].forEach((entry, place) => entry.setAttribute("aria-selected", String(place === this.at)));
    const entry = this.list.children[this.at];
    entry?.scrollIntoView({ block: "nearest" });
    if (entry && this.at >= 0) this.input.setAttribute("aria-activedescendant", entry.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    event.stopPropagation();
    const most = Math.min(HITS, this.found?.length ?? 0);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (most) this.at = (this.at + (event.key === "ArrowDown" ? 1 : most - 1)) % most;
      this.mark();
    } else if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else if (event.key === "Escape") {
      event.preventDefault();
      if (!this.panel.hidden) this.close();
      else if (this.input.value) this.input.value = "";
      else this.acts.escape();
    }
  }

  choose(place) {
    const point = this.found[place];
    this.close();
    if (point !== undefined) this.acts.go(point);
  }

  close() {
    this.panel.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }
}

/** Names with the words in them, those that begin with them first, the shortest of these before the others. */
function found(names, words) {
  const first = [], then = [];
  names.forEach((name, i) => {
    const at = name.indexOf(words);
    if (at >= 0) (at === 0 || name.endsWith(`: ${words}`) ? first : then).push(i);
  });
  return [...first.sort((a, b) => names[a].length - names[b].length), ...then];
}
