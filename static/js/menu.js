// The session's menu: copying its address, asking before it is deleted, remembering whether shortcuts are on.

export function setUpMenu() {
  setUpCopy();
  setUpShortcuts();
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset?.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("pointerdown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });
}

function setUpCopy() {
  const button = document.getElementById("copy");
  const field = document.getElementById("address");
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  });
}

function setUpShortcuts() {
  const box = document.getElementById("shortcuts");
  if (!box) return;
  // A browser may forbid storing anything; then the choice holds for this page.
  try {
    box.checked = localStorage.getItem("shortcuts") !== "off";
    box.addEventListener("change", () => localStorage.setItem("shortcuts", box.checked ? "on" : "off"));
  } catch {
    box.checked = true;
  }
}
