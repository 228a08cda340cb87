// The map as it is on screen on a sheet of its own, with title, legend and how it was made: the same layout on a canvas
// (PNG) and as vectors (SVG).
const PAD = 16, TITLE = 20, ROW = 22, SHARP = 2, VECTORS = 20000;

/** Text cut into lines of a width. */
function wrapped(context, text, width) {
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** What stands where: the map's field and below it the legend and the caption, {width, height, top, texts, marks, bar}. */
function sheetOf(view) {
  const { camera, picture, looks, legend } = view, font = view.host.font, { colours } = looks;
  const context = document.createElement("canvas").getContext("2d"), texts = [], marks = [];
  const set = (size, bold = false) => { context.font = `${bold ? "600 " : ""}${size}px ${font}`; };
  const width = Math.max(320, camera.width) + 2 * PAD, top = PAD + TITLE + 10, room = width - 2 * PAD;
  texts.push({ x: PAD, y: PAD + TITLE / 2, size: 16, bold: true, text: picture.title });
  let x = PAD, y = top + camera.height + 10 + ROW / 2, bar = null;
  const put = (w) => {
    if (x > PAD && x + w > width - PAD) { x = PAD; y += ROW; }
    const at = x;
    x += w + 14;
    return at;
  };
  set(12, true);
  const label = legend.label(colours);
  texts.push({ x: put(context.measureText(label).width), y, size: 12, bold: true, text: label });
  set(12);
  if (!colours.categories && looks.kinds.some((kind) => kind.scaled)) {
    const [low, high] = legend.ends(colours), [a, b] = [low, high].map((text) => context.measureText(text).width);
    const left = put(a + b + 152);
    texts.push({ x: left, y, size: 12, text: low }, { x: left + a + 152, y, size: 12, text: high });
    bar = { x: left + a + 6, y: y - 6, width: 140, height: 12 };
  }
  for (const kind of legend.listed.filter((one) => !legend.hidden.has(one.name))) {
    const text = `${kind.name} ${kind.count.toLocaleString("en")}`, left = put(context.measureText(text).width + 16);
    marks.push({ look: { ...kind, edge: null, opacity: 1, size: 9 * Math.max(0.7, kind.part) }, x: left + 5, y });
    texts.push({ x: left + 16, y, size: 12, text });
  }
  y += ROW + 2;
  set(11);
  for (const line of wrapped(context, picture.caption ?? "", room)) {
    texts.push({ x: PAD, y, size: 11, text: line });
    y += 16;
  }
  return { width, height: Math.ceil(y + PAD - 6), left: PAD + (room - camera.width) / 2, top, texts, marks, bar };
}

/** The points, and what lies over them, on a canvas of their own. */
function fieldCanvas(view, over) {
  const canvas = document.createElement("canvas"), raster = new Raster(canvas), { camera } = view;
  raster.resize(camera.width, camera.height, SHARP);
  raster.paint(view.points, view.looks.order, view.style, view.looks.at(camera.zoom), camera, view.picture.palette.back);
  if (over) {
    raster.context.setTransform(SHARP, 0, 0, SHARP, 0, 0);
    view.over(raster.context);
  }
  return canvas;
}

function savedPng(view) {
  const sheet = sheetOf(view), { palette } = view.picture, canvas = document.createElement("canvas");
  canvas.width = Math.round(sheet.width * SHARP);
  canvas.height = Math.round(sheet.height * SHARP);
  const context = canvas.getContext("2d");
  context.scale(SHARP, SHARP);
  context.fillStyle = palette.back;
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.drawImage(fieldCanvas(view, true), sheet.left, sheet.top, view.camera.width, view.camera.height);
  context.strokeStyle = palette.grid;
  context.strokeRect(sheet.left + 0.5, sheet.top + 0.5, view.camera.width - 1, view.camera.height - 1);
  for (const { look, x, y } of sheet.marks) symbol(context, look, x, y);
  if (sheet.bar) {
    const gradient = context.createLinearGradient(sheet.bar.x, 0, sheet.bar.x + sheet.bar.width, 0);
    for (const [part, colour] of view.looks.colours.stops) gradient.addColorStop(part, colour);
    context.fillStyle = gradient;
    context.fillRect(sheet.bar.x, sheet.bar.y, sheet.bar.width, sheet.bar.height);
  }
  context.fillStyle = palette.text;
  context.textBaseline = "middle";
  for (const { x, y, size, bold, text } of sheet.texts) {
    context.font = `${bold ? "600 " : ""}${size}px ${view.host.font}`;
    context.fillText(text, x, y);
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Text as XML has it; characters that XML does not know are left out. */
const xml = (text) => String(text).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
  .replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const short = (value) => String(Math.round(value * 100) / 100);

/** Takes the calls of a canvas context that `outline` makes, and is a path. */
class Path {
  constructor() { this.d = ""; }
  beginPath() {}
  moveTo(x, y) { this.d += `M${short(x)} ${short(y)}`; }
  lineTo(x, y) { this.d += `L${short(x)} ${short(y)}`; }
  closePath() { this.d += "Z"; }
  rect(x, y, w, h) { this.d += `M${short(x)} ${short(y)}h${short(w)}v${short(h)}h${short(-w)}Z`; }
  arc(x, y, r) { this.d += `M${short(x - r)} ${short(y)}a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0Z`; }
}

function pathOf(look, x, y) {
  const path = new Path();
  outline(path, look.shape, x, y, look.size / 2);
  return path.d;
}

function attributes(look) {
  const opacity = short(look.opacity ?? 1);
  if (look.hollow) return `fill="none" stroke="${xml(look.colour)}" stroke-width="${short(Math.max(1, look.size / 6))}" stroke-opacity="${opacity}"`;
  return `fill="${xml(look.colour)}" fill-opacity="${opacity}"${look.edge ? ` stroke="${xml(look.edge)}"` : ""}`;
}

function savedSvg(view) {
  const sheet = sheetOf(view), { palette } = view.picture, { camera } = view, font = xml(view.host.font);
  const text = ({ x, y, size, bold, text }, also = "") =>
    `<text x="${short(x)}" y="${short(y)}" font-size="${size}" ${bold ? 'font-weight="600"' : ""} dominant-baseline="central" ${also}>${xml(text)}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sheet.width}" height="${sheet.height}" viewBox="0 0 ${sheet.width} ${sheet.height}" font-family="${font}" fill="${palette.text}">`,
    `<title>${xml(view.picture.title)}</title><desc>${xml(view.picture.caption ?? "")}</desc>`,
    `<rect width="100%" height="100%" fill="${palette.back}"/>`,
    `<svg x="${short(sheet.left)}" y="${sheet.top}" width="${camera.width}" height="${camera.height}" overflow="hidden">`,
    ...pointVectors(view),
  ];
  for (const { i, size, colour } of view.rings()) {
    const [x, y] = view.at(i);
    parts.push(`<circle cx="${short(x)}" cy="${short(y)}" r="${short(view.sizeOf(i) / 2 + 4)}" fill="none" stroke="${xml(colour)}" stroke-width="${size}"/>`);
  }
  for (const label of view.placed) {
    parts.push(text({ ...label, x: label.left, y: (label.top + label.bottom) / 2 }, `stroke="${palette.back}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`));
  }
  parts.push("</svg>", `<rect x="${short(sheet.left)}" y="${sheet.top}" width="${camera.width}" height="${camera.height}" fill="none" stroke="${palette.grid}"/>`);
  for (const { look, x, y } of sheet.marks) parts.push(`<path d="${pathOf(look, x, y)}" ${attributes(look)}/>`);
  if (sheet.bar) {
    const stops = view.looks.colours.stops.map(([part, colour]) => `<stop offset="${part}" stop-color="${colour}"/>`).join("");
    parts.push(`<linearGradient id="scale">${stops}</linearGradient><rect x="${short(sheet.bar.x)}" y="${short(sheet.bar.y)}" width="${sheet.bar.width}" height="${sheet.bar.height}" fill="url(#scale)"/>`);
  }
  parts.push(...sheet.texts.map((one) => text(one)), "</svg>");
  return new Blob([parts.join("\n")], { type: "image/svg+xml" });
}

/** The points that are in sight; of very many one picture. */
function pointVectors(view) {
  const { camera, points, style } = view, looks = view.looks.at(camera.zoom), drawn = [];
  for (const i of view.looks.order) {
    if (style[i] === NOTHING) continue;
    const [x, y] = view.at(i);
    if (x > -30 && y > -30 && x < camera.width + 30 && y < camera.height + 30) drawn.push([style[i], x, y]);
  }
  if (drawn.length > VECTORS) {
    return [`<image width="${camera.width}" height="${camera.height}" href="${fieldCanvas(view, false).toDataURL()}"/>`];
  }
  const parts = [];
  let before = -1;
  for (const [of, x, y] of drawn) { // those of one look stand together
    if (of !== before) parts.push(before < 0 ? `<g ${attributes(looks[of])}>` : `</g><g ${attributes(looks[of])}>`);
    before = of;
    parts.push(`<path d="${pathOf(looks[of], x, y)}"/>`);
  }
  return before < 0 ? [] : [...parts, "</g>"];
}
