// The picture of the graph: zoomed by its size, moved by scrolling, so that fingers, wheels and keys work as anywhere.

const SMALLEST = 0.15;
const LARGEST = 3;
const LEGIBLE = 0.75;
const COMFORTABLE = 0.9;
const STEP = 1.25;

let zoom = null;
let seen = null;

export function watchCanvas() {
  open();
  document.querySelector("#rows .visited")?.scrollIntoView({ block: "nearest" });
  document.addEventListener("htmx:after:swap", () => {
    const svg = document.getElementById("graph");
    if (svg && !svg.dataset.open) open();
    else follow(true);
  });
  document.getElementById("zoom-in")?.addEventListener("click", () => zoomBy(STEP));
  document.getElementById("zoom-out")?.addEventListener("click", () => zoomBy(1 / STEP));
  document.getElementById("zoom-fit")?.addEventListener("click", () => { setZoom(fitting(), null); });
}

function parts() {
  const canvas = document.getElementById("canvas");
  const svg = document.getElementById("graph");
  return canvas && svg ? { canvas, svg, box: svg.viewBox.baseVal } : null;
}

function open() {
  const found = parts();
  if (!found) return;
  found.svg.dataset.open = "true";
  document.querySelector(".zoom")?.removeAttribute("hidden");
  if (zoom === null) {
    const fit = fitting();
    zoom = fit >= LEGIBLE ? Math.min(fit, 1.1) : COMFORTABLE;
  }
  setZoom(zoom, null);
  follow(false);
  found.canvas.addEventListener("wheel", onWheel, { passive: false });
  found.canvas.addEventListener("pointerdown", onPointerDown);
  found.canvas.addEventListener("keydown", onKey);
}

function fitting() {
  const { canvas, box } = parts();
  return Math.max(SMALLEST, Math.min(canvas.clientWidth / box.width, canvas.clientHeight / box.height, LARGEST));
}

function zoomBy(factor, point = null) {
  setZoom(zoom * factor, point);
}

// Zooms so that the point of the picture under `point` (of the window; the middle if null) stays where it is.
function setZoom(wanted, point) {
  const found = parts();
  if (!found) return;
  const { canvas, svg, box } = found;
  const frame = canvas.getBoundingClientRect();
  const before = svg.getBoundingClientRect();
  const at = point ?? { x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 };
  const share = { x: (at.x - before.left) / before.width, y: (at.y - before.top) / before.height };
  zoom = Math.max(SMALLEST, Math.min(LARGEST, wanted));
  svg.setAttribute("width", box.width * zoom);
  svg.setAttribute("height", box.height * zoom);
  const after = svg.getBoundingClientRect();
  canvas.scrollLeft += after.left + share.x * after.width - at.x;
  canvas.scrollTop += after.top + share.y * after.height - at.y;
}

function onWheel(event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
}

// Dragging with a mouse scrolls; fingers scroll by themselves.
function onPointerDown(event) {
  if (event.pointerType !== "mouse" || event.button !== 0) return;
  const { canvas } = parts();
  const start = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop };
  let isDragged = false;
  const move = (moved) => {
    const dx = moved.clientX - start.x;
    const dy = moved.clientY - start.y;
    if (!isDragged && Math.hypot(dx, dy) < 4) return;
    isDragged = true;
    canvas.classList.add("dragging");
    canvas.scrollLeft = start.left - dx;
    canvas.scrollTop = start.top - dy;
  };
  const end = () => {
    window.removeEventListener("pointermove", move);
    canvas.classList.remove("dragging");
    if (isDragged) {
      const stop = (clicked) => { clicked.preventDefault(); clicked.stopPropagation(); };
      canvas.addEventListener("click", stop, { capture: true, once: true });
      setTimeout(() => canvas.removeEventListener("click", stop, { capture: true }));
    }
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end, { once: true });
  canvas.addEventListener("dragstart", (dragged) => dragged.preventDefault(), { once: true });
}

function onKey(event) {
  if (!event.shiftKey || !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const { canvas } = parts();
  const far = { ArrowLeft: [-80, 0], ArrowRight: [80, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] }[event.key];
  canvas.scrollBy(far[0], far[1]);
}

// Brings the node that was just visited or chosen into sight, if it is not; on a new page the chosen one.
function follow(isSmooth) {
  document.querySelector("#rows .visited")?.scrollIntoView({ block: "nearest" });
  const found = parts();
  if (!found) return;
  const isFirst = seen === null;
  const before = seen ?? {};
  seen = { visited: placeOf("visited"), selected: placeOf("selected") };
  const names = isFirst ? ["selected", "visited"] : ["visited", "selected"];
  const name = names.find((one) => seen[one] && seen[one] !== before[one]);
  if (!name) return;
  const node = document.getElementById(name);
  const frame = found.canvas.getBoundingClientRect();
  const place = node.getBoundingClientRect();
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const dx = outside(place.left, place.right, frame.left, frame.right);
  const dy = outside(place.top, place.bottom, frame.top, frame.bottom);
  const isNear = Math.abs(dx) < 2 * frame.width;
  if (dx || dy) found.canvas.scrollBy({ left: dx, top: dy, behavior: isSmooth && isNear && !isCalm ? "smooth" : "instant" });
}

function placeOf(id) {
  return document.getElementById(id)?.getAttribute("transform") ?? null;
}

// How far to scroll along one axis so that [low, high] comes to the middle; 0 where it is in sight already.
function outside(low, high, from, to) {
  const margin = 12;
  if (low >= from + margin && high <= to - margin) return 0;
  return (low + high) / 2 - (from + to) / 2;
}
