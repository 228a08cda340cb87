// A user's lists beside each other. Every text and number is made by the server (level_lists.py); here they are placed,
// one item is followed through all lists under the mouse, and the chosen concept is marked where it brought something.
const made = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

const linkTo = (href, text, title) => {
  const link = made("a", "", text);
  link.href = href;
  link.toggleAttribute("data-inside", true);
  if (title) link.title = title;
  return link;
};

function itemOf(item) {
  const row = made("li", item.new ? "item new" : "item");
  row.dataset.row = item.row;
  if (item.concept) row.dataset.neuron = item.concept.neuron;
  const title = made("span", "title");
  title.append(linkTo(item.href, item.title));
  if (item.move) title.append(" ", made("span", "move", item.move));
  const other = made("span", item.in ? "other in" : "other", item.other);
  other.title = item.otherTitle;
  row.append(made("span", "rank", item.rank), title, other);
  if (item.about || item.concept) {
    const about = made("span", "about");
    if (item.new) about.append(made("b", "", "+ "));
    about.append(item.about);
    if (item.concept) about.append(linkTo(item.concept.href, item.concept.name, item.concept.title));
    row.append(about);
  }
  return row;
}

function columnOf(column, place, open) {
  const section = made("section", open ? "column open" : "column");
  section.id = `list-${place}`;
  section.setAttribute("aria-label", column.title);
  const head = made("h4", "", column.title);
  const small = made("small", "", column.size);
  small.title = column.sizeTitle;
  head.append(small);
  const body = made("div");
  const list = made("ol");
  list.append(...column.items.map(itemOf));
  body.append(list);
  if (column.lost.length) {
    const details = made("details");
    const lost = made("ul");
    lost.append(...column.lost.map(itemOf));
    details.append(made("summary", "", column.lostTitle), lost);
    body.append(details);
  }
  section.append(head, made("p", "", column.sentence), body);
  return section;
}

function tabsOf(root, columns, open, choose) {
  const tabs = made("div", "tabs");
  tabs.setAttribute("role", "tablist");
  tabs.setAttribute("aria-label", "Which list");
  columns.forEach((column, place) => {
    const tab = made("button", "", column.title);
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(place === open));
    tab.setAttribute("aria-controls", `list-${place}`);
    tab.tabIndex = place === open ? 0 : -1;
    tab.onclick = () => choose(place);
    tabs.append(tab);
  });
  tabs.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose((root.open + step + columns.length) % columns.length, true);
  };
  return tabs;
}

function follow(root) {
  root.onpointerover = (event) => {
    const row = event.target.closest(".item")?.dataset.row;
    for (const item of root.querySelectorAll(".item")) item.classList.toggle("same", item.dataset.row === row);
  };
  root.onpointerleave = () => root.querySelectorAll(".same").forEach((item) => item.classList.remove("same"));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".lists");
  const text = JSON.stringify(data.columns);
  root.dataset.theme = data.theme;
  const mark = (neuron) => {
    for (const item of root.querySelectorAll(".item"))
      item.classList.toggle("chosen", item.dataset.neuron === String(neuron));
  };
  if (root.drawn !== text) {
    root.drawn = text;
    if (root.columns !== data.columns.length) root.open = data.columns.length - 1;
    root.columns = data.columns.length;
    const choose = (place, focus) => {
      root.open = place;
      root.querySelectorAll(".column").forEach((one, at) => one.classList.toggle("open", at === place));
      root.querySelectorAll("[role=tab]").forEach((tab, at) => {
        tab.setAttribute("aria-selected", String(at === place));
        tab.tabIndex = at === place ? 0 : -1;
        if (focus && at === place) tab.focus();
      });
    };
    const scroll = made("div", "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", data.label);
    const columns = made("div", "columns");
    columns.append(...data.columns.map((column, place) => columnOf(column, place, place === root.open)));
    scroll.append(columns);
    root.replaceChildren(tabsOf(root, data.columns, root.open, choose), scroll);
    follow(root);
  }
  mark(chosenNeuron(data.link));
  root.stop?.();
  root.stop = whenChosen(data.link.run, mark);
}
