// Shortcuts are bound to physical keys (event.code): they work on Arabic, Hebrew and Russian layouts. Never while typing.
import { openDialog } from "./dialogs.js";

const palette = document.getElementById("palette");
const shortcuts = document.getElementById("shortcuts");

function isTyping(target) {
  return target.isContentEditable || target.closest("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit])");
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.repeat) return;
  const command = event.ctrlKey || event.metaKey;
  if (palette && command && !event.altKey && !event.shiftKey && event.code === "KeyK") {
    event.preventDefault();
    palette.open ? palette.close() : openPalette();
    return;
  }
  if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
  if (!command && !event.altKey && event.code === "Slash") {
    event.preventDefault();
    if (event.shiftKey) openDialog(shortcuts);
    else (document.getElementById("q-search") || document.getElementById("list-search"))?.focus();
    return;
  }
  if (event.altKey && !command && !event.shiftKey && /^Digit[1-9]$/.test(event.code)) {
    // The key that the list of shortcuts names, whichever parts stand between.
    const part = document.querySelector(`.q-nav-link[data-shortcut="${event.code.slice(5)}"]`);
    if (part) { event.preventDefault(); part.click(); }
    return;
  }
  if (!command && !event.altKey && !event.shiftKey) {
    // Pages name keys of their own: data-key="KeyN".
    const own = document.querySelector(`[data-key="${CSS.escape(event.code)}"]`);
    if (own) { event.preventDefault(); own.click(); }
  }
});

// The palette: pages at once, things by the search of the server.
const field = document.getElementById("palette_q");
const list = document.getElementById("palette_list");
const pages = list ? [...list.children] : [];
let chosen = 0;
let asked = 0;
let timer = 0;

function openPalette() {
  openDialog(palette);
  field.value = "";
  narrow();
  field.focus();
}
function shown() {
  return [...list.children].filter((item) => !item.hidden);
}
function choose(index) {
  const items = shown();
  chosen = items.length ? (index + items.length) % items.length : 0;
  for (const item of list.children) item.setAttribute("aria-selected", "false");
  const item = items[chosen];
  if (!item) { field.removeAttribute("aria-activedescendant"); return; }
  item.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}
function narrow() {
  const words = field.value.trim().toLocaleLowerCase();
  for (const item of pages) item.hidden = !item.dataset.words.toLocaleLowerCase().includes(words);
  for (const item of list.querySelectorAll("[data-found]")) item.remove();
  choose(0);
  clearTimeout(timer);
  if (words.length >= 2) timer = setTimeout(() => find(field.value.trim()), 180);
}
async function find(words) {
  const mine = ++asked;
  let answer;
  try {
    const response = await fetch(`/search?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    answer = await response.json();
  } catch { return; }
  if (mine !== asked || !palette.open) return;
  for (const item of list.querySelectorAll("[data-found]")) item.remove();
  answer.found.forEach((one, index) => {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.id = `palette_found_${index}`;
    item.dataset.found = "";
    item.dataset.url = one.url;
    const title = document.createElement("span");
    title.dir = one.ltr ? "ltr" : "auto";
    title.textContent = one.title;
    const kind = document.createElement("small");
    kind.textContent = one.kind;
    item.append(title, kind);
    list.append(item);
  });
  choose(chosen);
}
if (palette) {
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      const item = shown()[chosen];
      if (item) { event.preventDefault(); location.href = item.dataset.url; }
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[data-url]");
    if (item) location.href = item.dataset.url;
  });
}
