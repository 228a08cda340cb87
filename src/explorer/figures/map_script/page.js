// The map as one page of HTML with this very script in it: what the page needs, and how it begins (map_page.py makes the
// same from the command line).
function inBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** All that a page needs to show what is on screen. */
function pageData(view) {
  const { picture, words, camera, legend } = view, { colours } = picture;
  const { title, caption, kind, nouns, palette, width, chosen, edges, labels, selection, other } = picture;
  return {
    title, caption, kind, nouns, palette, width, chosen, edges, labels, selection, other,
    points: inBase64(picture.points), colours: { ...colours, bytes: inBase64(colours.bytes) },
    words: { names: words?.names ?? [], about: words?.about ?? [], strongest: { [chosen]: words?.strongest?.[chosen] ?? [] } },
    hidden: [...legend.hidden], seen: camera.seen(),
  };
}

/** template: the page with `__TITLE__` and `__DATA__` in it. */
function savedHtml(view, template) {
  const data = JSON.stringify(pageData(view)).replaceAll("<", "\\u003c");
  const page = template.replace("__DATA__", () => data).replace("__TITLE__", () => xml(view.picture.title));
  return new Blob([page], { type: "text/html" });
}

/** Of a saved page: show what is in it. */
function openPage(root, data) {
  const style = getComputedStyle(root);
  const view = (root.view = new MapView(root, { font: style.fontFamily, primary: style.getPropertyValue("--st-primary-color").trim(), save: false }));
  view.legend.hidden = new Set(data.hidden);
  view.show({ ...data, points: fromBase64(data.points), colours: { ...data.colours, bytes: fromBase64(data.colours.bytes) } });
  if (data.seen) view.camera.see(data.seen);
}
