// What is not in the tree, beside it and by its reasons: part of tree.js.

class Apart {
  constructor(root, choose) {
    this.choose = choose;
    this.place = root.appendChild(made("section", "apart"));
  }

  show(tree, data) {
    if (this.tree === tree && this.colours === data.colours) return;
    this.tree = tree;
    this.colours = data.colours;
    this.groups = [];
    const groups = Object.entries(tree.apart), later = groups.filter(([key]) => ["repeated", "chance", "few"].includes(key));
    const without = later.reduce((sum, [, [, neurons]]) => sum + neurons.length, 0);
    this.place.replaceChildren();
    if (without) {
      const head = this.place.appendChild(made("h4"));
      head.textContent = `${without} without a parent`;
    }
    for (const [key, [words, neurons]] of groups) this.place.appendChild(this.group(key, words, neurons));
  }

  group(key, words, neurons) {
    const details = made("details"), chips = made("div", "chips");
    details.appendChild(made("summary")).textContent = `${words}: ${neurons.length.toLocaleString("en-US")}`;
    details.appendChild(chips);
    const group = { details, chips, neurons, shown: 0 };
    this.groups.push(group);
    details.addEventListener("toggle", () => { if (details.open && !group.shown) this.more(group, CHIPS); });
    return details;
  }

  more(group, until) {
    group.chips.querySelector(".more")?.remove();
    for (const neuron of group.neurons.slice(group.shown, until)) {
      const chip = group.chips.appendChild(made("button", "chip", { type: "button", "data-neuron": neuron }));
      chip.appendChild(made("i")).style.background = this.colours[this.tree.facets[neuron]][1];
      chip.append(this.tree.names[neuron]);
      chip.addEventListener("click", () => this.choose(neuron));
      this.pressed(chip);
    }
    group.shown = Math.min(until, group.neurons.length);
    if (group.shown === group.neurons.length) return;
    const more = group.chips.appendChild(made("button", "chip more", { type: "button" }));
    more.textContent = `${group.neurons.length - group.shown} more`;
    more.addEventListener("click", () => this.more(group, group.shown + CHIPS));
  }

  pressed(chip) { chip.setAttribute("aria-pressed", String(Number(chip.dataset.neuron) === this.neuron)); }

  mark(neuron) {
    this.neuron = neuron;
    for (const group of this.groups ?? []) {
      const at = group.neurons.indexOf(neuron);
      if (at >= 0) {
        if (group.shown <= at) this.more(group, at + CHIPS);
        group.details.open = true;
      }
      group.chips.querySelectorAll(".chip:not(.more)").forEach((chip) => this.pressed(chip));
    }
  }
}
