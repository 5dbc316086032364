// The net of circles: what is looked at, or was just visited, comes into sight where the net is wider than the window.

const MARGIN = 8;
let hasEntered = false;
// The number that was chosen when a map was entered: other answers may come in before the one with the new number.
let before = null;

export function watchNet() {
  follow(false);
  document.addEventListener("click", (event) => {
    hasEntered = Boolean(event.target.closest(".maps a"));
    before = chosen()?.dataset.number;
  });
  document.addEventListener("htmx:after:swap", () => follow(true));
}

function follow(isSmooth) {
  for (const strip of document.querySelectorAll(".net-scroll, .maps")) bringAcross(strip, isSmooth);
  // Who enters a map goes to the unit: the net may stand below what is in sight.
  const unit = hasEntered && chosen();
  if (!unit || unit.dataset.number === before) return;
  hasEntered = false;
  unit.scrollIntoView({ block: "center", inline: "nearest", behavior: calm(isSmooth) });
}

function chosen() {
  return document.querySelector(".neurons .chosen");
}

function bringAcross(strip, isSmooth) {
  if (strip.scrollWidth <= strip.clientWidth) return;
  const marked = ["chosen", "heat-chosen", "visited"].map((name) => strip.getElementsByClassName(name)).find((found) => found.length);
  if (!marked) return;
  const frame = strip.getBoundingClientRect();
  const boxes = [...marked].map((element) => element.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  if (left >= frame.left + MARGIN && right <= frame.right - MARGIN) return;
  strip.scrollBy({ left: (left + right) / 2 - (frame.left + frame.right) / 2, behavior: calm(isSmooth) });
}

function calm(isSmooth) {
  return isSmooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant";
}
