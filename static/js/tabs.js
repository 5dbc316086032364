// Another view is a page of its own: it is opened where the reader was, the tabs under the same finger.

const KEY = "chainrule-tab";

export function keepPlaceOverTabs() {
  showCurrent();
  const left = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  sessionStorage.removeItem(KEY);
  // Measured from the tabs: what stands above them is taller until its fonts are there. From further down, where the
  // view cannot be seen, to the view.
  if (left?.address === location.href) window.scrollBy({ top: topOfTabs() - Math.max(left.top, 0), behavior: "instant" });
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("#views a");
    if (tab) sessionStorage.setItem(KEY, JSON.stringify({ address: tab.href, top: topOfTabs() }));
  });
}

// Where not all tabs fit side by side, the one that is open is among those in sight.
function showCurrent() {
  const tabs = document.getElementById("views");
  const open = tabs.querySelector("[aria-current]");
  if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2;
}

function topOfTabs() {
  return document.getElementById("views").getBoundingClientRect().top;
}
