// The search inside the map: points whose name has the words; one that is chosen is flown to and marked.
const HITS = 30;

class Finder {
  constructor(bar, id, go) {
    this.go = go;
    this.names = [];
    const box = bar.appendChild(make("div", "find"));
    this.input = box.appendChild(make("input", "", {
      type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list",
      placeholder: "Find on the map", "aria-label": "Find a point on the map", autocomplete: "off", spellcheck: "false",
    }));
    this.list = box.appendChild(make("ul", "hits", { role: "listbox", id, "aria-label": "Points found" }));
    this.list.hidden = true;
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("focus", () => this.input.value && this.search());
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
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
    this.list.hidden = !words;
    this.input.setAttribute("aria-expanded", String(Boolean(words)));
    this.mark();
  }

  lower() { return (this.folded ??= this.names.map((name) => name.toLocaleLowerCase())); }

  know(names) {
    this.names = names;
    this.folded = null;
    if (!this.list.hidden) this.search();
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
      if (this.list.hidden) this.input.value = "";
      this.close();
    }
  }

  choose(place) {
    const point = this.found[place];
    this.close();
    if (point !== undefined) this.go(point);
  }

  close() {
    this.list.hidden = true;
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
