// What a hand does on the map: drag, wheel, pinch, draw around, click, keys.
const STILL = 4, STEP = 60, LINE = 1.25;

class Hand {
  /** acts: {pan, zoomAt, home, hover(left, top), leave(), click(left, top, touch), draw(shape), drawn(shape, event), escape(), tool()}. */
  constructor(canvas, acts) {
    Object.assign(this, { canvas, acts, down: new Map() });
    const on = (name, act, options) => canvas.addEventListener(name, act, options);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => { this.down.delete(event.pointerId); this.shape = null; acts.draw(null); });
    on("pointerleave", () => acts.leave());
    on("dblclick", (event) => acts.zoomAt(event.altKey ? 0.5 : 2, ...this.place(event), true));
    on("wheel", (event) => {
      event.preventDefault();
      const pixels = event.deltaY * [1, 16, 100][event.deltaMode];
      acts.zoomAt(Math.exp(-Math.max(-240, Math.min(240, pixels)) * (event.ctrlKey ? 0.01 : 0.0022)), ...this.place(event));
    }, { passive: false });
    on("keydown", (event) => this.key(event));
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.place(event);
    this.down.set(event.pointerId, at);
    this.begun = at;
    this.moved = this.down.size > 1;
    const tool = event.shiftKey ? "lasso" : this.acts.tool();
    this.shape = this.down.size === 1 && tool !== "pan" ? [at] : null;
    this.boxed = tool === "box";
    this.acts.leave();
  }

  move(event) {
    const at = this.place(event), before = this.down.get(event.pointerId);
    if (!before) { if (event.pointerType === "mouse") this.acts.hover(...at); return; }
    if (!this.moved && Math.hypot(at[0] - this.begun[0], at[1] - this.begun[1]) < STILL) return;
    this.moved = true;
    if (this.down.size === 2) this.pinch(event.pointerId, at);
    else if (this.shape) {
      const last = this.shape.at(-1);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= 2) this.shape.push(at);
      this.acts.draw(this.boxed ? boxOf(this.begun, at) : this.shape);
    } else this.acts.pan(at[0] - before[0], at[1] - before[1]);
    this.down.set(event.pointerId, at);
  }

  pinch(moved, at) {
    const [other] = [...this.down].filter(([id]) => id !== moved).map(([, place]) => place);
    const before = this.down.get(moved), far = (place) => Math.max(10, Math.hypot(place[0] - other[0], place[1] - other[1]));
    this.shape = null;
    this.acts.draw(null);
    this.acts.zoomAt(far(at) / far(before), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
    this.acts.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    const at = this.place(event);
    if (!this.moved) this.acts.click(...at, event.pointerType !== "mouse");
    else if (this.shape) this.acts.drawn(this.boxed ? boxOf(this.begun, at) : this.shape, event);
    this.shape = null;
    this.acts.draw(null);
  }

  key(event) {
    const { acts } = this, dx = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key] ?? 0, dy = { ArrowUp: STEP, ArrowDown: -STEP }[event.key] ?? 0;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (dx || dy) acts.pan(dx, dy);
    else if (event.key === "+" || event.key === "=") acts.zoomAt(LINE);
    else if (event.key === "-") acts.zoomAt(1 / LINE);
    else if (event.key === "0") acts.home();
    else if (event.key === "Escape") acts.escape();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
