// While a run goes on: the server says when there is news, and the page then asks for what it shows, no faster than it
// can draw. A hidden page does not ask; a lost connection is made again by the browser itself.

const PAUSE = 200;
let stream = null;
let isAsking = false;
let isBehind = false;

export function watchRun() {
  follow();
  document.addEventListener("htmx:after:swap", follow);
  document.addEventListener("visibilitychange", () => { if (isBehind) ask(); });
}

function bar() {
  return document.querySelector("#run-bar[data-live]");
}

function follow() {
  const running = bar();
  if (!running || stream) return;
  stream = new EventSource(running.dataset.live);
  stream.addEventListener("run", ask);
  stream.addEventListener("rest", () => {
    stream.close();
    stream = null;
    ask();
  });
}

async function ask() {
  isBehind = true;
  if (isAsking || document.hidden) return;
  const source = bar();
  const dock = document.getElementById("dock");
  if (!source || !dock) return;
  isAsking = true;
  isBehind = false;
  const address = new URL(dock.dataset.address, location.href);
  address.searchParams.set("ahead", "1");
  try {
    await htmx.ajax("GET", address.pathname + address.search, { source, swap: "none" });
  } finally {
    setTimeout(() => {
      isAsking = false;
      if (isBehind) ask();
    }, PAUSE);
  }
}
