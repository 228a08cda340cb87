// What reviewers said of one neuron side by side, and what they agree on (see agreement_view.py).
const AGREED = [["real", "Real"], ["partly", "Partly"], ["not", "Not"]];
const SAID = { real: "real", partly: "partly", not: "not", skip: "skipped" };

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".desk");
  if (!root || !data) return;
  root.view ??= { number: 0, answered: 0 };
  const view = root.view, { answer } = data;
  const owner = `${data.run} ${data.reviewer}`;
  if (view.owner !== owner) Object.assign(view, { owner, drafts: new Drafts(data.run, `resolution of ${data.reviewer}`) });
  root.dataset.theme = data.theme;
  const key = JSON.stringify([data.run, data.neuron, data.reviewer, data.resolution, data.reviews]);
  let fault = "", theirs = null;
  if (answer && answer.number === view.number && answer.number !== view.answered) {
    view.answered = answer.number;
    if (answer.stored) view.drafts.drop(answer.neuron, view.sentAt);
    fault = answer.fault ?? answer.sentence ?? "";
    theirs = answer.conflict ?? null;
  } else if (view.key === key) return;
  view.key = key;
  view.seen = data.resolution?.version ?? 0;
  draw(root, view, data, setTriggerValue, fault, theirs);
  if (answer?.stored && answer.number === view.answered) root.querySelector(".live").textContent = `Neuron ${answer.neuron}: stored.`;
}

function draw(root, view, data, send, fault, theirs) {
  const focused = root.getRootNode().activeElement?.dataset?.field;
  root.replaceChildren();
  add(root, "div", "live unseen", { role: "status", "aria-live": "polite" });
  const title = add(root, "h2", "", { dir: "auto" }, `Neuron ${data.neuron} · ${data.label}`);
  title.style.whiteSpace = "normal";
  if (fault) {
    const box = add(root, "div", "fault", { role: "alert" });
    add(box, "span", "", {}, theirs ? `${fault} They wrote: ${SAID[theirs.verdict] ?? "taken back"}${theirs.name ? ` “${theirs.name}”` : ""}${theirs.note ? ` – ${theirs.note}` : ""}. What you typed is still below.` : `${fault} What you typed is still below.`);
  }
  const sides = add(root, "div", "people");
  for (const said of data.reviews) {
    const side = add(sides, "section", `side ${said.verdict}`);
    add(side, "h3", "", { dir: "auto" }, said.reviewer);
    add(side, "p", "said", {}, said.verdict ? SAID[said.verdict] : "–");
    if (said.name) add(side, "p", "called", { dir: "auto" }, `“${said.name}”`);
    if (said.note) add(side, "p", "remark", { dir: "auto" }, said.note);
    const more = [said.confidence ? data.words.confidence[said.confidence - 1] : "", said.blind ? "blind" : "", ...said.tags].filter(Boolean);
    if (more.length) add(side, "p", "note", { dir: "auto" }, more.join(" · "));
  }
  const items = add(root, "p", "note", { dir: "auto" }, `Strongest ${data.words.items}: ${data.strongest.join(" · ")}`);
  items.style.margin = "0.6rem 0";
  if (!data.reviewer) return add(root, "p", "", {}, "Say who you are, above, to write down what was agreed on.");

  const { resolution } = data, draft = view.drafts.of(data.neuron);
  const form = { verdict: resolution?.verdict ?? null, name: resolution?.name ?? "", note: resolution?.note ?? "", ...(draft ?? {}) };
  const box = add(root, "form", "resolve");
  add(box, "h3", "", {}, resolution?.verdict ? `Agreed on: ${SAID[resolution.verdict]} (written down by ${resolution.reviewer})` : "What do you agree on?");
  const choices = add(box, "fieldset", "agreed", {});
  add(choices, "legend", "unseen", {}, "Verdict");
  for (const [verdict, label] of AGREED) {
    const one = add(choices, "label", verdict);
    const radio = add(one, "input", "", { type: "radio", name: "agreed", value: verdict, required: true, "data-field": verdict });
    radio.checked = form.verdict === verdict;
    add(one, "span", "", {}, label);
  }
  const field = (name, label, tag, attributes) => {
    const one = add(box, "label", "field");
    add(one, "span", "", {}, label);
    const made = add(one, tag, "", { ...attributes, "data-field": name });
    made.value = form[name];
    return made;
  };
  const name = field("name", "Name", "input", { type: "text", maxlength: 200, list: "names", autocomplete: "off" });
  const names = add(box, "datalist", "", { id: "names" });
  for (const said of data.reviews) if (said.name) add(names, "option", "", { value: said.name });
  const note = field("note", "Note", "textarea", { maxlength: 10000, rows: 2 });
  const read = () => ({ verdict: box.querySelector("input[type=radio]:checked")?.value ?? null, name: name.value, note: note.value });
  box.addEventListener("input", () => view.drafts.keep(data.neuron, read()));
  const say = (said) => {
    view.sentAt = Date.now();
    view.number = Date.now();
    send("said", { ...said, number: view.number, neuron: data.neuron, since: view.seen });
  };
  const buttons = add(box, "div", "buttons");
  add(buttons, "button", "way answer", { type: "submit" }, "Store what we agree on");
  if (resolution?.verdict) add(buttons, "button", "way", { type: "button" }, "Take it back").addEventListener("click", () => say({ verdict: null, name: "", note: "" }));
  box.addEventListener("submit", (event) => { event.preventDefault(); say(read()); });
  if (focused) root.querySelector(`[data-field="${focused}"]`)?.focus({ preventScroll: true });
}
