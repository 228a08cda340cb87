// What the reviewer's desk looks like: items on the left, verdict and texts on the right, and below them what the run
// says of a neuron that is judged. Titles and names are data: they are written as text, never as HTML.
const BUTTONS = [
  ["real", "R", "Real", "One concept"], ["partly", "P", "Partly", "One, among others"],
  ["not", "N", "Not", "No common theme"], ["skip", "S", "Skip", "I cannot say"],
];
const KEYS = [
  ["R P N S", "real, partly, not, skip (or 1 2 3 4)"], ["← →", "previous, next neuron"], ["U", "undo the last verdict"],
  ["E", "type your own name for it"], ["O", "type a note"], ["T", "type tags"], ["C", "confidence: 1, 2, 3, none"],
  ["Esc", "leave a field; so does Enter, except in the note"], ["?", "open and close this list"],
];
const WORDS = { real: "real", partly: "partly", not: "not", skip: "skipped" };

function buildDesk(root, desk) {
  const parts = {};
  parts.live = add(root, "div", "unseen", { role: "status", "aria-live": "polite" });
  const top = add(root, "div", "top");
  parts.title = add(top, "h2", "title");
  parts.progress = add(top, "div", "progress", { role: "progressbar", "aria-label": "Reviewed", "aria-valuemin": 0 });
  parts.filled = add(parts.progress, "span");
  parts.left = add(top, "span", "left");
  parts.state = add(top, "span", "state");
  const button = (parent, name, label, act, key = "") => {
    const made = add(parent, "button", name, { type: "button", title: key && `Key ${key}`, "aria-keyshortcuts": key || false }, label);
    made.addEventListener("click", act);
    return made;
  };
  const ways = add(top, "span", "ways");
  parts.back = button(ways, "way", "← Previous", () => desk.step(-1));
  parts.forth = button(ways, "way", "Next →", () => desk.step(1));
  parts.undo = button(ways, "way", "Undo", () => desk.undo(), "U");
  button(ways, "way", "Keys ?", () => desk.help(), "?");

  parts.fault = add(root, "div", "fault", { role: "alert", hidden: true });
  parts.faultText = add(parts.fault, "span");
  button(parts.fault, "way", "Try again", () => desk.again());
  parts.conflicts = add(root, "div", "conflicts");
  parts.done = add(root, "div", "done", { hidden: true });

  parts.stage = add(root, "div", "stage", { tabindex: -1, role: "group" });
  parts.items = add(parts.stage, "div", "items");
  const side = add(parts.stage, "div", "side");
  const verdicts = add(side, "div", "verdicts", { role: "group", "aria-label": "Verdict" });
  parts.verdicts = BUTTONS.map(([verdict, key, label, about]) => {
    const made = button(verdicts, `verdict ${verdict}`, "", () => desk.judge(verdict), key);
    const line = add(made, "span", "name");
    add(line, "kbd", "", { "aria-hidden": "true" }, key);
    add(line, "span", "", {}, label);
    add(made, "span", "about", {}, about);
    return [verdict, made];
  });
  parts.given = add(side, "p", "given note");
  parts.proceed = button(side, "way proceed", "Next neuron (Enter)", () => desk.proceed());
  const form = add(side, "div", "form");
  const field = (name, label, key, tag, attributes) => {
    const box = add(form, "label", "field");
    const text = add(box, "span", "", {}, label);
    add(text, "kbd", "", { "aria-hidden": "true" }, key);
    const made = add(box, tag, "", { ...attributes, "aria-keyshortcuts": key });
    made.addEventListener("input", () => desk.typed(readForm(parts)));
    made.addEventListener("keydown", (event) => {
      if (event.key === "Escape" || event.key === "Enter" && tag === "input" && !event.isComposing) {
        event.preventDefault();
        event.stopPropagation();
        parts.stage.focus({ preventScroll: true });
      }
    });
    return made;
  };
  parts.fields = {
    name: field("name", "Your name for it", "E", "input", { type: "text", placeholder: "what its items have in common", autocomplete: "off" }),
    note: field("note", "Note", "O", "textarea", { rows: 2 }),
    tags: field("tags", "Tags, separated by commas", "T", "input", { type: "text", autocomplete: "off" }),
  };
  const sure = add(form, "fieldset", "sure");
  const legend = add(sure, "legend", "", {}, "How sure are you?");
  add(legend, "kbd", "", { "aria-hidden": "true" }, "C");
  parts.sure = ["guessing", "fairly sure", "sure"].map((label, i) => {
    const box = add(sure, "label");
    const radio = add(box, "input", "", { type: "radio", name: "sure", value: i + 1 });
    add(box, "span", "", {}, label);
    radio.addEventListener("change", () => desk.typed({ confidence: i + 1 }));
    return radio;
  });
  parts.kept = add(form, "p", "note kept");
  parts.told = add(side, "section", "told", { "aria-label": "What the run says" });

  parts.help = add(root, "dialog", "help", { "aria-label": "Keys" });
  add(parts.help, "h3", "", {}, "Keys");
  const list = add(parts.help, "dl");
  for (const [key, meaning] of KEYS) {
    add(add(list, "dt"), "kbd", "", {}, key);
    add(list, "dd", "", {}, meaning);
  }
  button(parts.help, "way", "Close", () => parts.help.close());
  return parts;
}

function fillForm(parts, form) {
  parts.fields.name.value = form.name;
  parts.fields.note.value = form.note;
  parts.fields.tags.value = form.tags.join(", ");
  parts.sure.forEach((radio, i) => { radio.checked = form.confidence === i + 1; });
}

function readForm(parts) {
  const tags = parts.fields.tags.value.split(/[,，、;]/).map((tag) => tag.trim()).filter(Boolean);
  return { name: parts.fields.name.value, note: parts.fields.note.value, tags };
}

function drawDesk(desk) {
  desk.root.dataset.theme = desk.data.theme;
  const { parts, data } = desk, entry = desk.known.get(desk.at), done = desk.at === null;
  const pending = desk.outbox.length;
  const given = data.left - [...desk.mine].filter(([neuron, said]) => said.pending && said.verdict && desk.known.get(neuron)?.open).length;
  const left = Math.max(0, given);
  write(parts.title, entry ? `Neuron ${desk.at}` : done ? "Review" : "…");
  parts.progress.hidden = !data.of;
  parts.progress.setAttribute("aria-valuemax", data.of);
  parts.progress.setAttribute("aria-valuenow", data.of - left);
  parts.filled.style.width = `${100 * (data.of - left) / Math.max(1, data.of)}%`;
  const time = data.each && left ? ` · about ${minutes(left * data.each)} left` : "";
  write(parts.left, data.of ? `${(data.of - left).toLocaleString("en-US")} of ${data.of.toLocaleString("en-US")} reviewed${time}` : "");
  write(parts.state, desk.drafts.full ? "This browser keeps no drafts" : pending && !desk.fault ? "Storing …" : "");
  parts.undo.disabled = !desk.past.length;
  const near = (by) => entry && [...desk.known.values()].some((one) => one.place === entry.place + by);
  parts.back.disabled = !near(-1);
  parts.forth.disabled = !near(1);
  parts.fault.hidden = !desk.fault;
  write(parts.faultText, desk.fault ? `${desk.fault} ${plural(pending, "answer is", "answers are")} kept in this browser and will be sent again.` : "");
  drawConflicts(desk);
  parts.done.hidden = !done;
  parts.stage.hidden = done;
  if (done) drawDone(desk);
  if (!entry) {
    parts.stage.classList.toggle("waiting", !done);
    return;
  }
  parts.stage.classList.toggle("waiting", Boolean(desk.waiting));
  parts.stage.setAttribute("aria-label", `Neuron ${desk.at}, ${entry.place + 1} of ${data.of}`);
  if (desk.drawn !== entry) {
    desk.drawn = entry;
    drawItems(parts.items, entry.material.blind, data.words);
    parts.items.scrollTop = 0;
  }
  const said = desk.said(desk.at), verdict = said?.verdict ?? null;
  for (const [name, button] of parts.verdicts) button.setAttribute("aria-pressed", String(verdict === name));
  const own = !verdict ? "" : `You ${verdict === "skip" ? "skipped it" : `said “${WORDS[verdict]}”`}${said.blind ? " before you saw its name" : ""}.`;
  write(parts.given, said?.inherited && verdict ? `Inherited from the run ${said.inherited}: ${WORDS[verdict]}. Confirm it, or say what is right.` : own);
  parts.given.hidden = !verdict;
  parts.proceed.hidden = !desk.paused;
  const problem = tooLong(desk.form, data.limits);
  write(parts.kept, problem || (desk.restored ? "What you had typed here is back." : ""));
  parts.kept.classList.toggle("problem", Boolean(problem));
  parts.kept.hidden = !parts.kept.textContent;
  const shown = desk.revealed(desk.at) ? desk.at : desk.last;
  drawTold(parts.told, desk, shown);
}

function drawItems(parent, blind, words) {
  parent.replaceChildren();
  const list = (heading, about, items, ordered) => {
    if (!items.length) return;
    const box = add(parent, "section", ordered ? "strongest" : "others");
    add(box, "h3", "", { title: about }, heading);
    const rows = add(box, ordered ? "ol" : "ul");
    for (const { title, year } of items) {
      const row = add(rows, "li");
      add(row, "span", "", { dir: "auto" }, title);
      if (year !== null) add(row, "span", "year", {}, String(year));
    }
  };
  list(`Strongest ${words.items}`, "It fires most on these; the strongest comes first.", blind.strongest, true);
  list("From strong to weak", "At several points of its range.", blind.spread, false);
  list("At random", `Any ${words.items} on which it fires.`, blind.random, false);
  if (!parent.children.length) add(parent, "p", "note", {}, `It fires on no ${words.item} with enough interactions to be ranked; skip it, or say “not”.`);
}

function drawTold(parent, desk, neuron) {
  const entry = desk.known.get(neuron), said = desk.said(neuron);
  const key = entry ? `${neuron} ${said?.verdict} ${desk.at} ${desk.data.number}` : "";
  if (parent.dataset.key === key) return;
  parent.dataset.key = key;
  parent.replaceChildren();
  parent.hidden = !entry && !desk.data.blind;
  if (!entry) {
    add(parent, "p", "note", {}, "Its proposed name and numbers come after your verdict, beside the next neuron.");
    return;
  }
  const { told } = entry.material, { words, tips } = desk.data, here = neuron === desk.at;
  add(parent, "h3", "", {}, here ? "What the run says" : `Neuron ${neuron}, just judged${said?.verdict ? `: ${WORDS[said.verdict]}` : ""}`);
  const name = add(parent, "p", "proposed");
  add(name, "span", "note", { title: tips.name }, told.named ? "Proposed name " : "No name holds; called after examples ");
  add(name, "strong", "", { dir: "auto" }, told.name);
  const mine = said?.name || told.own_name;
  if (mine) {
    const own = add(parent, "p", "proposed");
    add(own, "span", "note", {}, said?.name ? "Your name " : "People call it ");
    add(own, "strong", "", { dir: "auto" }, mine);
  }
  for (const { name, share, base_rate } of told.facets) {
    const row = add(parent, "div", "facet", { title: `${Math.round(share * told.depth)} of its ${told.depth} strongest ${words.items}; the mark: ${percent(base_rate)} of all ranked ${words.items}` });
    add(row, "span", "label", { dir: "auto" }, name);
    const bar = add(row, "span", "bar");
    add(bar, "span", "fill").style.width = `${100 * share}%`;
    add(bar, "span", "mark").style.left = `${100 * base_rate}%`;
    add(row, "span", "value", {}, `${Math.round(share * told.depth)} of ${told.depth}`);
  }
  const facts = add(parent, "dl", "facts");
  const fact = (label, value, tip) => {
    if (value === null) return;
    const box = add(facts, "div", "", { title: tip });
    add(box, "dt", "", {}, label);
    add(box, "dd", "", {}, value);
  };
  fact("Name holds", told.name_holds === null ? null : percent(told.name_holds), tips.holds);
  fact("Held-out purity", told.held_out === null ? null : percent(told.held_out), tips.held_out);
  fact(`Fires on ${words.items}`, percent(told.density_items), tips.density);
  fact("Fires on users", percent(told.density_users), tips.density);
  fact("Popularity", told.popularity === null ? null : `${Math.round(told.popularity)} of 100`, tips.popularity);
  fact("Mean year", told.year === null ? null : String(Math.round(told.year)), tips.year);
  for (const other of entry.others) {
    const line = add(parent, "p", "other");
    add(line, "strong", "", { dir: "auto" }, other.reviewer);
    add(line, "span", "", { dir: "auto" }, `: ${WORDS[other.verdict] ?? "–"}${other.name ? ` “${other.name}”` : ""}${other.note ? ` – ${other.note}` : ""}`);
  }
  add(parent, "a", "card", { href: `${entry.link}`, target: "_blank", rel: "noopener" }, `Card of neuron ${neuron}`);
}

function drawDone(desk) {
  const key = `${desk.data.queue} ${desk.data.of}`;
  if (desk.parts.done.dataset.key === key) return;
  desk.parts.done.dataset.key = key;
  desk.parts.done.replaceChildren();
  add(desk.parts.done, "p", "", {}, desk.data.of ? "Everything in this queue is reviewed." : desk.data.words.empty);
  if (desk.data.of) add(desk.parts.done, "p", "note", {}, "Choose another queue above, or see what people agreed on under Agreement and Results.");
}

function drawConflicts(desk) {
  const { conflicts } = desk.parts, key = [...desk.conflicts].map(([neuron, { theirs }]) => `${neuron} ${theirs.version}`).join();
  if (conflicts.dataset.key === key) return;
  conflicts.dataset.key = key;
  conflicts.replaceChildren();
  for (const [neuron, { theirs, mine, sentence }] of desk.conflicts) {
    const box = add(conflicts, "section", "conflict", { role: "alert", "aria-label": `Neuron ${neuron} was said something else of meanwhile` });
    add(box, "p", "", {}, sentence);
    const sides = add(box, "div", "sides");
    for (const [which, said, label] of [["theirs", theirs, "Keep theirs"], ["mine", mine, "Store mine"]]) {
      const side = add(sides, "div", which);
      add(side, "h3", "", {}, which === "theirs" ? `Stored${theirs.at ? ` at ${new Date(theirs.at).toLocaleTimeString()}` : ""}` : "Yours, not stored");
      const facts = add(side, "dl");
      const verdict = said.kind === "undo" ? "taken back" : WORDS[said.verdict] ?? "none";
      for (const [term, value] of [["Verdict", verdict], ["Name", said.name], ["Note", said.note], ["Tags", (said.tags ?? []).join(", ")]]) {
        if (!value) continue;
        add(facts, "dt", "", {}, term);
        add(facts, "dd", "", { dir: "auto" }, value);
      }
      add(side, "button", "way", { type: "button" }, label).addEventListener("click", () => desk.settle(neuron, which));
    }
  }
}

const minutes = (seconds) => seconds < 90 ? "1 minute" : seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
