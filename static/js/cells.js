// A number on a card leads to itself, not just to its node: links cannot be nested, so its index is added here.

export function watchCells() {
  document.addEventListener("click", (event) => {
    const card = event.target.closest?.("[data-index]")?.closest("a.node[hx-get]");
    if (!card || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { index } = event.target.closest("[data-index]").dataset;
    const address = card.getAttribute("hx-get");
    htmx.ajax("GET", `${address}${address.includes("?") ? "&" : "?"}index=${index}`, { source: card, target: "#workspace", swap: "none" });
  }, { capture: true });
}
