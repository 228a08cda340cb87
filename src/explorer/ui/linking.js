// The neuron that all parts of a page show: tree, columns, map and table tell each other in the browser, at once, and
// the server hears of it too (linking.py). Read before the script of each of these components.
const linked = (window.explorerLinked ??= Object.assign(new EventTarget(), { run: "", neuron: null, number: 0 }));

/** Choose a neuron: every part marks it now, and the server is told by the trigger "choose". */
function chooseNeuron(run, neuron, from, setTriggerValue) {
  Object.assign(linked, { run, neuron, number: linked.number + 1 });
  linked.dispatchEvent(new CustomEvent("choose", { detail: { run, neuron, from } }));
  setTriggerValue("choose", { neuron, number: linked.number });
}

/** The neuron to show, given what the server says (`link` of a component's data): a choice made in the browser stands
 * until the server has heard of it. */
function chosenNeuron(link) {
  if (link.run !== linked.run || link.number >= linked.number) Object.assign(linked, link);
  return linked.neuron;
}

/** Call back when another part chooses; returns what stops it. */
function whenChosen(run, callback) {
  const heard = ({ detail }) => detail.run === run && callback(detail.neuron, detail.from);
  linked.addEventListener("choose", heard);
  return () => linked.removeEventListener("choose", heard);
}
