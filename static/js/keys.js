// Keyboard: an element with data-key is clicked, or focused if it is a field, when its key is pressed.

const TYPING = "input, textarea, select, [contenteditable], .matrix-scroll, .formula-scroll";

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.matches("input, textarea, select")) event.target.blur();
    if (event.target.closest(TYPING) || isSwitchedOff()) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) return;
    const element = document.querySelector(`[data-key="${CSS.escape(event.key.length === 1 ? event.key.toLowerCase() : event.key)}"]`);
    if (!element || element.disabled) return;
    event.preventDefault();
    // A key held down goes on as fast as the answers come, and stops when it is let go.
    if (event.repeat && document.querySelector("#dock .htmx-request")) return;
    if (!element.matches("input")) element.click();
    else { element.focus(); element.select(); }
  });
}

function isSwitchedOff() {
  const box = document.getElementById("shortcuts");
  return box && !box.checked;
}
