// The arithmetic of the live board: the same sums, in the same order, as steering/edits.py, scores.py, ranking.py and
// explanation.py, so that browser and server agree to the last item. Nothing here touches the page.
const HIDDEN = 1, HELD_OUT = 2, RBO_P = 0.9, MAX_FACETS = 3, MAX_TITLES = 3, ROUNDING = 5e-3;

// The buffer of board_data.py: a header, and its arrays by name.
function unpack(bytes) {
  const own = bytes.slice(); // on a boundary of its own, as typed arrays need it
  const length = new DataView(own.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(own.subarray(4, 4 + length)));
  let at = 4 + length;
  for (const [name, kind, count] of header.arrays) {
    header[name] = new (kind === "f" ? Float32Array : Int32Array)(own.buffer, at, count);
    at += 4 * count;
  }
  return header;
}

// What is shown of items, by row number: of those in the buffer, and of those that an answer brings.
class Catalogue {
  constructor(header) {
    this.facets = header.facets;
    this.items = new Map();
    this.header = header;
    this.place = new Map(Array.from(header.rows, (row, place) => [row, place]));
  }

  add(rows, items) {
    rows.forEach((row, i) => this.items.set(row, this.#item(items, i)));
  }

  of(row) {
    if (!this.items.has(row)) this.items.set(row, this.#item(this.header.items, this.place.get(row)));
    return this.items.get(row);
  }

  #item(items, i) {
    return { id: items.id[i], title: items.title[i], year: items.year[i], popularity: items.popularity[i],
      facets: items.facets[i].map((facet) => this.facets[facet]) };
  }
}

class Ranking {
  constructor(header) {
    this.header = header;
    this.knobs = new Map(header.knobs.map((knob) => [knob.key, knob]));
    this.effects = header.neurons.map((_, i) => header[`effect${i}`]);
    this.sums = new Float64Array(header.rows.length);
  }

  // By how much a knob at a value changes each of its neurons: [place among the neurons, change].
  changesOf(knob, value) {
    if (!knob.concept) return [[knob.at[0], value - this.header.neurons[knob.at[0]].value]];
    return knob.at.map((at, i) => {
      const start = this.header.neurons[at].value, push = knob.push[i];
      if (value >= knob.own) return [at, (value - knob.own) * push];
      if (value >= 0) return [at, start * (value / knob.own - 1)];
      return [at, value * push - start];
    });
  }

  // values: Map from a knob's key to its value, in the order of the edits. Ascending by neuron, without zeros.
  changes(values) {
    const found = new Map(), entries = [...values].filter(([key]) => this.knobs.has(key)).map(([key, value]) => [this.knobs.get(key), value]);
    for (const [knob, value] of entries) if (!knob.concept) for (const [at, change] of this.changesOf(knob, value)) found.set(at, change);
    for (const [knob, value] of entries) if (knob.concept) for (const [at, change] of this.changesOf(knob, value)) found.set(at, (found.get(at) ?? 0) + change);
    return [...found].filter(([, change]) => change).sort((a, b) => a[0] - b[0]);
  }

  // Of all items in the buffer; the array is used again by the next call.
  scores(changes) {
    const sums = this.sums;
    sums.set(this.header.base);
    for (const [at, change] of changes) {
      const effect = this.effects[at];
      for (let i = 0; i < sums.length; i++) sums[i] += change * effect[i];
    }
    return sums;
  }

  // Places of the n best items that are not hidden, best first, equal ones by row number.
  best(scores, n) {
    const { flags } = this.header, places = [];
    let least = -Infinity;
    for (let i = 0; i < scores.length; i++) {
      if (places.length === n && !(scores[i] > least) || flags[i] & HIDDEN) continue;
      let at = places.length;
      while (at && scores[places[at - 1]] < scores[i]) at--;
      places.splice(at, 0, i);
      if (places.length > n) places.pop();
      if (places.length === n) least = scores[places[n - 1]];
    }
    return places;
  }

  // The rank (from 1) of a place among all items that are not hidden.
  rank(scores, place) {
    const { flags } = this.header, score = scores[place];
    let above = 1;
    for (let i = 0; i < scores.length; i++)
      if (!(flags[i] & HIDDEN) && (scores[i] > score || scores[i] === score && i < place)) above++;
    return above;
  }

  // The list for some values, as `Board` shows it.
  list(values) {
    const { header } = this, changes = this.changes(values), scores = this.scores(changes);
    const places = this.best(scores, header.length), listed = new Set(places);
    const turned = [...values].filter(([key]) => this.knobs.has(key)).map(([key, value]) => [key, this.changesOf(this.knobs.get(key), value)]);
    const entries = places.map((place) => ({
      row: header.rows[place], score: scores[place], base: header.base[place], was: header.ranks[place],
      heldOut: Boolean(header.flags[place] & HELD_OUT),
      parts: turned.map(([key, its]) => [key, its.reduce((sum, [at, change]) => sum + change * this.effects[at][place], 0)]),
    }));
    const gone = header.before.filter((place) => !listed.has(place)).map((place) => ({
      row: header.rows[place], hidden: Boolean(header.flags[place] & HIDDEN),
      rank: header.complete && !(header.flags[place] & HIDDEN) ? this.rank(scores, place) : null,
    }));
    return { entries, gone, changes };
  }
}

// What a list is beside the recommender's own: see explanation.py.
function explain(header, catalogue, entries, changes) {
  const old = header.before.map((place) => header.rows[place]), now = entries.map((entry) => entry.row);
  const kept = new Set(now), before = old.map((row) => catalogue.of(row)), after = now.map((row) => catalogue.of(row));
  const facets = countFacets(before, after), gone = old.filter((row) => !kept.has(row));
  const hits = (places) => places.filter((place) => header.flags[place] & HELD_OUT).length;
  const same = old.length === now.length && old.every((row, i) => row === now[i]);
  return {
    facets, gone,
    sentence: sentence(facets, gone.map((row) => catalogue.of(row).title), same, now.length, header.nouns),
    popularity: [mean(before, "popularity"), mean(after, "popularity")],
    year: [mean(before, "year"), mean(after, "year")],
    kept: old.length - gone.length, length: old.length,
    agreement: rbo(old, now),
    heldOut: header.held_out, heldOutBefore: hits(header.before), heldOutAfter: entries.filter((entry) => entry.heldOut).length,
    warnings: warnings(header, changes),
  };
}

function countFacets(before, after) {
  const counts = new Map();
  [before, after].forEach((items, side) => items.forEach((item) => item.facets.forEach((name) => {
    if (!counts.has(name)) counts.set(name, [0, 0]);
    counts.get(name)[side]++;
  })));
  return [...counts].map(([name, [first, then]]) => ({ name, before: first, after: then }))
    .sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after) || b.after - a.after || order(a.name, b.name));
}

function sentence(facets, gone, same, length, nouns) {
  if (!length) return `There is no ${nouns.item} left to recommend.`;
  if (!gone.length) return `The same ${length === 1 ? "1 " + nouns.item : `${length} ${nouns.items}`}, in ${same ? "the same" : "another"} order.`;
  const shown = facets.filter((one) => one.before !== one.after)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || b.after - a.after || order(a.name, b.name))
    .slice(0, MAX_FACETS).map((one) => `${one.name} ${one.before} → ${one.after}`);
  if (shown.length) shown[0] += ` of ${length}`;
  let out = gone.slice(0, MAX_TITLES).join(", ");
  if (gone.length > MAX_TITLES) out += ` and ${gone.length - MAX_TITLES} more`;
  return [...(shown.length ? [shown.join(", ")] : []), `out: ${out}.`].join("; ");
}

function warnings(header, changes) {
  return changes.flatMap(([at, change]) => {
    const { label, activation, unit } = header.neurons[at];
    const value = Math.fround(activation + Math.fround(change * unit)) / unit; // single precision, as on the server
    if (value > 1 + ROUNDING) return [`${label} is at ${value.toFixed(2)}; the strongest user of the data is at 1.`];
    if (value < -ROUNDING) return [`${label} is at −${(-value).toFixed(2)}; no user of the data is below 0, which is off.`];
    return [];
  });
}

// Rank-biased overlap to the depth of the longer list, 1 for equal lists (fidelity/agreement.py); NaN for two empty ones.
function rbo(a, b) {
  const n = Math.max(a.length, b.length), inA = new Set(), inB = new Set();
  let shared = 0, total = 0, weights = 0;
  for (let d = 0; d < n; d++) {
    if (d < a.length) { inA.add(a[d]); if (inB.has(a[d])) shared++; }
    if (d < b.length) { inB.add(b[d]); if (inA.has(b[d])) shared++; }
    total += shared / (d + 1) * RBO_P ** d;
    weights += RBO_P ** d;
  }
  return total / weights;
}

// By code points, as Python sorts texts.
function order(a, b) {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i].codePointAt(0) - y[i].codePointAt(0);
  return x.length - y.length;
}

function mean(items, name) {
  const known = items.map((item) => item[name]).filter((value) => value !== null);
  return known.length ? known.reduce((a, b) => a + b, 0) / known.length : NaN;
}
