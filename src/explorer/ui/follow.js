// Links to a page of the dashboard, `<a data-inside href="Items?item=7">`, in tables and in st.html: a plain click
// changes the page inside the session, as Back and Forward do, with one step of history. Everything else that a link
// can do (copy, middle click, open in a new tab) is left to the browser.
export default function () {
  if (window.explorerFollows) return;
  window.explorerFollows = true;
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
    if (!link || !link.hasAttribute("data-inside") || link.origin !== location.origin) return;
    event.preventDefault();
    if (link.href === location.href) return;
    history.pushState(null, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  });
}
