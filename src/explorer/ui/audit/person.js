// Who is reviewing: asked once, then known in this browser, never in the address. A link that is shared must not let
// somebody write under another's name.
const KEY = "explorer.reviewer";

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".person");
  if (!root || !data) return;
  const view = (root.view ??= { asking: false, told: false });
  view.data = data;
  const tell = (name) => {
    try { localStorage.setItem(KEY, name); } catch { /* then it is asked for again */ }
    setTriggerValue("name", { name, at: Date.now() });
  };
  let stored = "";
  try { stored = localStorage.getItem(KEY) ?? ""; } catch { /* asked for */ }
  if (!data.asked && !view.told) {
    view.told = true;
    setTriggerValue("name", { name: stored, at: Date.now() });
    return;
  }
  if (data.reviewer && view.reviewer !== data.reviewer) view.asking = false;
  view.reviewer = data.reviewer;
  const draw = () => {
    root.replaceChildren();
    if (data.reviewer && !view.asking) {
      add(root, "span", "note", {}, "Reviewing as ");
      add(root, "strong", "", { dir: "auto" }, data.reviewer);
      const change = add(root, "button", "way", { type: "button" }, "Change");
      change.addEventListener("click", () => { view.asking = true; draw(); root.querySelector("input").focus(); });
      return;
    }
    const form = add(root, "form");
    const label = add(form, "label", "");
    add(label, "span", "", {}, data.reviewer ? "Review as " : "Who are you? ");
    const input = add(label, "input", "", { type: "text", maxlength: 80, required: true, list: "known", autocomplete: "off", placeholder: "your name", "aria-describedby": "why" });
    const known = add(form, "datalist", "", { id: "known" });
    for (const name of data.known) add(known, "option", "", { value: name });
    add(form, "button", "way first", { type: "submit" }, data.reviewer ? "Use it" : "Start reviewing");
    if (data.reviewer) add(form, "button", "way", { type: "button" }, "Cancel").addEventListener("click", () => { view.asking = false; draw(); });
    add(form, "p", data.problem ? "problem" : "note", { id: "why" }, data.problem || "Your name stands beside what you say. This browser remembers it.");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim();
      if (name) tell(name);
    });
  };
  const key = JSON.stringify([data.reviewer, data.known, data.problem]);
  if (view.key === key && root.children.length) return;
  view.key = key;
  draw();
}
