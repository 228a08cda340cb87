// What is too large to be sent twice, kept for those that draw it: see kept.py.
const KEPT = 24;

export default function ({ data }) {
  if (!(data instanceof Uint8Array)) return;
  const kept = (window.explorerKept ??= new Map());
  const name = new TextDecoder().decode(data.subarray(0, 32));
  if (kept.has(name)) return;
  const content = data.subarray(33), json = data[32] === 0x4a; // "J", or "B" for bytes
  kept.set(name, json ? JSON.parse(new TextDecoder().decode(content)) : content.slice());
  while (kept.size > KEPT) kept.delete(kept.keys().next().value);
  window.dispatchEvent(new CustomEvent("explorer-kept", { detail: name }));
}
