// The map as a part of the page, see panel.py: what is large comes from `window.explorerKept`, a choice is told to the
// other parts by linking.js.
const BELOW = 64, LOWEST = 420;

// By the points of a map: what was seen of it when its page was left, so that it is there again on coming back.
const memory = (window.explorerMaps ??= new Map());

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".map");
  if (!root) return;
  root.mapPart ??= new MapPart(root);
  root.mapPart.send = setTriggerValue;
  root.mapPart.take(data);
}

class MapPart {
  constructor(root) {
    this.root = root;
    this.view = root.view = new MapView(root, {
      choose: (neuron) => chooseNeuron(this.data.link.run, neuron, "map", (...sent) => this.send(...sent)),
      select: (made) => this.send("select", { ...made, points: this.data.points }),
      template: () => window.explorerKept?.get(this.data.page)?.page,
      href: ({ points, words }, i) => {
        const start = this.data.links[points.entity[i]], id = words?.ids[i];
        return start && id !== undefined ? start + encodeURIComponent(id) : "";
      },
    });
    this.fit = () => this.tall();
    addEventListener("resize", this.fit);
    // What stands above may still be on its way, or go, after the map has come.
    this.page = new ResizeObserver(this.fit);
    this.page.observe(document.querySelector("[data-testid=stMainBlockContainer]") ?? document.body);
    this.arrived = ({ detail }) => { if (this.waits?.has(detail)) this.take(this.data); };
    addEventListener("explorer-kept", this.arrived);
    this.gone = new MutationObserver(() => root.isConnected || this.leave());
    this.gone.observe(document.body, { childList: true, subtree: true });
  }

  leave() {
    if (this.view.picture) memory.set(this.data.points, { seen: this.view.camera.seen(), hidden: this.view.legend.hidden });
    removeEventListener("resize", this.fit);
    removeEventListener("explorer-kept", this.arrived);
    this.page.disconnect();
    this.gone.disconnect();
    this.unlink?.();
  }

  take(data) {
    this.data = data;
    const kept = window.explorerKept ?? new Map(), named = [data.points, data.colours.bytes, data.words];
    this.waits = new Set(named.filter((name) => !kept.has(name)));
    this.tall();
    if (this.linkedTo !== data.link.run) {
      this.unlink?.();
      this.linkedTo = data.link.run;
      this.unlink = whenChosen(data.link.run, (neuron, from) => from !== "map" && this.view.chosen(neuron));
    }
    if (this.waits.has(data.points) || this.waits.has(data.colours.bytes)) return;
    const style = getComputedStyle(this.root);
    this.view.host.font = style.fontFamily;
    this.view.host.primary = style.getPropertyValue("--st-primary-color").trim() || undefined;
    const bytes = kept.get(data.colours.bytes);
    const look = JSON.stringify([data.colours, data.palette]);
    if (look !== this.look) { this.look = look; this.colours = { ...data.colours, bytes }; }
    const before = memory.get(data.points), begins = !this.view.picture;
    if (begins && before) this.view.legend.hidden = before.hidden;
    this.view.show({ ...data, points: kept.get(data.points), words: kept.get(data.words), colours: this.colours, chosen: chosenNeuron(data.link) });
    // Asked for beside the map: what is drawn around next is what the selection is compared with.
    if (data.compare > (this.compared ?? data.compare) && this.view.into !== "with") this.view.compare();
    this.compared = data.compare;
    if (begins && before) this.view.camera.see(before.seen);
  }

  /** To the bottom of the window. */
  tall() {
    let scrolled = 0;
    for (let one = this.root; one; one = one.parentElement ?? one.getRootNode().host) scrolled += one.scrollTop ?? 0;
    const top = this.root.getBoundingClientRect().top + scrolled;
    const height = `${Math.round(Math.max(LOWEST, innerHeight - top - BELOW))}px`;
    if (!this.root.classList.contains("filled") && this.root.style.height !== height) this.root.style.height = height;
  }
}
