// What a reviewer has typed and not yet stored, kept in this browser by run, reviewer and neuron. Each load of the page
// writes under a key of its own, so that two tabs cannot overwrite each other; the latest one is shown again.
class Drafts {
  constructor(run, reviewer) {
    this.start = `explorer.draft:${run}:${reviewer.toLowerCase()}:`;
    this.tab = (globalThis[Symbol.for("explorer.tab")] ??= `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`);
    this.memory = new Map(); // where the browser stores nothing
  }

  // The latest draft of a neuron; null if there is none.
  of(neuron) {
    return this.#all(`${this.start}${neuron}:`).sort((a, b) => b.at - a.at)[0] ?? null;
  }

  // Those with a verdict that was never confirmed, in the order in which they were given.
  unconfirmed() {
    return this.#all(this.start).filter((draft) => draft.message).sort((a, b) => a.at - b.at);
  }

  keep(neuron, draft) {
    const key = `${this.start}${neuron}:${this.tab}`, text = JSON.stringify({ ...draft, neuron, at: Date.now() });
    this.memory.set(key, text);
    try { localStorage.setItem(key, text); this.full = false; } catch { this.full = true; }
  }

  // It is stored, or is not wanted any more. What another tab has typed since stays.
  drop(neuron, until) {
    for (const draft of this.#all(`${this.start}${neuron}:`)) {
      if (draft.at > until && !draft.key.endsWith(this.tab)) continue;
      this.memory.delete(draft.key);
      try { localStorage.removeItem(draft.key); } catch { /* it was only in memory */ }
    }
  }

  #all(start) {
    const found = new Map([...this.memory].filter(([key]) => key.startsWith(start)));
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.startsWith(start)) found.set(key, localStorage.getItem(key));
      }
    } catch { /* no store */ }
    const drafts = [];
    for (const [key, text] of found) {
      try { drafts.push({ ...JSON.parse(text), key }); } catch { /* not ours */ }
    }
    return drafts;
  }
}
