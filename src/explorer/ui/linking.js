// The neuron that all parts of a page show. Tree, columns, map and table tell each other in the browser, at once, and
// the server hears of it too (linking.py). Read before the script of each of these components.
const PAUSE = 150; // milliseconds: of several quick choices the server hears the first and the last
const linked = (window.explorerLinked ??= Object.assign(new EventTarget(),
  { session: "", run: "", neuron: null, number: 0, heard: 0, toldAt: -PAUSE }));

/** Choose a neuron: every part marks it now, and the server is told by the trigger "choose". */
function chooseNeuron(run, neuron, from, setTriggerValue) {
  const again = run === linked.run && neuron === linked.neuron && linked.heard >= linked.number;
  if (!again) Object.assign(linked, { run, neuron, number: linked.number + 1 });
  tellParts(from);
  if (again) return;
  clearTimeout(linked.timer);
  const tell = () => {
    linked.toldAt = performance.now();
    setTriggerValue("choose", { run: linked.run, neuron: linked.neuron, number: linked.number });
  };
  const wait = linked.toldAt + PAUSE - performance.now();
  if (wait > 0) linked.timer = setTimeout(tell, wait);
  else tell();
}

/** The neuron to show, given what the server says (`link` of a component's data): a choice made in the browser stands
 * until the server has heard of it. */
function chosenNeuron(link) {
  if (link.session !== linked.session || link.run !== linked.run || link.number >= linked.number) {
    const changed = link.run === linked.run && link.neuron !== linked.neuron;
    Object.assign(linked, link, { heard: link.number });
    if (changed) queueMicrotask(() => tellParts("server")); // those that are drawn later need not wait for it
  }
  return linked.neuron;
}

/** Call back when another part chooses; returns what stops it. */
function whenChosen(run, callback) {
  const heard = ({ detail }) => detail.run === run && callback(detail.neuron, detail.from);
  linked.addEventListener("choose", heard);
  return () => linked.removeEventListener("choose", heard);
}

function tellParts(from) {
  const { run, neuron } = linked;
  linked.dispatchEvent(new CustomEvent("choose", { detail: { run, neuron, from } }));
}
