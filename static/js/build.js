// The form for a network: a table from a file is put where a pasted one goes, and read (without script, pasting does
// the same); and what the form makes is asked for again whenever the form was changed as a whole.

const UTF_8 = "utf-8";
const OF_SPREADSHEETS = "gb18030";

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
  const label = document.querySelector("[data-reads]");
  document.getElementById(label.dataset.reads).value = await textOf(file);
  document.getElementById("read-table").click();
}

function offer() {
  document.querySelector("[data-reads]")?.removeAttribute("hidden");
}

offer();
document.addEventListener("htmx:after:swap", ({ detail }) => {
  offer();
  // An answer about the form as it was may still be on its way: asking again takes its place.
  const form = detail.ctx?.target;
  if (form?.id === "network-form") document.getElementById(form.id).dispatchEvent(new Event("change"));
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
