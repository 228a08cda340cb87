// What part of a map is seen. A map has radius 1 and its y goes up; on the screen x·scale + camera.x, camera.y − y·scale.
const MARGIN = 0.04, CLOSEST = 400, FLIGHT = 450;
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

class Camera {
  constructor(changed) {
    this.changed = changed;
    Object.assign(this, { width: 1, height: 1, scale: 1, x: 0, y: 0, box: [-1, -1, 1, 1] });
  }

  /** How far it is zoomed in; 1 is the whole map. */
  get zoom() { return this.scale / this.whole().scale; }

  whole() {
    const [left, bottom, right, top] = this.box;
    const w = Math.max(right - left, 1e-3), h = Math.max(top - bottom, 1e-3);
    const room = Math.max(24, Math.min(this.width, this.height) * MARGIN + 12);
    const scale = Math.min(Math.max(20, this.width - 2 * room) / w, Math.max(20, this.height - 2 * room) / h, this.width);
    return { scale, x: this.width / 2 - ((left + right) / 2) * scale, y: this.height / 2 + ((top + bottom) / 2) * scale };
  }

  resize(width, height) {
    const first = this.width === 1, zoom = first ? 1 : this.zoom;
    const mid = first ? null : this.place(this.width / 2, this.height / 2);
    Object.assign(this, { width, height });
    if (first || Math.abs(zoom - 1) < 1e-6) Object.assign(this, this.whole());
    else {
      this.scale = this.whole().scale * zoom;
      this.x = width / 2 - mid[0] * this.scale;
      this.y = height / 2 + mid[1] * this.scale;
    }
  }

  /** The point of the map at a place of the screen. */
  place(left, top) { return [(left - this.x) / this.scale, (this.y - top) / this.scale]; }

  screen(x, y) { return [x * this.scale + this.x, this.y - y * this.scale]; }

  pan(dx, dy) {
    this.stop();
    this.x += dx;
    this.y += dy;
    this.hold();
    this.changed();
  }

  zoomAt(factor, left = this.width / 2, top = this.height / 2) {
    this.stop();
    const [x, y] = this.place(left, top);
    this.scale = this.limited(this.scale * factor);
    this.x = left - x * this.scale;
    this.y = top + y * this.scale;
    this.hold();
    this.changed();
  }

  limited(scale) {
    const whole = this.whole().scale;
    return Math.min(whole * CLOSEST, Math.max(whole * 0.5, scale));
  }

  /** Some of the map stays in sight. */
  hold() {
    const [left, bottom, right, top] = this.box, inset = 60;
    this.x = Math.min(this.width - inset - left * this.scale, Math.max(inset - right * this.scale, this.x));
    this.y = Math.min(this.height - inset + top * this.scale, Math.max(inset + bottom * this.scale, this.y));
  }

  stop() { cancelAnimationFrame(this.flying); this.flying = 0; }

  /** Move to another view {scale, x, y}, seen on the way unless motion is unwelcome. */
  fly(to) {
    this.stop();
    const end = () => { Object.assign(this, to); this.changed(); };
    if (calm()) return end();
    const from = { scale: this.scale, mid: this.place(this.width / 2, this.height / 2) };
    const mid = [(this.width / 2 - to.x) / to.scale, (to.y - this.height / 2) / to.scale];
    let begun = null;
    const step = (now) => {
      begun ??= now;
      const part = Math.min(1, (now - begun) / FLIGHT), soft = part * part * (3 - 2 * part);
      if (part === 1) { this.flying = 0; return end(); }
      this.scale = from.scale * (to.scale / from.scale) ** soft;
      const x = from.mid[0] + (mid[0] - from.mid[0]) * soft, y = from.mid[1] + (mid[1] - from.mid[1]) * soft;
      this.x = this.width / 2 - x * this.scale;
      this.y = this.height / 2 + y * this.scale;
      this.changed();
      this.flying = requestAnimationFrame(step);
    };
    this.flying = requestAnimationFrame(step);
  }

  /** What is seen, whatever the size of the window: the middle and how far it is zoomed in. */
  seen() {
    const [x, y] = this.place(this.width / 2, this.height / 2);
    return { x, y, zoom: this.zoom };
  }

  see({ x, y, zoom }) {
    this.scale = this.limited(this.whole().scale * zoom);
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 + y * this.scale;
    this.changed();
  }

  flyHome() { this.fly(this.whole()); }

  flyTo(x, y, zoom) {
    const scale = this.limited(Math.max(this.scale, this.whole().scale * zoom));
    this.fly({ scale, x: this.width / 2 - x * scale, y: this.height / 2 + y * scale });
  }
}
