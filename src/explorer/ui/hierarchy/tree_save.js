// The tree as it is on screen, as a file: part of tree.js.
const EDGE = 18, TITLE = 34, ROW = 20;

class Saving {
  constructor(root, tree) {
    this.tree = tree;
    const menu = root.appendChild(made("details", "save"));
    menu.appendChild(made("summary")).textContent = "Save the tree";
    for (const [name, kind] of [["SVG", "svg"], ["PNG", "png"]]) {
      const button = menu.appendChild(made("button", "chip", { type: "button" }));
      button.textContent = name;
      button.addEventListener("click", () => this.save(kind));
    }
  }

  // With a title, the legend and what the sizes mean.
  picture() {
    const { tree } = this, { shape, ink, back } = tree, wide = shape.width + 2 * EDGE;
    const svg = drawn("svg", { xmlns: SVG, "font-family": "sans-serif", width: wide });
    const ground = svg.appendChild(drawn("rect", { width: wide, fill: back }));
    const line = (text, x, y, size, more = {}) => {
      const one = svg.appendChild(drawn("text", { x, y, "font-size": size, fill: ink, ...more }));
      one.textContent = text;
      return one;
    };
    line(tree.focus ? tree.nameOf(tree.focus) : "Tree of concepts", EDGE, 24, 15, { "font-weight": 600 });
    const body = svg.appendChild(drawn("g", { transform: `translate(${EDGE} ${TITLE})` }));
    body.append(...[...tree.svg.cloneNode(true).childNodes]);
    for (const one of body.querySelectorAll("[role], [tabindex]")) for (const name of ["role", "tabindex", "class"]) one.removeAttribute(name);
    for (const one of body.querySelectorAll("tspan")) { // a machine without the page's font writes it as wide
      one.setAttribute("textLength", widthOf(one.textContent, Number(one.parentNode.getAttribute("font-size"))).toFixed(1));
      one.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
    let x = EDGE, y = TITLE + shape.height + ROW;
    for (const [name, colour] of tree.named) {
      const needed = 26 + widthOf(name, 12);
      if (x + needed > wide - EDGE && x > EDGE) { x = EDGE; y += ROW; }
      svg.appendChild(drawn("rect", { x, y: y - 9, width: 10, height: 10, rx: 3, fill: colour }));
      line(name, x + 15, y, 12);
      x += needed;
    }
    let rest = tree.data.sizes;
    while (rest) {
      let words = rest.split(" "), count = words.length;
      while (count > 1 && widthOf(words.slice(0, count).join(" "), 11) > wide - 2 * EDGE) count--;
      y += count === words.length || rest === tree.data.sizes ? ROW : 15;
      line(words.slice(0, count).join(" "), EDGE, y, 11);
      rest = words.slice(count).join(" ");
    }
    const tall = y + EDGE;
    ground.setAttribute("height", tall);
    svg.setAttribute("height", tall);
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    return { text: new XMLSerializer().serializeToString(svg), wide, tall };
  }

  async save(kind) {
    const { text, wide, tall } = this.picture(), file = new Blob([text], { type: "image/svg+xml" });
    if (kind === "svg") { this.give(file, kind); return; }
    const image = new Image(), address = URL.createObjectURL(file);
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * wide;
    canvas.height = 2 * tall;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(address);
    canvas.toBlob((made) => this.give(made, kind), "image/png");
  }

  give(file, kind) {
    const link = made("a", "", { download: `${this.tree.data.name}-tree.${kind}`, href: URL.createObjectURL(file) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}
