// A curve over the iterations is the timeline: pointing reads it, a click or Enter goes to that iteration.
//
// <svg data-curve="0,1023"        the iterations at its left and its right edge; where the plot is narrower than the
//   data-edges="0.1,0.97"         svg, where those edges are, as shares of its width
//   data-label="Iteration"        what is read out before the number, and behind it, by iteration:
//   data-lines='[{"name": "training", "at": [0, 8], "says": ["0.7", "0.5"]}]'>
// Inside it, a <line class="pointer"> follows; in the same figure, a [data-reading] says what is pointed at.

const AHEAD = { ArrowRight: 1, ArrowLeft: -1, PageUp: 0.1, PageDown: -0.1 };
let pointed = null;

export function watchCurves() {
  document.addEventListener("pointermove", (event) => point(curveAt(event), event.clientX));
  document.addEventListener("pointerdown", (event) => point(curveAt(event), event.clientX));
  document.addEventListener("click", (event) => {
    const curve = curveAt(event);
    if (!curve || event.button || !iterations(curve)) return;
    point(curve, event.clientX);
    go(curve);
  });
  document.addEventListener("focusout", (event) => { if (pointed?.curve === event.target) leave(); });
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("htmx:after:swap", repaint);
}

function curveAt(event) {
  return event.target.closest?.("svg[data-curve]") ?? null;
}

// The first and the last iteration; null where there is none to go to.
function iterations(curve) {
  const [first, last] = curve.dataset.curve.split(",").map(Number);
  return last >= first ? { first, last } : null;
}

function edges(curve) {
  const [left, right] = (curve.dataset.edges ?? "0,1").split(",").map(Number);
  return { left, right };
}

function point(curve, x) {
  if (!curve) { if (pointed && document.activeElement !== pointed.curve) leave(); return; }
  const range = iterations(curve);
  if (!range) return;
  const box = curve.getBoundingClientRect();
  const { left, right } = edges(curve);
  const share = ((x - box.left) / box.width - left) / (right - left);
  show(curve, Math.round(range.first + Math.max(0, Math.min(1, share)) * (range.last - range.first)));
}

function show(curve, iteration) {
  if (pointed && pointed.curve !== curve) leave();
  pointed = { curve, iteration };
  paint();
}

function paint() {
  const { curve, iteration } = pointed;
  const { first, last } = iterations(curve);
  const { left, right } = edges(curve);
  const share = left + (right - left) * (last > first ? (iteration - first) / (last - first) : 0.5);
  const line = curve.querySelector(".pointer");
  line?.setAttribute("x1", `${share * 100}%`);
  line?.setAttribute("x2", `${share * 100}%`);
  line?.setAttribute("visibility", "visible");
  const text = said(curve, iteration);
  if (curve.getAttribute("role") === "slider") {
    curve.setAttribute("aria-valuenow", iteration);
    curve.setAttribute("aria-valuetext", text);
  }
  const reading = curve.closest("figure")?.querySelector("[data-reading]");
  if (reading) reading.textContent = text;
}

function leave() {
  pointed.curve.querySelector(".pointer")?.setAttribute("visibility", "hidden");
  const reading = pointed.curve.closest("figure")?.querySelector("[data-reading]");
  if (reading) reading.textContent = reading.dataset.reading;
  pointed = null;
}

function repaint() {
  if (!pointed) return;
  const range = pointed.curve.isConnected && iterations(pointed.curve);
  if (!range) { pointed = null; return; }
  pointed.iteration = Math.max(range.first, Math.min(range.last, pointed.iteration));
  paint();
}

// "Iteration 120 · training 0.3": of each line the point that was known by then.
function said(curve, iteration) {
  const lines = JSON.parse(curve.dataset.lines ?? "[]");
  const parts = lines.map(({ name, at, says }) => {
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[middle] <= iteration) low = middle + 1;
      else high = middle;
    }
    return low ? `${name} ${says[low - 1]}` : null;
  });
  return [`${curve.dataset.label ?? ""} ${iteration}`.trim(), ...parts.filter(Boolean)].join(" · ");
}

function onKey(event) {
  const curve = event.target.closest?.("svg[data-curve]");
  const range = curve && iterations(curve);
  if (!range || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = pointed?.curve === curve ? pointed.iteration : Number(curve.getAttribute("aria-valuenow") ?? range.last);
  if (event.key === "Enter") { event.preventDefault(); show(curve, at); go(curve); return; }
  let wanted = { Home: range.first, End: range.last }[event.key];
  if (event.key in AHEAD) {
    const step = AHEAD[event.key];
    const size = Math.max(1, Math.round((range.last - range.first) * (Math.abs(step) < 1 ? 0.1 : event.shiftKey ? 0.02 : 0)));
    wanted = at + Math.sign(step) * size;
  }
  if (wanted === undefined) return;
  event.preventDefault();
  show(curve, Math.max(range.first, Math.min(range.last, wanted)));
}

// To the gradients of an iteration, where its loss is the one shown. What the forms of the bar say of the page goes along; while a run goes on, it has others.
function go(curve) {
  const dock = document.getElementById("dock");
  const values = Object.fromEntries(new FormData(dock.querySelector("form")));
  values.iteration = String(pointed.iteration);
  values.position = dock.dataset.landing;
  htmx.ajax("POST", dock.dataset.move, { source: curve, target: "#workspace", swap: "none", values });
}
