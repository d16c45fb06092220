// Lists: the three steps of choosing rows, rows that are links, live rows that never move under the pointer.
import { announce } from "./announcing.js";
import { openDialog, checkAllTyped } from "./dialogs.js";

const list = document.querySelector("[data-list]");
const number = new Intl.NumberFormat(document.documentElement.lang === "ru" ? "ru" : "en");

function ticks() { return [...list.querySelectorAll("[data-tick]")]; }

function redraw() {
  const bar = list.querySelector("[data-bulk]");
  if (!bar) return;
  const all = ticks();
  const ticked = all.filter((one) => one.checked);
  const page = list.querySelector("[data-tick-page]");
  const everything = bar.querySelector("[name=all]");
  const total = Number(list.querySelector("[data-total]").dataset.total);
  const whole = all.length > 0 && ticked.length === all.length;
  if (!whole) everything.checked = false;
  page.checked = whole;
  page.indeterminate = ticked.length > 0 && !whole;
  bar.classList.toggle("is-on", ticked.length > 0);
  bar.querySelector("[data-all]").hidden = !(whole && total > all.length);
  bar.querySelector("[data-bulk-count]").textContent = `${number.format(everything.checked ? total : ticked.length)} / ${number.format(total)}`;
}

if (list) {
  redraw();
  let last = null;
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-page]")) for (const one of ticks()) one.checked = event.target.checked;
    redraw();
  });
  list.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (tick) {
      const all = ticks();
      if (event.shiftKey && last && all.includes(last)) {
        const [from, to] = [all.indexOf(last), all.indexOf(tick)].sort((a, b) => a - b);
        for (const one of all.slice(from, to + 1)) one.checked = tick.checked;
        redraw();
      }
      last = tick;
      return;
    }
    const row = event.target.closest("tr[data-url]");
    if (row && !event.target.closest("a, button, input, label, summary, details") && !String(getSelection())) location.href = row.dataset.url;
  });

  // Another page, order or filter is on its way: bars stand in for the rows, unless it is there at once.
  let waiting = 0;
  function load() {
    clearTimeout(waiting);
    waiting = setTimeout(() => { list.classList.add("is-loading"); list.setAttribute("aria-busy", "true"); }, 150);
  }
  for (const form of document.querySelectorAll("form.q-filters")) form.addEventListener("submit", load);
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".q-tabs a, .q-sort, .q-pages a, .q-active a");
    if (link && !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) load();
  });
  addEventListener("pageshow", () => { clearTimeout(waiting); list.classList.remove("is-loading"); list.removeAttribute("aria-busy"); });

  // A bulk action asks in a dialog; without scripts it asks on a page of its own.
  list.addEventListener("submit", async (event) => {
    const form = event.target;
    // Fields are named "id" and "action" here, and so hide the form's own properties of these names.
    if (form.getAttribute("id") !== "list-form" || event.submitter?.name !== "action") return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const from = event.submitter;
    const response = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" } });
    const elsewhere = response.headers.get("HX-Redirect");
    if (elsewhere) { location.href = elsewhere; return; }
    const dialog = document.getElementById("list-dialog");
    dialog.querySelector("[data-dialog-part]").innerHTML = await response.text();
    checkAllTyped(dialog);
    openDialog(dialog, from);
  });

  // Live: what is on the page is drawn anew in its place; what is new waits behind a pill.
  const topic = list.dataset.liveList;
  if (topic) {
    let busy = false;
    let again = false;
    document.body.addEventListener(`live:${topic}`, refresh);
    async function refresh() {
      if (busy) { again = true; return; }
      busy = true;
      try {
        const response = await fetch(location.href, { headers: { "HX-Request": "true", "HX-Target": "list" } });
        if (response.headers.get("HX-Redirect")) { location.reload(); return; }
        if (response.ok) merge(await response.text());
      } catch { /* the stamp says that the page is old */ }
      busy = false;
      if (again) { again = false; setTimeout(refresh, 500); }
    }
  }
}

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const rows = list.querySelector("[data-rows]");
  const freshRows = fresh.querySelector("[data-rows]");
  if (!rows || !freshRows) {
    if (!rows !== !freshRows) list.replaceChildren(...fresh.body.childNodes);
    return;
  }
  const known = new Map([...rows.children].map((row) => [row.dataset.row, row]));
  let unseen = 0;
  for (const row of freshRows.children) {
    const old = known.get(row.dataset.row);
    if (!old) { unseen += 1; continue; }
    [...row.children].forEach((cell, index) => {
      const there = old.children[index];
      if (there && !there.matches(".q-tick") && there.innerHTML !== cell.innerHTML) there.innerHTML = cell.innerHTML;
    });
  }
  const before = Number(list.querySelector("[data-total]").dataset.total);
  const after = Number(fresh.querySelector("[data-total]").dataset.total);
  const count = Math.max(unseen, after - before);
  const pill = list.querySelector("[data-new]");
  pill.hidden = count <= 0;
  if (count > 0) {
    const text = pill.querySelector("[data-new-text]");
    text.textContent = `${text.dataset.newText} ${number.format(count)}`;
    announce(text.textContent);
    pill.onclick = () => location.reload();
  }
}
