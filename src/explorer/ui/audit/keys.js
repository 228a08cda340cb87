// Keys of the audit page, wherever the focus is, except in a field. One listener for all components of a visit; it comes
// before Streamlit's own shortcuts, of which "r" would run the page again.
function listenForKeys(component) {
  const hub = (globalThis[Symbol.for("explorer.audit")] ??= {});
  hub.active = component;
  hub.handle = (event) => {
    const { active } = hub;
    if (!active?.root.isConnected || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const target = event.composedPath()[0], inside = active.root.contains(target) || target.getRootNode?.() === active.root.getRootNode();
    if (target.matches?.("input:not([type=radio]), textarea, select, [contenteditable=true]")) return;
    if (!inside && target.closest?.("[role=dialog], [role=listbox], [role=menu], [data-testid=stPopoverBody]")) return;
    // Buttons and choices have keys of their own, on which a page-wide meaning must not be laid.
    const own = target.matches?.("button, a, summary, input, [role=radio], [tabindex]:not([tabindex='-1'])");
    if (own && ["Enter", " "].includes(event.key)) return;
    if (own && !inside && event.key.startsWith("Arrow")) return;
    if (target.type === "radio" && event.key.startsWith("Arrow")) return;
    if (active.key(event.key, event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  hub.listener ??= addEventListener("keydown", (event) => hub.handle(event), true) ?? true;
}

function add(parent, tag, name = "", attributes = {}, text = null) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value === true ? "" : value);
  if (text !== null) made.textContent = text;
  return parent.appendChild(made);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const percent = (share) => share > 0 && share < 0.01 ? `${(100 * share).toFixed(1)}%` : `${Math.round(100 * share)}%`;
const plural = (n, one, many) => `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
