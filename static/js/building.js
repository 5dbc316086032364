// The form for a network: a table from a file is put where a pasted one goes, and read (without script, pasting does
// the same); what the form makes is asked for again whenever the form was changed as a whole; and what is too large to
// be sent is said here, before it is sent.

const UTF_8 = "utf-8";
const OF_SPREADSHEETS = "gb18030";
// What is sent around each field's text.
const AROUND_FIELD = 120;
const RESULT = "network-result";
const REFUSAL = "network-refusal";

async function textOf(file) {
  const bytes = await file.arrayBuffer();
  const mark = new Uint8Array(bytes.slice(0, 2));
  if (mark[0] === 0xff && mark[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (mark[0] === 0xfe && mark[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder(UTF_8, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(OF_SPREADSHEETS).decode(bytes);
  }
}

async function read(file) {
  if (file.size > most()) {
    sayHowLarge(file.size);
    return;
  }
  const label = document.querySelector("[data-reads]");
  document.getElementById(label.dataset.reads).value = await textOf(file);
  sayHowLarge();
  document.getElementById("read-table").click();
}

function theForm() {
  return document.getElementById("network-form");
}

function most() {
  return Number(theForm().dataset.most);
}

// Line ends are sent as two characters.
function sizeOf(text) {
  return new Blob([text]).size + text.split("\n").length - 1;
}

function sizeOfForm(fields) {
  let size = AROUND_FIELD;
  for (const [name, value] of fields) size += AROUND_FIELD + name.length + (typeof value === "string" ? sizeOf(value) : 0);
  return size;
}

function inWords(bytes) {
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${amount.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
}

function filledIn(template, size) {
  return template.replace("{size}", inWords(size)).replace("{most}", inWords(most()));
}

// Beside the button: how large the table is, or the file that was not taken.
function sayHowLarge(refused = 0) {
  const place = document.getElementById("table-size");
  const text = theForm()?.querySelector(".table-text textarea")?.value ?? "";
  if (!place) return;
  const size = refused || sizeOf(text);
  place.textContent = filledIn(size ? place.dataset.says : place.dataset.limit, size);
  place.classList.toggle("wrong", size > most());
}

// Why nothing came of what was asked by hand stands apart from what the form makes: an answer about the form, which may
// still be on its way, must not take its place.
function say(sentence, place) {
  const notice = document.createElement("p");
  notice.className = "result-wrong";
  notice.textContent = sentence;
  document.getElementById(place).replaceChildren(notice);
}

function placeOf(ctx) {
  return ctx.target?.id === theForm().id ? REFUSAL : RESULT;
}

// Keeps back what the server would refuse, and says why.
function holdIfTooLarge(event, fields, place) {
  const size = sizeOfForm(fields);
  if (size <= most()) return;
  event.preventDefault();
  say(filledIn(theForm().dataset.tooLarge, size), place);
  sayHowLarge();
}

function offer() {
  document.querySelector("[data-reads]")?.removeAttribute("hidden");
  sayHowLarge();
}

offer();
document.addEventListener("htmx:after:swap", ({ detail }) => {
  offer();
  // An answer about the form as it was may still be on its way: asking again takes its place.
  const form = detail.ctx?.target;
  if (form?.id === "network-form") document.getElementById(form.id).dispatchEvent(new Event("change"));
});
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.request.body instanceof FormData) holdIfTooLarge(event, ctx.request.body, placeOf(ctx));
});
document.addEventListener("submit", (event) => {
  if (event.target === theForm()) holdIfTooLarge(event, new FormData(event.target, event.submitter), REFUSAL);
});
// A refusal of ours says where it goes; another one, of a server in between, is a page of its own.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 400 || ctx.response.headers.has("hx-retarget")) return;
  event.preventDefault();
  say(theForm().dataset.unreachable, placeOf(ctx));
});
document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.ctx && detail.error?.name !== "AbortError") say(theForm().dataset.unreachable, placeOf(detail.ctx));
});
document.addEventListener("input", (event) => {
  document.getElementById(REFUSAL).replaceChildren();
  if (event.target.closest?.(".table-text")) sayHowLarge();
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.id !== "table-file") return;
  event.stopPropagation();
  const [file] = target.files;
  target.value = "";
  if (file) read(file);
}, { capture: true });
document.addEventListener("dragover", (event) => {
  if (event.target.closest?.(".table-text")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const [file] = event.target.closest?.(".table-text") ? event.dataTransfer.files : [];
  if (!file) return;
  event.preventDefault();
  read(file);
});
