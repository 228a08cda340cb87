// The card of the chosen concept, see concept_card.py. A choice made elsewhere on the page is named at once; the rest of
// it comes with the server's answer.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".concept-card");
  if (!root) return;
  root.view ??= new Card(root);
  root.view.show(data);
}

class Card {
  constructor(root) {
    this.root = root;
    this.name = root.appendChild(element("h4"));
    this.rest = root.appendChild(element("div", "rest"));
  }

  show(data) {
    this.data = data;
    if (this.linkedTo !== data.link.run) {
      this.unlink?.();
      this.linkedTo = data.link.run;
      this.unlink = whenChosen(data.link.run, (neuron) => (this.root.isConnected ? this.mark(neuron) : this.unlink()));
    }
    this.fill();
    this.mark(chosenNeuron(data.link));
  }

  mark(neuron) {
    const known = neuron === this.data.neuron;
    const name = known ? this.data.name : window.explorerKept?.get(this.data.names)?.[neuron];
    this.name.textContent = name === undefined ? String(neuron) : `${neuron} · ${name}`;
    this.rest.classList.toggle("waiting", !known);
  }

  fill() {
    const { sentence, heading, items, links } = this.data;
    const said = element("p"), list = element("ol"), nav = element("nav");
    said.textContent = sentence;
    for (const [title, href, about] of items) {
      const entry = list.appendChild(element("li"));
      entry.append(link(title, href), " ");
      entry.appendChild(element("small")).textContent = about;
    }
    nav.append(...links.map(([text, href]) => link(text, href)));
    const above = element("h5");
    above.textContent = heading;
    this.rest.replaceChildren(said, ...(items.length ? [above, list] : []), nav);
  }
}

function link(text, href) {
  const made = element("a");
  made.href = href;
  made.dataset.inside = "";
  made.textContent = text;
  return made;
}

function element(tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
}
