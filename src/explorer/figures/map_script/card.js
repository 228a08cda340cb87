// What a point is: under the mouse, or pinned by a click.
class Card {
  constructor(field) {
    this.element = field.appendChild(make("div", "card"));
    this.element.hidden = true;
  }

  /** lines: {title, about, value, does, href}; at a place of the field. */
  show({ title, about, value, does, href, opens }, left, top, pinned, close) {
    const { element } = this, parts = [];
    const add = (tag, name, text) => { if (text) parts.push(Object.assign(make(tag, name), { textContent: text })); };
    add("b", "", title);
    add("span", "", about);
    add("span", "value", value);
    if (href) {
      const link = Object.assign(make("a", "", { "data-inside": "", href }), { textContent: opens });
      parts.push(link);
    } else add("small", "", does);
    if (pinned) {
      const shut = make("button", "shut", { type: "button", "aria-label": "Close" });
      shut.textContent = "×";
      shut.onclick = close;
      parts.push(shut);
    }
    element.replaceChildren(...parts);
    element.classList.toggle("pinned", pinned);
    element.hidden = false;
    this.move(left, top);
  }

  /** Beside a place, inside the field. */
  move(left, top) {
    const { element } = this, field = element.parentElement, w = element.offsetWidth, h = element.offsetHeight, gap = 12;
    const x = left + gap + w > field.clientWidth ? left - gap - w : left + gap;
    const y = top + gap + h > field.clientHeight ? top - gap - h : top + gap;
    const inside = (value, size, room) => Math.max(4, Math.min(room - size - 4, value));
    element.style.transform = `translate(${Math.round(inside(x, w, field.clientWidth))}px, ${Math.round(inside(y, h, field.clientHeight))}px)`;
  }

  hide() { this.element.hidden = true; }
}
