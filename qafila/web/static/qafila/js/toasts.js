// Toasts go by themselves, warnings and faults stay; the undo bar counts down. Copy buttons.
const place = document.querySelector("[data-toasts]");
const STAY = 6000;

function settle(toast) {
  const close = toast.querySelector("[data-toast-close]");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  if (["success", "info", "debug"].includes(toast.dataset.toast)) {
    let timer = setTimeout(() => toast.remove(), STAY);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("focusin", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), STAY); });
  }
}
for (const toast of place?.querySelectorAll("[data-toast]") || []) settle(toast);

const bar = document.querySelector("[data-undo]");
if (bar) {
  const until = Date.now() + Number(bar.querySelector("progress").max) * 1000;
  const progress = bar.querySelector("progress");
  const tick = setInterval(() => {
    const left = (until - Date.now()) / 1000;
    progress.value = Math.max(0, left);
    if (left <= 0) { clearInterval(tick); bar.remove(); }
  }, 100);
}

function readyCopies(within) {
  for (const button of within.querySelectorAll("[data-copy]")) if (navigator.clipboard) button.hidden = false;
}
readyCopies(document);
document.addEventListener("htmx:load", (event) => readyCopies(event.target));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const use = button.querySelector("use");
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, "#check"));
  setTimeout(() => use.setAttribute("href", before), 1500);
});
