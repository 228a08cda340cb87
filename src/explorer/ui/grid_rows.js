// The rows of a large table, kept for the table that draws them: see grid.py.
const KEPT = 12;

export default function ({ data }) {
  if (!(data instanceof Uint8Array)) return;
  const tables = (window.explorerGridRows ??= new Map());
  const name = new TextDecoder().decode(data.subarray(0, 32));
  if (tables.has(name)) return;
  tables.set(name, JSON.parse(new TextDecoder().decode(data.subarray(32))));
  while (tables.size > KEPT) tables.delete(tables.keys().next().value);
  window.dispatchEvent(new CustomEvent("explorer-grid-rows", { detail: name }));
}
