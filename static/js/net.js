// The net of circles: what is looked at, or was just visited, comes into sight where the net is wider than the window.

export function watchNet() {
  follow(false);
  document.addEventListener("htmx:after:swap", () => follow(true));
}

function follow(isSmooth) {
  const scroll = document.querySelector(".net-scroll");
  if (!scroll || scroll.scrollWidth <= scroll.clientWidth) return;
  const found = [...scroll.querySelectorAll(".chosen")];
  const marked = found.length ? found : [...scroll.querySelectorAll(".visited")];
  if (!marked.length) return;
  const frame = scroll.getBoundingClientRect();
  const boxes = marked.map((element) => element.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  if (left >= frame.left + 8 && right <= frame.right - 8) return;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroll.scrollBy({ left: (left + right) / 2 - (frame.left + frame.right) / 2, behavior: isSmooth && !isCalm ? "smooth" : "instant" });
}
