// Points that were drawn around.
/** Which of the drawn points lie in a shape on the screen, 0 or 1 each. */
function inside(shape, points, style, camera) {
  const chosen = new Uint8Array(points.n), { scale, x: cx, y: cy } = camera;
  const xs = shape.map(([x]) => x), ys = shape.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  for (let i = 0; i < points.n; i++) {
    if (style[i] === NOTHING) continue;
    const x = points.x[i] * scale + cx, y = cy - points.y[i] * scale;
    if (x < left || x > right || y < top || y > bottom) continue;
    let within = false;
    for (let a = 0, b = shape.length - 1; a < shape.length; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) within = !within;
    }
    chosen[i] = within ? 1 : 0;
  }
  return chosen;
}

const boxOf = ([x, y], [a, b]) => [[x, y], [a, y], [a, b], [x, b]];

/** A bit for each point, the first one the highest of the first byte, in base64. */
function packBits(chosen) {
  const bytes = new Uint8Array(Math.ceil(chosen.length / 8));
  chosen.forEach((one, i) => { if (one) bytes[i >> 3] |= 128 >> (i & 7); });
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

/** The inverse, for n points; null for none. */
function unpackBits(text, n) {
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return Uint8Array.from({ length: n }, (_, i) => (bytes[i >> 3] >> (7 - (i & 7))) & 1);
}

const countOf = (chosen) => chosen?.reduce((sum, one) => sum + one, 0) ?? 0;
