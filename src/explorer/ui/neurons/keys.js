// Keys of the Neurons page: see keys.py. They are left to whatever uses them itself: fields, tabs, sliders, tables.
const TYPES = "input, textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox], [role=listbox], [role=menu], dialog, [role=dialog]";
const ARROWS = "[role=tab], [role=radio], [role=slider], [role=grid], [role=option], [role=menuitem], video, audio";
const HELP = [
  [["j", "→"], "next neuron of the table"],
  [["k", "←"], "previous neuron"],
  [["r"], "a random one"],
  [["↑", "↓"], "walk, when the table has the focus"],
  [["/"], "search"],
  [["?"], "this help"],
];
const WAIT = 60;

export default function ({ parentElement, setTriggerValue, data }) {
  const root = parentElement.querySelector(".keys");
  if (!root) return;
  root.view ??= build(root);
  Object.assign(root.view, { send: setTriggerValue, search: data.search });
}

function build(root) {
  const view = { steps: 0 };
  const dialog = help();
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "?", title: "Keyboard shortcuts" });
  button.setAttribute("aria-label", "Keyboard shortcuts");
  button.addEventListener("click", () => dialog.showModal());
  root.append(button, dialog);
  const listen = (event) => {
    if (!root.isConnected) return document.removeEventListener("keydown", listen);
    press(event, view, dialog);
  };
  document.addEventListener("keydown", listen);
  return view;
}

function press(event, view, dialog) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const path = event.composedPath().filter((one) => one instanceof Element);
  if (dialog.open || path.some((one) => one.matches(TYPES))) return;
  const step = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key.startsWith("Arrow") && path.some((one) => one.matches(ARROWS))) return;
  if (step) {
    view.steps += step;
    clearTimeout(view.timer);
    view.timer = setTimeout(() => { const steps = view.steps; view.steps = 0; if (steps) view.send("go", steps); }, WAIT);
  } else if (event.key === "r") view.send("go", "random");
  else if (event.key === "/") {
    const field = document.querySelector(`.st-key-${view.search} input`);
    if (!field) return;
    field.focus();
    field.select();
  } else if (event.key === "?") dialog.showModal();
  else return;
  event.preventDefault();
}

function help() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = Object.assign(document.createElement("h2"), { id: "keys-title", textContent: "Keyboard shortcuts" });
  const list = document.createElement("dl");
  for (const [keys, text] of HELP) {
    const name = document.createElement("dt");
    keys.forEach((key, i) => {
      if (i) name.append(" ");
      name.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    });
    list.append(name, Object.assign(document.createElement("dd"), { textContent: text }));
  }
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(title, list, close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return dialog;
}
