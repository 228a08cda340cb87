// Where the sectors of the tree lie, as rings or as columns, and which of its texts fit into one: see tree.js.
const FULL = 2 * Math.PI, SIZES = [12.5, 11.5, 11], LINE = 1.16, PAD = 3, LINES = 3;

const ruler = document.createElement("canvas").getContext("2d");
let fontFamily = "sans-serif";

function widthOf(text, size) {
  ruler.font = `${size}px ${fontFamily}`;
  return ruler.measureText(text).width;
}

// Where the rings end, in parts of the whole: inner ones are wider, as their sectors are narrower than those around.
const RINGS = [[0.34, 1], [0.17, 0.62, 1], [0.14, 0.47, 0.75, 1]];

/** Rings around a middle; `rings`: how many. */
class Sunburst {
  constructor(width, rings) {
    this.width = this.height = width;
    this.ends = RINGS[rings - 1].map((end) => end * (width / 2 - 3));
    this.inner = this.ends[0];
  }

  at(sector) {
    const [from, to] = [sector.start * FULL, Math.min(sector.end, sector.start + 0.99999) * FULL];
    return { from, to, low: this.ends[sector.depth], high: this.ends[sector.depth + 1] };
  }

  outline(sector) {
    const { from, to, low, high } = this.at(sector), large = to - from > Math.PI ? 1 : 0;
    const point = (angle, r) => `${(this.width / 2 + r * Math.sin(angle)).toFixed(2)} ${(this.width / 2 - r * Math.cos(angle)).toFixed(2)}`;
    return `M${point(from, low)}A${low} ${low} 0 ${large} 1 ${point(to, low)}L${point(to, high)}A${high} ${high} 0 ${large} 0 ${point(from, high)}Z`;
  }

  polar(angle, r) { return [this.width / 2 + r * Math.sin(angle), this.width / 2 - r * Math.cos(angle)]; }

  middle(sector) {
    const { from, to, low, high } = this.at(sector);
    return this.polar((from + to) / 2, (low + high) / 2);
  }

  /** Where a block of text of this size lies in the sector and its turn in degrees; null if it does not fit. */
  place(sector, wide, tall) {
    const { from, to, low, high } = this.at(sector), half = (to - from) / 2, angle = (from + to) / 2;
    const fits = (r, along, across) => // along the ring, and from the middle outwards
      Math.hypot(r + across / 2, along / 2) <= high - PAD + 0.01 && r - across / 2 >= low + PAD - 0.01 &&
      (half > Math.PI / 2 || Math.atan2(along / 2 + 1, r - across / 2) <= half);
    const degrees = angle * 180 / Math.PI, middle = (low + high) / 2;
    if (fits(middle, wide, tall)) return [...this.polar(angle, middle), degrees > 90 && degrees < 270 ? degrees - 180 : degrees];
    const turn = degrees > 180 ? degrees + 90 : degrees - 90;
    if (fits(middle, tall, wide)) return [...this.polar(angle, middle), turn];
    const outside = Math.sqrt((high - PAD) ** 2 - (tall / 2) ** 2) - wide / 2; // where the sector is widest
    return fits(outside, tall, wide) ? [...this.polar(angle, outside), turn] : null;
  }
}

/** Columns from left to right. */
class Icicle {
  constructor(width, rings, height) {
    this.width = width;
    this.height = height;
    this.ring = width / rings;
  }

  at(sector) {
    return { x: sector.depth * this.ring, y: sector.start * this.height, wide: this.ring, tall: (sector.end - sector.start) * this.height };
  }

  outline(sector) {
    const { x, y, wide, tall } = this.at(sector);
    return `M${x.toFixed(2)} ${y.toFixed(2)}h${wide.toFixed(2)}v${tall.toFixed(2)}h${(-wide).toFixed(2)}Z`;
  }

  middle(sector) {
    const { x, y, wide, tall } = this.at(sector);
    return [x + wide / 2, y + tall / 2];
  }

  place(sector, wide, tall) {
    const at = this.at(sector);
    return wide <= at.wide - 4 * PAD && tall <= at.tall - 1 ? [...this.middle(sector), 0] : null;
  }
}

/** The text in so many lines, each as short as can be; null if it has too few words. */
function broken(text, lines) {
  const words = text.split(" ");
  if (words.length < lines) return null;
  if (lines === 1) return [text];
  let best = null;
  for (let first = 1; first <= words.length - lines + 1; first++) {
    const rest = broken(words.slice(first).join(" "), lines - 1);
    const all = rest && [words.slice(0, first).join(" "), ...rest];
    const longest = (some) => Math.max(...some.map((line) => line.length));
    if (all && (!best || longest(all) < longest(best))) best = all;
  }
  return best;
}

/** How the first of the texts that fits is written in a sector: lines, size and place; null if none fits. */
function written(shape, sector, texts) {
  for (const text of texts) {
    for (const size of SIZES) {
      for (let lines = 1; lines <= LINES; lines++) {
        const block = broken(text, lines);
        if (!block) break;
        const place = shape.place(sector, Math.max(...block.map((line) => widthOf(line, size))), lines * size * LINE);
        if (place) return { lines: block, size, place };
      }
    }
  }
  return null;
}

/** Black or white, whichever is easier to read on a colour. */
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#FFFFFF" : "#000000";
}
