// Points into pixels. Every frame is painted whole, by writing stamps into the picture's memory: on a machine without a
// graphics card that takes a third of what WebGL or a canvas call per point take (benchmarks/map_drawing.py).
const SHAPES = ["circle", "diamond", "square", "triangle", "plus", "cross", "star"];

/** A symbol around the middle of a context, as a path. */
function outline(context, shape, x, y, r) {
  const polygon = (corners, turn, radius = () => r) => {
    for (let i = 0; i < corners; i++) {
      const angle = turn + (2 * Math.PI * i) / corners, away = radius(i);
      context[i ? "lineTo" : "moveTo"](x + away * Math.cos(angle), y + away * Math.sin(angle));
    }
    context.closePath();
  };
  context.beginPath();
  if (shape === "diamond") polygon(4, 0, () => r * 1.15);
  else if (shape === "square") context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  else if (shape === "triangle") polygon(3, -Math.PI / 2, () => r * 1.2);
  else if (shape === "star") polygon(10, -Math.PI / 2, (i) => (i % 2 ? r * 0.5 : r * 1.2));
  else if (shape === "plus" || shape === "cross") {
    const turn = shape === "cross" ? Math.PI / 4 : 0, w = r * 0.36;
    const corners = [[w, -r], [w, -w], [r, -w], [r, w], [w, w], [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w], [-w, -r]];
    corners.forEach(([a, b], i) => context[i ? "lineTo" : "moveTo"](
      x + 1.1 * (a * Math.cos(turn) - b * Math.sin(turn)), y + 1.1 * (a * Math.sin(turn) + b * Math.cos(turn))));
    context.closePath();
  } else context.arc(x, y, r, 0, 2 * Math.PI);
}

/** Draw a look's symbol: {colour, shape, size, opacity, hollow, edge}. */
function symbol(context, look, x, y, size = look.size) {
  outline(context, look.shape, x, y, size / 2);
  context.globalAlpha = look.opacity ?? 1;
  if (look.hollow) {
    context.lineWidth = Math.max(1, size / 6);
    context.strokeStyle = look.colour;
    context.stroke();
  } else {
    context.fillStyle = look.colour;
    context.fill();
    if (look.edge) {
      context.lineWidth = 1;
      context.strokeStyle = look.edge;
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

/** A symbol as the pixels that it covers: how far from its middle, and the colour times its cover. */
class Stamp {
  constructor(look, ratio) {
    const half = Math.ceil(look.size * ratio * 0.75) + 1, width = 2 * half + 1;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = width;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.scale(ratio, ratio);
    symbol(context, look, (half + 0.5) / ratio, (half + 0.5) / ratio);
    const { data } = context.getImageData(0, 0, width, width), pixels = [];
    for (let i = 0; i < width * width; i++) if (data[4 * i + 3] > 2) pixels.push(i);
    this.half = half;
    this.n = pixels.length;
    [this.dx, this.dy] = [new Int32Array(this.n), new Int32Array(this.n)];
    [this.clear, this.redBlue, this.green] = [new Int32Array(this.n), new Int32Array(this.n), new Int32Array(this.n)];
    pixels.forEach((i, k) => {
      const cover = Math.round((data[4 * i + 3] * 256) / 255);
      this.dx[k] = (i % width) - half;
      this.dy[k] = Math.floor(i / width) - half;
      this.clear[k] = 256 - cover;
      this.redBlue[k] = Math.imul(data[4 * i] | (data[4 * i + 2] << 16), cover);
      this.green[k] = data[4 * i + 1] * cover;
    });
  }

  /** How far each pixel is from the middle in a picture of this width. */
  offsets(width) {
    if (this.width !== width) {
      this.width = width;
      this.at = this.dy.map((dy, k) => dy * width + this.dx[k]);
    }
    return this.at;
  }
}

class Raster {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.stamps = new Map();
  }

  resize(width, height, ratio) {
    if (this.image && this.width === width && this.height === height && this.ratio === ratio) return;
    Object.assign(this, { width, height, ratio });
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  stamp(look) {
    const key = [look.colour, look.shape, look.size, look.opacity, look.hollow, look.edge, this.ratio].join();
    if (!this.stamps.has(key)) {
      if (this.stamps.size > 2000) this.stamps.clear();
      this.stamps.set(key, new Stamp(look, this.ratio));
    }
    return this.stamps.get(key);
  }

  /** Paint points in this order, each in the look of its style; `ground` is the colour behind them. */
  paint(points, order, style, looks, camera, ground) {
    const { pixels, ratio } = this, { width, height } = this.canvas;
    pixels.fill(packed(ground));
    const scale = camera.scale * ratio, cx = camera.x * ratio, cy = camera.y * ratio;
    const stamps = looks.map((look) => this.stamp(look));
    const { x, y } = points;
    for (let k = 0; k < order.length; k++) {
      const i = order[k], of = style[i];
      if (of === NOTHING) continue;
      const stamp = stamps[of], half = stamp.half;
      const left = Math.floor(x[i] * scale + cx), top = Math.floor(cy - y[i] * scale);
      if (left < -half || top < -half || left >= width + half || top >= height + half) continue;
      const whole = left >= half && top >= half && left < width - half && top < height - half;
      const at = stamp.offsets(width), { dx, dy, clear, redBlue, green, n } = stamp, middle = top * width + left;
      for (let p = 0; p < n; p++) {
        if (!whole && (left + dx[p] < 0 || left + dx[p] >= width || top + dy[p] < 0 || top + dy[p] >= height)) continue;
        const place = middle + at[p], under = pixels[place];
        pixels[place] = 0xff000000
          | (((Math.imul(under & 0xff00ff, clear[p]) + redBlue[p]) >>> 8) & 0xff00ff)
          | ((Math.imul((under >>> 8) & 0xff, clear[p]) + green[p]) & 0xff00);
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

const colourCanvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** Red, green and blue of a CSS colour. */
function channels(colour) {
  colourCanvas.clearRect(0, 0, 1, 1);
  colourCanvas.fillStyle = colour;
  colourCanvas.fillRect(0, 0, 1, 1);
  return colourCanvas.getImageData(0, 0, 1, 1).data;
}

function packed(colour) {
  const [red, green, blue] = channels(colour);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
