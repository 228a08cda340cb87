// The menu that saves the map as it is on screen.
class Saver {
  constructor(view) {
    this.view = view;
    const box = view.toolbox.box, holder = box.appendChild(make("div", "saver"));
    this.button = view.toolbox.add("save", "Save the map", () => this.open(this.menu.hidden));
    this.button.setAttribute("aria-expanded", "false");
    this.menu = make("div", "saves", { role: "group", "aria-label": "Save the map as" });
    this.menu.hidden = true;
    holder.append(this.button, this.menu);
    for (const [form, about] of [["PNG", "a picture"], ["SVG", "a drawing"], ["HTML", "a page that moves"]]) {
      const entry = this.menu.appendChild(make("button", "", { type: "button" }));
      entry.append(Object.assign(make("b"), { textContent: form }), Object.assign(make("span"), { textContent: about }));
      entry.onclick = () => this.save(form);
    }
    holder.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.menu.hidden) return;
      event.stopPropagation();
      this.open(false);
      this.button.focus();
    });
    holder.addEventListener("focusout", (event) => { if (!holder.contains(event.relatedTarget)) this.open(false); });
  }

  open(shown) {
    this.menu.hidden = !shown;
    this.button.setAttribute("aria-expanded", String(shown));
    if (shown) this.menu.firstChild.focus();
  }

  async save(form) {
    this.open(false);
    const { view } = this, template = view.host.template?.();
    if (form === "HTML" && !template) { view.announce("The page is still on its way; try again in a moment."); return; }
    const made = form === "PNG" ? await savedPng(view) : form === "SVG" ? savedSvg(view) : savedHtml(view, template);
    const link = make("a", "", { download: `${view.picture.file}.${form.toLowerCase()}` });
    link.href = URL.createObjectURL(made);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    view.announce(`Saved as ${link.download}.`);
  }
}
