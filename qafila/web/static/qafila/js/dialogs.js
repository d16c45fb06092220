// Dialogs, the menu of a phone, drop-downs, confirmation by typing. Without this file links to #ids open them.
const opener = new WeakMap();

export function openDialog(dialog, from) {
  if (!dialog || dialog.open) return;
  opener.set(dialog, from || document.activeElement);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-dialog]");
  if (open) {
    event.preventDefault();
    openDialog(document.getElementById(open.dataset.dialog), open);
    return;
  }
  const close = event.target.closest("[data-dialog-close]");
  const dialog = event.target.closest("dialog");
  if (close && dialog) {
    event.preventDefault();
    if (dialog.open) dialog.close();
    else location.hash = "";
  } else if (dialog && event.target === dialog) {
    // On the shade around it; a click inside has another target.
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.x && event.clientX <= box.x + box.width && event.clientY >= box.y && event.clientY <= box.y + box.height;
    if (!inside) dialog.close();
  }
});

document.addEventListener("close", (event) => {
  // One that the address opened would be shown again by the address.
  if (event.target.id && location.hash === `#${event.target.id}`) location.replace("#");
  const from = opener.get(event.target);
  if (from && from.isConnected) from.focus();
}, true);

// A page that asks at once names the dialog in its address: that opens it without this file; with it, it holds the focus.
const asked = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
if (asked && asked.matches("dialog")) openDialog(asked);
// A folded part that a link leads to is unfolded.
if (asked && asked.matches("details.q-fold")) { asked.open = true; asked.scrollIntoView(); }

// A number that has to be typed keeps the button closed until it is right.
document.addEventListener("input", (event) => checkTyped(event.target));
function checkTyped(field) {
  if (!field.matches || !field.matches("[data-must-equal]")) return;
  const typed = field.value.replace(/[\s,.\u00a0\u066c']/g, "").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (d) => String(d.codePointAt(0) & 15));
  const button = field.form.querySelector("button[type=submit]");
  button.disabled = typed !== field.dataset.mustEqual;
}
export function checkAllTyped(within) {
  for (const field of within.querySelectorAll("[data-must-equal]")) checkTyped(field);
}
checkAllTyped(document);

// The menu.
const side = document.getElementById("navigation");
let sideOpener = null;
function openSide(from) {
  sideOpener = from;
  side.classList.add("is-open");
  side.querySelector("a, button, select")?.focus();
}
function closeSide() {
  if (location.hash === "#navigation") history.replaceState(null, "", location.pathname + location.search);
  side.classList.remove("is-open");
  sideOpener?.focus();
  sideOpener = null;
}
if (side) {
  document.addEventListener("click", (event) => {
    const open = event.target.closest("[data-side-open]");
    if (open) { event.preventDefault(); openSide(open); }
    if (event.target.closest("[data-side-close]")) { event.preventDefault(); closeSide(); }
  });
  side.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !side.classList.contains("is-open")) return;
    const stops = [...side.querySelectorAll("a, button, select")].filter((one) => one.offsetParent);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement === edge) { event.preventDefault(); (event.shiftKey ? stops.at(-1) : stops[0]).focus(); }
  });
}

// Drop-downs: one at a time, closed by Esc and by a click elsewhere.
const drops = () => document.querySelectorAll("details[data-drop][open], details.q-me[open]");
document.addEventListener("click", (event) => {
  for (const drop of drops()) if (!drop.contains(event.target)) drop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (side?.classList.contains("is-open")) { closeSide(); return; }
  for (const drop of drops()) { drop.open = false; drop.querySelector("summary").focus(); }
});
