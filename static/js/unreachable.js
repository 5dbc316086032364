// No answer came: nobody knows whether what was asked has been done.

export function showUnreachable(event) {
  const error = event.detail.error;
  const place = document.getElementById("message");
  if (!place || error?.name === "AbortError" || !event.detail.ctx) return;
  const notice = document.createElement("p");
  notice.className = "notice alarm";
  notice.textContent = document.querySelector("[data-unreachable]").dataset.unreachable;
  place.replaceChildren(notice);
}
