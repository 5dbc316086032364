// Saves a view as an SVG or PNG file: a copy of its elements with the page's own rules and fonts, as they are just now.

const SCALE = 2;
const MARGIN = 16;
const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
// What scrolls on the page stands there in full in the picture.
const WHOLE = `
svg.picture * { animation: none !important; transition: none !important; }
svg.picture :is(.canvas, .table-view, [class*="-scroll"], .banks, .matrix-of) { height: auto !important; max-height: none !important; overflow: visible !important; }
svg.picture :is(button, .save-picture, .go-to, .reading, .unseen, .script-only) { display: none !important; }`;

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
  return (view.closest(".stage")?.classList[1] || view.id || "view").replace(/[^\w-]/g, "");
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
  const rules = document.createElementNS(SVG, "style");
  rules.textContent = `${await fontFaces()}\n${rulesNow()}\n${WHOLE}\nsvg.picture { background: ${ground}; color: ${body.color}; color-scheme: ${isDark() ? "dark" : "light"}; }`;
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
    made.querySelectorAll("#viewport").forEach((one) => { one.removeAttribute("transform"); one.removeAttribute("style"); });
  } else {
    made.setAttribute("style", `width: ${box.width}px; margin: 0; border: 0; height: auto; max-height: none;`);
  }
  for (let outer = view.parentElement; outer && outer !== document.documentElement; outer = outer.parentElement) {
    const shell = outer === document.body ? document.createElementNS(XHTML, "div") : outer.cloneNode(false);
    const inherited = outer === document.body ? `font: ${body.font}; font-feature-settings: ${body.fontFeatureSettings}; font-variant-numeric: ${body.fontVariantNumeric}; color: ${body.color};` : "";
    shell.setAttribute("style", `display: contents; ${inherited}`);
    shell.append(made);
    made = shell;
  }
  return made;
}

const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

// The page's rules; those for other widths, themes or pointers than these are left out, so the picture stays as it is.
function rulesNow() {
  const lines = [];
  const read = (rules) => {
    for (const rule of rules) {
      if (rule instanceof CSSFontFaceRule) continue;
      if (rule instanceof CSSMediaRule) {
        if (matchMedia(rule.conditionText).matches) read(rule.cssRules);
      } else lines.push(rule.cssText);
    }
  };
  for (const sheet of document.styleSheets) read(sheet.cssRules);
  return lines.join("\n");
}

// The fonts in use, inside of the file.
async function fontFaces() {
  const used = new Set([...document.fonts].filter((font) => font.status === "loaded").map(faceKey));
  const found = [];
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSFontFaceRule)) continue;
      const style = rule.style;
      if (!used.has(faceKey({ family: style.fontFamily, weight: style.fontWeight || "normal", style: style.fontStyle || "normal" }))) continue;
      const address = style.src.match(/url\("?([^")]+)"?\)/)?.[1];
      const data = address && await asData(new URL(address, sheet.href));
      if (data) found.push(rule.cssText.replace(/url\("?[^")]+"?\)/, `url("${data}")`));
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
