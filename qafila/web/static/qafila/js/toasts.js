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
  for (const button of within.querySelectorAll("[data-copy]")) button.hidden = false;
}
readyCopies(document);
document.addEventListener("htmx:load", (event) => readyCopies(event.target));

// A page over plain http has no clipboard, and a browser may refuse it: then the text is marked, to be copied by hand.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
function sayRefused(button) {
  const text = button.parentElement.querySelector("code");
  if (text) getSelection().selectAllChildren(text);
  if (place.querySelector("[data-copy-toast]")) return;
  const toast = document.querySelector("template[data-copy-refused]").content.cloneNode(true).firstElementChild;
  place.append(toast);
  settle(toast);
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  if (!await copied(button.dataset.copy)) { sayRefused(button); return; }
  const use = button.querySelector("use");
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, "#check"));
  setTimeout(() => use.setAttribute("href", before), 1500);
});
