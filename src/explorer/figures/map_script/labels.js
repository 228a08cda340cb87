// Names of groups on the map: the finest level for which there is room, the larger groups first, none over another and
// none over the edge.
const ROOM = 26000, GAP = 4, EDGE = 3, SMALLEST = 12, LARGEST = 16;

/** The level of groups to name: [level, x, y, radius, size, name] of all levels, by how much of the map is on how much
 * screen. */
function levelFor(labels, camera) {
  const counts = new Map();
  for (const [level] of labels) counts.set(level, (counts.get(level) ?? 0) + 1);
  const most = Math.max(4, (camera.width * camera.height * Math.max(1, camera.zoom) ** 2) / ROOM);
  const levels = [...counts.keys()].sort((a, b) => a - b);
  return levels.filter((level, i) => i === 0 || counts.get(level) <= most).at(-1) ?? 0;
}

/** Boxes for names that touch neither each other nor what is taken: those of `wanted` first, then groups. Each wanted one
 * is {text, x, y, size, bold} on the screen, beside a point of radius `r`; further away a line leads to it. */
function placeLabels(context, font, camera, labels, wanted, taken = []) {
  const placed = [], boxes = [...taken];
  const put = (label, spots) => {
    context.font = `${label.bold ? "600 " : ""}${label.size}px ${font}`;
    const w = context.measureText(label.text).width, h = label.size * 1.25;
    for (const [mx, my] of spots) {
      const left = Math.min(camera.width - EDGE - w, Math.max(EDGE, mx - w / 2));
      const top = Math.min(camera.height - EDGE - h, Math.max(EDGE, my - h / 2));
      if (w > camera.width - 2 * EDGE || Math.abs(left + w / 2 - mx) > w / 2 || Math.abs(top + h / 2 - my) > h) continue;
      const box = { left, top, right: left + w, bottom: top + h };
      if (boxes.some((other) => overlap(box, other))) continue;
      boxes.push(box);
      placed.push({ ...label, ...box });
      return true;
    }
    return false;
  };
  for (const label of wanted) {
    context.font = `${label.bold ? "600 " : ""}${label.size}px ${font}`;
    const half = context.measureText(label.text).width / 2, spots = [];
    for (const far of [label.r + 2, label.r + 22, label.r + 46, label.r + 74]) {
      const up = far + label.size * 0.7, side = far + half;
      for (const [dx, dy] of [[0, -up], [side, 0], [-side, 0], [0, up], [side, -up], [-side, -up], [side, up], [-side, up]]) {
        spots.push([label.x + dx, label.y + dy]);
      }
    }
    put(label, spots);
  }
  const level = levelFor(labels, camera), said = new Set();
  const largest = Math.max(1, ...labels.filter((label) => label[0] === level).map((label) => label[4]));
  const groups = labels.filter((label) => label[0] === level).sort((a, b) => b[4] - a[4]);
  for (const [, x, y, radius, size, text] of groups) {
    const [left, top] = camera.screen(x, y), r = radius * camera.scale;
    if (left < 0 || top < 0 || left > camera.width || top > camera.height || said.has(text)) continue;
    const height = Math.round(SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(size / largest));
    const step = height * 1.3, up = Math.min(r, camera.height / 3);
    const spots = [[left, top - up], [left, top], [left, top - step], [left, top + step], [left, top + up]];
    if (put({ text, size: height, group: true }, spots)) said.add(text);
  }
  return placed;
}

function overlap(a, b) {
  return a.left < b.right + GAP && b.left < a.right + GAP && a.top < b.bottom + GAP && b.top < a.bottom + GAP;
}

function drawLabels(context, font, placed, ink, ground) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineJoin = "round";
  for (const { x, y, r, left, right, top, bottom } of placed.filter((label) => !label.group)) {
    const [nx, ny] = [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))], far = Math.hypot(nx - x, ny - y);
    if (far < r + 12) continue;
    context.lineWidth = 1;
    context.strokeStyle = ink;
    context.beginPath();
    context.moveTo(x + ((nx - x) * r) / far, y + ((ny - y) * r) / far);
    context.lineTo(nx, ny);
    context.stroke();
  }
  for (const label of placed) {
    context.font = `${label.bold ? "600 " : ""}${label.size}px ${font}`;
    const top = (label.top + label.bottom) / 2;
    context.lineWidth = 4;
    context.strokeStyle = ground;
    context.strokeText(label.text, label.left, top);
    context.fillStyle = ink;
    context.fillText(label.text, label.left, top);
  }
}
