// The cells of a table: what stands in them, and how wide it is. Part of grid.js.

function shown(value, column) {
  if (value === null || value === undefined || value === "") return "–";
  if (column.kind === "check") return value ? "✓" : "–";
  if (column.kind === "mix") return value.map(([name, share]) => `${column.names[name] ?? name} ${Math.round(share)}%`).join(", ");
  return typeof value === "number" ? format(value, column.format) : String(value);
}

// The formats of Streamlit's columns that are used: "%.1f%%", "%d", "%+.3f", "%.2g", "localized".
function format(value, form) {
  if (form === "localized") return value.toLocaleString("en-US");
  const found = /%(\+?)(?:\.(\d+))?([dfg])/.exec(form ?? "");
  if (!found) return String(value);
  const [all, sign, digits, kind] = found;
  const text = kind === "d" ? value.toFixed(0) : kind === "g" ? String(Number(value.toPrecision(digits ?? 6))) : value.toFixed(digits ?? 6);
  return form.replace(all, (sign && value >= 0 ? "+" : "") + text).replaceAll("%%", "%").replaceAll("-", "\u2212");
}

function tell(cell) {
  const text = cell?.querySelector(".text");
  if (text) cell.title = text.scrollWidth > text.clientWidth + 1 || text.scrollHeight > text.clientHeight + 1 ? text.textContent : "";
}

function element(tag, name, attributes = {}) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

// What fills a cell: a text, which may be a link, and before it a bar or the parts of a mix.
function fill(cell, column, value, address) {
  const text = shown(value, column);
  if (column.kind === "mix" && value?.length) {
    const mix = cell.appendChild(element("span", "parts", { role: "img", "aria-label": text, title: text }));
    for (const [name, share] of value) {
      const part = mix.appendChild(element("span", ""));
      part.style.width = `${share}%`;
      if (column.colours[name]) part.style.background = column.colours[name];
    }
    return;
  }
  if (column.kind === "bar" && value !== null) {
    const bar = cell.appendChild(element("span", "bar")).appendChild(element("span", ""));
    bar.style.width = `${Math.max(0, Math.min(1, value / (column.largest || 1))) * 100}%`;
  }
  const link = address ? { href: column.link.before + encodeURIComponent(address), "data-inside": "" } : {};
  cell.appendChild(element(address ? "a" : "span", "text", link)).textContent = text;
}

// The longest of the texts, in characters: which are the widest is only among these.
function longest(texts, many) {
  let kept = [], least = 0;
  for (const text of texts) {
    if (kept.length === many && text.length <= least) continue;
    kept.push(text);
    if (kept.length < 2 * many) continue;
    kept = kept.sort((a, b) => b.length - a.length).slice(0, many);
    least = kept.at(-1).length;
  }
  return kept.sort((a, b) => b.length - a.length).slice(0, many);
}

