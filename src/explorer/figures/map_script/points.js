// The points of a map as the browser has them: see map_data.py for the bytes.
const NEURON = 0, ITEM = 1, USER = 2, NOTHING = 255;

class Points {
  constructor(bytes) {
    const n = (this.n = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
    const part = (Type, at) => new Type(bytes.buffer, bytes.byteOffset + at, n);
    this.x = part(Float32Array, 4);
    this.y = part(Float32Array, 4 + 4 * n);
    this.row = part(Int32Array, 4 + 8 * n);
    this.entity = part(Uint8Array, 4 + 12 * n);
  }

  /** Where the neuron, item or user of this number is; -1 if it is not on the map. */
  find(entity, row) {
    this.places ??= new Map();
    if (!this.places.has(entity)) {
      const found = new Map();
      for (let i = 0; i < this.n; i++) if (this.entity[i] === entity) found.set(this.row[i], i);
      this.places.set(entity, found);
    }
    return this.places.get(entity).get(row) ?? -1;
  }

  /** The shown point nearest to a place on the screen, within so many pixels of its edge; -1 without one. */
  nearest(camera, style, looks, left, top, reach) {
    let best = -1, closest = Infinity;
    const { scale, x: cx, y: cy } = camera, { x, y } = this, size = looks.map((look) => look.size / 2);
    for (let i = 0; i < this.n; i++) {
      if (style[i] === NOTHING) continue;
      const dx = x[i] * scale + cx - left, dy = cy - y[i] * scale - top, away = size[style[i]] + reach;
      if (dx > away || dx < -away || dy > away || dy < -away) continue;
      const distance = Math.hypot(dx, dy) - size[style[i]];
      if (distance <= reach && distance <= closest) { closest = distance; best = i; }
    }
    return best;
  }
}
