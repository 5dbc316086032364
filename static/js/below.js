// On a phone the explanation of a number lies below the picture: the controls lead there while it is out of sight.

export function watchPanel() {
  const workspace = document.getElementById("workspace");
  const seen = new IntersectionObserver(([entry]) => {
    workspace.classList.toggle("panel-below", !entry.isIntersecting && entry.boundingClientRect.top > 0);
  }, { rootMargin: "0px 0px -240px" });
  seen.observe(document.getElementById("panel"));
}
