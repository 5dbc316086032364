// Saves a view as an SVG or PNG file: a copy of its elements with the page's own rules and fonts, as they are just now.

const SCALE = 2;
const MARGIN = 16;
const FACE = /@font-face\s*\{[^}]*\}/g;
const ADDRESS = /url\("?([^")]+)"?\)/;
const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
// What scrolls on the page stands there in full in the picture.
const WHOLE = `
svg.picture .picture-shell { display: contents !important; }
svg.picture * { animation: none !important; transition: none !important; }
svg.picture :is(.canvas, .table-view, [class*="-scroll"], .banks, .matrix-of) { height: auto !important; max-height: none !important; overflow: visible !important; }
svg.picture :is(button, .save-picture, .go-to, .reading, .unseen, .script-only, .run-both) { display: none !important; }`;

document.querySelectorAll(".save-picture").forEach((tools) => { tools.hidden = false; });
document.addEventListener("click", (event) => {
  const button = event.target.closest(".save-picture [data-format]");
  if (button) save(button);
});

async function save(button) {
  const { format } = button.dataset;
  const view = chosen(button.closest(".save-picture").dataset.picture);
  if (!view) return;
  button.disabled = true;
  try {
    const picture = await drawn(view);
    const blob = format === "svg" ? new Blob([picture.text], { type: "image/svg+xml" }) : await painted(picture);
    keep(blob, `chainrule-${nameOf(view)}.${format}`);
  } finally {
    button.disabled = false;
  }
}

// The first of several selectors that there is.
function chosen(selectors) {
  return selectors.split(",").map((one) => document.querySelector(one.trim())).find(Boolean);
}

function nameOf(view) {
  return (view.closest(".stage")?.dataset.view || view.id || "view").replace(/[^\w-]/g, "");
}

// A file of its own: the view inside of its ancestors, which show nothing but pass on what they say.
async function drawn(view) {
  const box = sizeOf(view);
  const root = document.createElementNS(SVG, "svg");
  root.setAttribute("class", `picture ${document.documentElement.className}`.trim());
  root.setAttribute("lang", document.documentElement.lang);
  root.setAttribute("width", box.width + 2 * MARGIN);
  root.setAttribute("height", box.height + 2 * MARGIN);
  root.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${box.width + 2 * MARGIN} ${box.height + 2 * MARGIN}`);
  const body = getComputedStyle(document.body);
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim() || body.backgroundColor;
  const texts = await sheets();
  const rules = document.createElementNS(SVG, "style");
  rules.textContent = `${await fontFaces(texts)}\n${rulesNow(texts)}\n${WHOLE}\nsvg.picture { background: ${ground}; color: ${body.color}; color-scheme: ${isDark() ? "dark" : "light"}; }
svg.picture .picture-body { font-family: ${body.fontFamily}; font-size: ${body.fontSize}; font-weight: ${body.fontWeight}; line-height: ${body.lineHeight}; font-feature-settings: ${body.fontFeatureSettings}; font-variant-numeric: ${body.fontVariantNumeric}; color: ${body.color}; }
svg.picture .picture-view { width: ${box.width}px; height: auto; max-height: none; margin: 0; border: 0; }`;
  const back = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: -MARGIN, y: -MARGIN, width: "100%", height: "100%", fill: ground })) {
    back.setAttribute(name, value);
  }
  const frame = document.createElementNS(SVG, "foreignObject");
  frame.setAttribute("width", box.width);
  frame.setAttribute("height", box.height);
  frame.append(nested(view, box, body));
  root.append(rules, back, frame);
  return { text: new XMLSerializer().serializeToString(root), width: box.width + 2 * MARGIN, height: box.height + 2 * MARGIN };
}

// How large the view is with all that is scrolled away.
function sizeOf(view) {
  const inner = view.matches("svg") ? null : view.querySelector(".canvas, .table-view");
  const box = view.getBoundingClientRect();
  const hidden = inner ? Math.max(inner.scrollHeight - inner.clientHeight, 0) : 0;
  if (view.matches("svg.graph")) return { width: view.viewBox.baseVal.width, height: view.viewBox.baseVal.height };
  const wide = [...view.querySelectorAll(".canvas, .table-view, .banks, .matrix-of")].map((one) => one.scrollWidth - one.clientWidth);
  return { width: Math.ceil(box.width + Math.max(0, ...wide)), height: Math.ceil(Math.max(box.height, view.scrollHeight || 0) + hidden) };
}

function nested(view, box, body) {
  let made = view.cloneNode(true);
  made.querySelectorAll("script, [hidden]").forEach((one) => one.remove());
  if (view.matches("svg.graph")) {
    made.setAttribute("width", box.width);
    made.setAttribute("height", box.height);
    made.querySelectorAll("#viewport").forEach((one) => one.removeAttribute("transform"));
  } else {
    made.classList.add("picture-view");
  }
  for (let outer = view.parentElement; outer && outer !== document.documentElement; outer = outer.parentElement) {
    // A style attribute would be refused by the page's policy; the shells' rules are in the file's own style sheet.
    const shell = outer === document.body ? document.createElementNS(XHTML, "div") : outer.cloneNode(false);
    shell.classList.add("picture-shell");
    if (outer === document.body) shell.classList.add("picture-body");
    shell.append(made);
    made = shell;
  }
  // Their colons would be namespaces in XML.
  for (const one of [made, ...made.querySelectorAll("*")]) {
    for (const name of one.getAttributeNames()) if (name.startsWith("hx-")) one.removeAttribute(name);
  }
  return made;
}

const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

// The page's rules as they are written; those for other widths, themes or pointers than just now never apply.
// (What the browser makes of them would not do: it forgets a `font` whose family is a variable.)
function rulesNow(texts) {
  return texts
    .map(({ text }) => text.replace(FACE, "").replace(/@media\s+([^{]+)\{/g, (_, when) => (matchMedia(when).matches ? "@media all {" : "@media not all {")))
    .join("\n");
}

async function sheets() {
  const links = [...document.styleSheets].filter((sheet) => sheet.href);
  return Promise.all(links.map(async ({ href }) => ({ href, text: await (await fetch(href)).text() })));
}

// The fonts in use, inside of the file.
async function fontFaces(texts) {
  await document.fonts.ready;
  const used = new Set([...document.fonts].filter((font) => font.status === "loaded").map(faceKey));
  const found = [];
  for (const { href, text } of texts) {
    for (const [rule] of text.matchAll(FACE)) {
      const said = (name, usual) => rule.match(new RegExp(`${name}:\\s*([^;]+);`))?.[1].trim() || usual;
      if (!used.has(faceKey({ family: said("font-family", ""), weight: said("font-weight", "400"), style: said("font-style", "normal") }))) continue;
      const data = await asData(new URL(rule.match(ADDRESS)[1], href));
      found.push(rule.replace(ADDRESS, `url("${data}")`));
    }
  }
  return found.join("\n");
}

function faceKey({ family, weight, style }) {
  return [family.replace(/["']/g, ""), String(weight).replace("normal", "400"), style].join("|");
}

async function asData(address) {
  const blob = await (await fetch(address)).blob();
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });
}

async function painted({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function keep(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
