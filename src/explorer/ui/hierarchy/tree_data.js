// The tree of concepts as the browser keeps it (concepts.py), for the columns and for the picture.

function made(tag, name = "", attributes = {}) {
  const one = document.createElement(tag);
  if (name) one.className = name;
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

/** Call back with the tree as soon as the browser has it. */
function whenKept(name, callback) {
  const tree = window.explorerKept?.get(name);
  if (tree) { callback(tree); return; }
  const arrived = (event) => {
    if (event.detail !== name) return;
    window.removeEventListener("explorer-kept", arrived);
    callback(window.explorerKept.get(name));
  };
  window.addEventListener("explorer-kept", arrived);
}

/** From a root, or from one without a parent, down to the neuron. */
function pathOf(tree, neuron) {
  const path = [neuron];
  while (tree.parents[path[0]] >= 0) path.unshift(tree.parents[path[0]]);
  return path;
}

/** Its name, without what only repeats its parent's. */
function shortOf(tree, neuron) { return tree.shorts[neuron] ?? tree.names[neuron]; }

function childrenOf(tree, neuron) { return tree.children[neuron] ?? []; }

/** Why a neuron is not in the tree: [key, words, all of its kind]; nothing for one that is in it. */
function apartOf(tree, neuron) {
  for (const [key, [words, neurons]] of Object.entries(tree.apart)) if (neurons.includes(neuron)) return [key, words, neurons];
  return null;
}

function percentText(percent) { return percent === null ? "" : percent ? `${percent}%` : "under 1%"; }
