// The explanation of a number lies below the picture: while it is out of sight, the controls lead there.

const MARGIN = 40;

export function watchPanel() {
  const workspace = document.getElementById("workspace");
  const seen = new IntersectionObserver(([entry]) => {
    workspace.classList.toggle("panel-below", !entry.isIntersecting && entry.boundingClientRect.top > 0);
  }, { rootMargin: `0px 0px -${document.getElementById("dock").offsetHeight + MARGIN}px` });
  seen.observe(document.getElementById("panel"));
}
