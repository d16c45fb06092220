// Links and forms without leaving the page; menus, copying, and the keys of the writing line.
import { dressEffects } from "/page/static/dress.js";
import { refresh } from "/page/static/live.js";

const SHOWN_FOR = 6000;
const TYPING_REST = 250;
let typing = 0;

function notify(words, isGood) {
  const notices = document.getElementById("notices");
  const line = document.createElement("p");
  line.textContent = words;
  line.classList.toggle("good", isGood);
  notices.replaceChildren(line);
  setTimeout(() => line.remove(), isGood ? SHOWN_FOR / 3 : SHOWN_FOR);
}

function go(address, isSmall) {
  const before = new URLSearchParams(location.search);
  if (isSmall) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  const after = new URLSearchParams(location.search);
  if (before.get("person") !== after.get("person")) document.getElementById("part-chat").scrollTop = 0;
  document.body.dataset.top = after.get("top") ?? document.body.dataset.top;
  closeMenus();
  return refresh({ whole: true });
}

function search(form, isSmall) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of new FormData(form)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  query.delete("page");
  return go(`/?${query}`, isSmall);
}

async function send(form, button) {
  const body = new FormData(form, button);
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((one) => (one.disabled = true));
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { accept: "application/json" } });
    const data = await answer.json();
    if (!answer.ok) {
      notify(data.error.message, false);
      return;
    }
    if (form.closest(".compose") || form.classList.contains("reset")) clear(form);
    closeMenus();
    const to = new URL(data.go, location.href);
    if (to.search !== location.search) await go(data.go, false);
    else await refresh({ still: true });
  } catch {
    notify("The sandbox does not answer.", false);
  } finally {
    buttons.forEach((one) => (one.disabled = false));
  }
}

function clear(form) {
  form.reset();
  const write = form.querySelector("[data-write]");
  if (write) {
    grow(write);
    write.focus();
  }
  if (form.querySelector("[data-effects]")) dressEffects(form);
}

function closeMenus(but) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (menu !== but) menu.open = false;
}

function grow(write) {
  write.style.height = "auto";
  write.style.height = `${Math.min(write.scrollHeight, 130)}px`;
}

async function copy(button) {
  const from = button.dataset.copyFrom;
  const words = from ? document.querySelector(from).textContent : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(words);
    notify("Copied.", true);
  } catch {
    notify("The browser does not allow copying here: mark the text and copy it by hand.", false);
  }
}

function clicked(event) {
  const target = event.target;
  const link = target.closest("a[data-go]") ?? (target.closest("a, button") ? null : target.closest("tr[data-row]")?.querySelector("a[data-go]"));
  const copied = target.closest("[data-copy], [data-copy-from]");
  if (copied) copy(copied);
  if (!target.closest("details[data-menu]")) closeMenus();
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || String(getSelection())) return;
  event.preventDefault();
  go(link.getAttribute("href"), false);
}

function submitted(event) {
  const form = event.target;
  event.preventDefault();
  if (form.getAttribute("method") === "post") send(form, event.submitter);
  else search(form, false);
}

function pressed(event) {
  if (event.key === "Escape") closeMenus();
  const write = event.target.closest?.("[data-write]");
  if (write && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    write.form.requestSubmit();
  }
}

function typed(event) {
  const write = event.target.closest("[data-write]");
  if (write) grow(write);
  const form = event.target.closest("form[data-quick]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => search(form, true), TYPING_REST);
}

export function listen() {
  document.addEventListener("click", clicked);
  document.addEventListener("submit", submitted);
  document.addEventListener("keydown", pressed);
  document.addEventListener("input", typed);
  document.addEventListener("change", (event) => event.target.matches("[data-effects]") && dressEffects(event.target.form));
  document.addEventListener("toggle", (event) => event.target.matches?.("details[data-menu][open]") && closeMenus(event.target), true);
}
