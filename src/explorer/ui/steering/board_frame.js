// The parts of the live board and where they stand, its numbers, and its tooltips.
const STATES = {
  live: ["live", "Ranked while the slider moves; the server confirms when you let go."],
  checking: ["…", "The server is ranking again."],
  confirmed: ["✓ confirmed", "The server ranked again and has the same list, item for item."],
  replaced: ["from the server", "The server's list differed from the browser's; the server's is shown."],
  server: ["✓ from the server", "This list was ranked by the server."],
  silent: ["not confirmed", "The server has not answered; the list is as the browser ranked it."],
};

function buildFrame(root, header, board) {
  const { nouns } = header, parts = {};
  const top = add(root, "div", "top");
  parts.sentence = add(top, "p", "sentence", { tabindex: 0, "data-tip": "" });
  parts.live = add(root, "div", "unseen", { role: "status", "aria-live": "polite" });
  const panes = add(root, "div", "panes");

  const concepts = add(panes, "section", "concepts", { "aria-label": "Concepts" });
  const heading = add(concepts, "div", "heading");
  add(heading, "h3", "", { tabindex: 0, "data-tip": `${header.tips.slider}\nArrow keys move by 0.05, with Shift by 0.01; Delete goes back to the own value.\nCtrl+Z undoes, Ctrl+Y redoes.` }, "Concepts");
  const button = (name, text, tip, act) => {
    const made = add(heading, "button", `icon ${name}`, { type: "button", "aria-label": tip, "data-tip": tip }, text);
    made.addEventListener("click", act);
    return made;
  };
  parts.undo = button("undo", "↶", "Undo (Ctrl+Z)", () => board.go(board.past, board.future));
  parts.redo = button("redo", "↷", "Redo (Ctrl+Y)", () => board.go(board.future, board.past));
  parts.reset = button("reset-all", "Reset all", "Every concept back to this person's own value", () => board.reset());
  parts.axis = add(concepts, "div", "axis", { "aria-hidden": "true" });
  parts.knobs = add(concepts, "div", "knobs");
  parts.none = add(concepts, "p", "note", { hidden: "" }, "No concept to show: none of them fires for this person.");
  parts.others = add(concepts, "p", "others note");
  const legend = parts.legend = add(concepts, "p", "legend note", { "aria-hidden": "true" });
  for (const [mark, text] of [["own", "this person"], ["usual", "where 9 of 10 users are"]]) {
    add(legend, "span", `sample ${mark}`);
    add(legend, "span", "", {}, text);
  }
  parts.reason = add(concepts, "p", "reason note");

  const effect = add(panes, "section", "effect", { "aria-label": "Effect of the change" });
  const price = add(effect, "div", "price");
  add(add(price, "div", "heading"), "h3", "", {}, "Effect of the change");
  const tiles = add(price, "div", "tiles");
  const tile = (label, tip) => {
    const box = add(tiles, "div", "tile", { tabindex: 0, "data-tip": tip });
    add(box, "span", "label", {}, label);
    return add(box, "span", "value");
  };
  parts.kept = tile(`${capital(nouns.items)} kept`, header.tips.kept);
  parts.agreement = tile("List agreement", header.tips.agreement);
  parts.heldOut = tile("Held-out favourites", header.tips.held_out);
  parts.warnings = add(price, "div", "warnings");
  const mix = add(effect, "div", "mix", { tabindex: 0, "data-tip": header.tips.mix });
  add(mix, "h4", "", {}, capital(nouns.facets));
  parts.mix = add(mix, "ul", "facets-list");
  const means = add(effect, "div", "means tiles");
  const mean = (label, tip) => {
    const box = add(means, "div", "tile", { tabindex: 0, "data-tip": tip });
    add(box, "span", "label", {}, label);
    return [box, add(box, "span", "value")];
  };
  [parts.popularityBox, parts.popularity] = mean("Mean popularity", header.tips.popularity);
  [parts.yearBox, parts.year] = mean("Mean year", header.tips.year);

  const list = add(panes, "section", "list", { "aria-label": "Steered list" });
  const above = add(list, "div", "heading");
  add(above, "h3", "", { tabindex: 0, "data-tip": header.tips.list }, "Steered list");
  parts.counts = add(above, "span", "counts note");
  parts.status = add(above, "span", "state note", { tabindex: 0 });
  parts.rows = add(list, "ol", "rows", { "aria-label": "Steered list", tabindex: 0 });
  parts.gone = add(list, "div", "gone");
  parts.tip = add(root, "div", "tip", { role: "tooltip", id: "tip", hidden: "" });
  return parts;
}

// Beneath the pointer or the focus: a text, or the reason of a row.
class Tips {
  constructor(root, tip, reason) {
    this.root = root;
    this.tip = tip;
    this.reason = reason;
    root.addEventListener("pointerover", (event) => this.#later(event));
    root.addEventListener("pointerleave", () => this.hide());
    root.addEventListener("focusin", (event) => event.target.matches?.(":focus-visible") && this.show(event.target));
    root.addEventListener("focusout", () => this.hide());
    root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hide(); });
    root.addEventListener("pointerdown", () => this.hide());
  }

  // Not while something is held or on its way elsewhere.
  #later(event) {
    const owner = event.target.closest?.("[data-tip], .row");
    if (owner === this.owner) return;
    this.hide();
    if (owner && !event.buttons && event.pointerType !== "touch") this.timer = setTimeout(() => this.show(owner), 250);
  }

  show(target) {
    const owner = target.closest?.("[data-tip], .row");
    if (owner === this.owner) return;
    this.hide();
    if (!owner) return;
    this.owner = owner;
    this.write();
    this.tip.hidden = false;
    if (!owner.hasAttribute("aria-label")) owner.setAttribute("aria-describedby", this.tip.id);
    const box = owner.getBoundingClientRect(), around = this.root.getBoundingClientRect(), own = this.tip.getBoundingClientRect();
    const left = Math.max(0, Math.min(box.left - around.left, around.width - own.width));
    const below = box.bottom + own.height + 8 < innerHeight;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${below ? box.bottom - around.top + 6 : box.top - around.top - own.height - 6}px`;
  }

  write() {
    this.tip.replaceChildren();
    if (this.owner.view) {
      const { title, about, heldOut, lines } = this.reason(this.owner.view);
      add(this.tip, "strong", "", {}, title);
      if (about) add(this.tip, "div", "about", {}, about);
      if (heldOut) add(this.tip, "div", "about", {}, "● a held-out favourite of this person");
      const table = add(this.tip, "div", "sum");
      for (const [label, value] of lines) {
        add(table, "span", "", {}, label);
        add(table, "span", "amount", {}, value);
      }
    } else this.owner.dataset.tip.split("\n").forEach((line) => add(this.tip, "div", "", {}, line));
  }

  hide() {
    clearTimeout(this.timer);
    this.owner?.removeAttribute("aria-describedby");
    this.owner = null;
    this.tip.hidden = true;
  }
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
