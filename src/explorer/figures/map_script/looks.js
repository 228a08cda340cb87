// What each point looks like: a style per point (number of a look, or NOTHING for one that is not drawn), the looks, and
// the order in which points are drawn, the lowest first.
const SHADES = 32, FEW = 5000;
const FAINT = 0.18, USUAL = 0, PALE = 1, STANDS_OUT = 2, OTHER = 3;

/** Pixels and opacity of a point among n, on the whole map. */
function sizeAmong(n) {
  for (const [most, size, opacity] of [[300, 12, 0.95], [1500, 9, 0.9], [5000, 7, 0.85], [25000, 5, 0.75], [60000, 4, 0.65]])
    if (n <= most) return [size, opacity];
  return [3, 0.55];
}

/** How much larger points are drawn when zoomed in. */
const growth = (zoom) => Math.min(3, Math.max(1, zoom) ** 0.3);

class Looks {
  /** colours: {by, label, unit, categories: [[name, colour]], low, high, stops: [[part, colour]], bytes}. */
  constructor(points, colours, palette, nouns, width) {
    Object.assign(this, { points, colours, palette, nouns, width });
    const { n } = points;
    this.kinds = []; // what the legend lists: {name, colour, shape, hollow, part, places}
    this.kind = new Uint8Array(n); // of each point
    const unknownUser = this.add({ name: nouns.users, colour: palette.muted, part: 0.5, opacity: 0.5, grey: true });
    const unknown = this.add({ name: "not known", colour: palette.muted, hollow: true, grey: true, part: 0.75, opacity: 0.8 });
    if (colours.categories) this.categorical(n, unknownUser, unknown);
    else this.numeric(n, unknownUser, unknown);
    this.sort();
  }

  add(kind) {
    this.kinds.push({ shape: "circle", part: 1, opacity: 1, count: 0, ...kind });
    return this.kinds.length - 1;
  }

  /** A point is of a kind; neurons of later levels than are shown do not count. */
  put(i, kind) {
    this.kind[i] = kind;
    if (this.points.entity[i] !== NEURON || this.points.row[i] < this.width) this.kinds[kind].count++;
  }

  categorical(n, unknownUser, unknown) {
    const { bytes, categories } = this.colours, { entity } = this.points, few = n <= FEW;
    const mixed = entity.includes(ITEM); // among items users are grey, or nobody would find the items
    const other = categories.findIndex(([name]) => name === "other");
    const numbers = [];
    if (other >= 0) numbers[other] = this.add({ name: "other", colour: categories[other][1], part: 0.75, grey: true });
    let shape = 0;
    categories.forEach(([name, colour], i) => {
      if (i !== other) numbers[i] = this.add({ name, colour, shape: few ? SHAPES[shape++ % SHAPES.length] : "circle" });
    });
    for (let i = 0; i < n; i++) {
      const value = bytes[i], user = entity[i] === USER && (mixed || value === NOTHING);
      const kind = user ? unknownUser : value === NOTHING ? unknown : numbers[value];
      this.put(i, kind);
    }
  }

  numeric(n, unknownUser, unknown) {
    const { bytes, low, high, stops } = this.colours, { entity } = this.points;
    const value = (this.value = new Float32Array(bytes.buffer, bytes.byteOffset, n));
    const { nouns } = this, name = (part) => (part === USER ? nouns.users : part === NEURON ? "neurons" : nouns.items);
    const known = new Map();
    for (let i = 0; i < n; i++) {
      const missing = Number.isNaN(value[i]);
      if (missing) { this.put(i, entity[i] === USER ? unknownUser : unknown); continue; }
      const key = entity[i] === USER ? USER : entity[i];
      if (!known.has(key)) known.set(key, this.add({ name: name(key), colour: this.palette.main, part: key === USER ? 0.55 : 1, scaled: true }));
      this.put(i, known.get(key));
    }
    this.shades = Array.from({ length: SHADES }, (_, i) => between(stops, i / (SHADES - 1)));
    this.shade = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const part = (value[i] - low) / (high - low || 1);
      this.shade[i] = Number.isNaN(value[i]) ? 0 : Math.round(Math.min(1, Math.max(0, part)) * (SHADES - 1));
    }
  }

  /** The order of drawing: by kind, and where there is a scale the strongest last. */
  sort() {
    const { n } = this.points, steps = this.shade ? SHADES : 1, bins = new Uint32Array(this.kinds.length * steps + 1);
    const bin = (i) => this.kind[i] * steps + (this.shade ? this.shade[i] : 0);
    for (let i = 0; i < n; i++) bins[bin(i) + 1]++;
    for (let b = 1; b < bins.length; b++) bins[b] += bins[b - 1];
    this.order = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.order[bins[bin(i)]++] = i;
  }

  /** Style of every point. shown: which points are drawn; selected, other: which stand out (arrays of 0 and 1, or null). */
  style(shown, selected, other) {
    const { n } = this.points, style = new Uint8Array(n), steps = this.shade ? SHADES : 1, number = new Map();
    this.wanted = [];
    for (let i = 0; i < n; i++) {
      if (!shown(i)) { style[i] = NOTHING; continue; }
      const kind = this.kind[i], shade = this.kinds[kind].scaled ? this.shade[i] : 0;
      const state = selected || other ? (selected?.[i] ? STANDS_OUT : other?.[i] ? OTHER : PALE) : USUAL;
      const key = (kind * steps + shade) * 4 + state;
      let found = number.get(key);
      if (found === undefined) {
        found = this.wanted.push({ kind, shade, state }) - 1;
        number.set(key, found);
      }
      style[i] = found;
    }
    return style;
  }

  /** The looks that the styles stand for, so far zoomed in. */
  at(zoom) {
    const { n } = this.points, { palette } = this, [size, opacity] = sizeAmong(n), grown = Math.min(growth(zoom), Math.max(1, 22 / size));
    return this.wanted.map(({ kind, shade, state }) => {
      const { shape, hollow, part, colour, scaled, opacity: own } = this.kinds[kind];
      const edge = state === OTHER ? palette.second : n <= 300 && !hollow && state !== PALE ? palette.back : null;
      return {
        shape, hollow, edge, colour: scaled ? this.shades[shade] : colour,
        size: Math.max(2, Math.round(size * part * grown * (state === USUAL || state === PALE ? 2 : 2.5)) / 2),
        opacity: state === PALE ? FAINT : state === USUAL ? opacity * own : 1,
      };
    });
  }

  /** What a point's value is called: its facet, or its number with the unit. */
  text(i) {
    const { colours } = this;
    if (colours.categories) return colours.bytes[i] === NOTHING ? "" : colours.categories[colours.bytes[i]][0];
    if (Number.isNaN(this.value[i])) return "";
    return written(this.value[i], colours);
  }
}

function written(value, { by, unit }) {
  const text = by === "year" ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return unit === "share" || unit.startsWith("share of") ? `${Number((100 * value).toPrecision(3))}%` : unit ? `${text} ${unit}` : text;
}

/** The colour at a part of a scale. */
function between(stops, part) {
  let k = 1;
  while (k < stops.length - 1 && stops[k][0] < part) k++;
  const [[from, a], [to, b]] = [stops[k - 1], stops[k]], share = Math.min(1, Math.max(0, (part - from) / (to - from)));
  const [one, two] = [channels(a), channels(b)].map((all) => Array.from(all));
  return `rgb(${[0, 1, 2].map((c) => Math.round(one[c] + (two[c] - one[c]) * share)).join()})`;
}
