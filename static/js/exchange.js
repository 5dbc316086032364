// What htmx exchanges: forms go out with the version the page has by then, the address follows, focus stays.

import { showUnreachable } from "./unreachable.js";

const FRESH = ["version", "at_iteration", "at_position"];
const CHOSEN = ["selected", "selected_index"];
const BY_HAND = ["click", "submit"];
let focused = null;
let isChoice = false;
// The node whose panel held the link that is being followed.
let left = null;
// What the link of a tour's note leads to on this page.
let goal = "";

export function watchExchanges() {
  document.addEventListener("htmx:config:request", (event) => outlive(event.detail.ctx));
  document.addEventListener("htmx:before:request", (event) => {
    const { request, asked } = event.detail.ctx;
    isChoice = request.method === "GET" && asked.tagName.toLowerCase() === "a";
    left = isChoice && asked.closest("#panel") ? shownNode() : null;
    goal = isChoice && asked.closest(".tour-note") ? asked.hash : "";
    const drawn = document.getElementById("drawn");
    if (!(request.body instanceof URLSearchParams)) {
      if (drawn) request.action = request.action.replace(/([?&]drawn=)[^&#]*/, `$1${encodeURIComponent(drawn.value)}`);
      return;
    }
    // A form may have waited in the queue for another one's answer, which changed the version.
    for (const name of FRESH) {
      const field = document.querySelector(`#dock [name="${name}"]`);
      if (field && request.body.has(name)) request.body.set(name, field.value);
    }
    // The form of the optimizer stays while other numbers are chosen.
    if (request.body.has("version")) {
      for (const name of CHOSEN) {
        const field = document.querySelector(`#dock [name="${name}"]`);
        if (field) request.body.set(name, field.value);
        else request.body.delete(name);
      }
    }
    if (drawn) request.body.set("drawn", drawn.value);
  });
  document.addEventListener("htmx:before:swap", () => {
    focused = document.activeElement?.id || null;
  });
  document.addEventListener("htmx:after:swap", () => {
    keepAddress();
    if (goal) document.querySelector(goal)?.scrollIntoView({ block: "start" });
    else if (left !== null && shownNode() !== left) arrive();
    else keepFocus();
  });
  document.addEventListener("htmx:error", showUnreachable);
  window.addEventListener("popstate", goBack);
}

// What was clicked may be gone by the time its turn comes. It counts nevertheless, and its answer is for the page. Whatever
// is gone keeps its place in the queue: out of it, it would leave those behind it there until something else is clicked.
function outlive(ctx) {
  const asked = ctx.sourceElement;
  ctx.asked = asked;
  if (BY_HAND.includes(ctx.sourceEvent?.type)) ctx.target = document.getElementById("workspace");
  Object.defineProperty(ctx, "sourceElement", {
    get: () => (asked.isConnected ? asked : document.getElementById("kept")),
  });
}

function keepAddress() {
  const address = document.getElementById("dock")?.dataset.address;
  if (!address || address === location.pathname + location.search) return;
  // From one number to the next is a way that can be gone back; a step of the run is not.
  if (isChoice) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

function shownNode() {
  return document.getElementById("panel-name")?.textContent;
}

// Who follows a link from one number to another reads on from the top of the panel, also with the keyboard.
function arrive() {
  left = null;
  const name = document.getElementById("panel-name");
  const hidden = document.getElementById("dock").getBoundingClientRect();
  name.focus({ preventScroll: true });
  if (name.getBoundingClientRect().top < (hidden.top <= 0 ? hidden.bottom : 0)) name.scrollIntoView({ block: "start" });
}

function goBack() {
  const address = new URL(location.href);
  address.searchParams.set("drawn", document.getElementById("drawn")?.value ?? "");
  isChoice = false;
  htmx.ajax("GET", address.pathname + address.search, { swap: "none" });
}

// A button that was just pressed may be disabled now, as "Back" at the start: the focus goes to the next one.
function keepFocus() {
  if (!focused || document.activeElement !== document.body) return;
  const element = document.getElementById(focused);
  if (element && !element.disabled) element.focus({ preventScroll: true });
  else document.getElementById("next")?.focus({ preventScroll: true });
}
