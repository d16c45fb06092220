// Lists: the three steps of choosing rows, rows that are links, live rows that never move under the pointer.
import { announce } from "./announcing.js";
import { openDialog, checkAllTyped } from "./dialogs.js";

const list = document.querySelector("[data-list]");
const number = new Intl.NumberFormat(document.documentElement.lang === "ru" ? "ru" : "en");

function ticks() { return [...list.querySelectorAll("[data-tick]:not(:disabled)")]; }

function total() { return Number(list.querySelector("[data-total]").dataset.total); }

function redraw() {
  const bar = list.querySelector("[data-bulk]");
  if (!bar) return;
  const all = ticks();
  const ticked = all.filter((one) => one.checked);
  const page = list.querySelector("[data-tick-page]");
  const everything = bar.querySelector("[name=all]");
  const matching = total();
  const whole = all.length > 0 && ticked.length === all.length;
  if (!whole) everything.checked = false;
  page.checked = whole;
  page.indeterminate = ticked.length > 0 && !whole;
  bar.classList.toggle("is-on", ticked.length > 0);
  bar.querySelector("[data-all]").hidden = !(whole && matching > all.length);
  bar.querySelector("[data-bulk-count]").textContent = `${number.format(everything.checked ? matching : ticked.length)} / ${number.format(matching)}`;
}

// The question of a bulk action, in the dialog; where none came, a sentence, the request's number and a way to ask again.
const PATIENCE = 15000;
let asking = false;
async function ask(form, from) {
  if (asking) return;
  asking = true;
  const dialog = document.getElementById("list-dialog");
  const part = dialog.querySelector("[data-dialog-part]");
  try {
    const response = await fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form, from), headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) });
    const elsewhere = response.headers.get("HX-Redirect");
    if (elsewhere) { location.href = elsewhere; return; }
    if (response.ok) part.innerHTML = await response.text();
    else broken(part, response.headers.get("X-Request-Id") || "", () => ask(form, from));
  } catch {
    broken(part, "", () => ask(form, from));
  } finally { asking = false; }
  checkAllTyped(dialog);
  openDialog(dialog, from);
}

function broken(part, request, again) {
  const fault = document.querySelector("template[data-part-broken]").content.cloneNode(true);
  fault.querySelector("[data-part-number]").hidden = !request;
  fault.querySelector("[data-part-number] code").textContent = request;
  fault.querySelector("[data-part-without]").hidden = Boolean(request);
  fault.querySelector("[data-part-with]").hidden = !request;
  fault.querySelector("[data-part-again]").addEventListener("click", again);
  part.replaceChildren(fault, document.querySelector("template[data-list-close]").content.cloneNode(true));
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
  list.addEventListener("submit", (event) => {
    const form = event.target;
    // Fields are named "id" and "action" here, and so hide the form's own properties of these names.
    if (form.getAttribute("id") !== "list-form" || event.submitter?.name !== "action") return;
    event.preventDefault();
    ask(form, event.submitter);
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
        const shown = [...list.querySelectorAll("[data-row]")].map((row) => row.dataset.row).join(",");
        const response = await fetch(location.href, { headers: { "HX-Request": "true", "HX-Target": "list", "X-List-Rows": shown } });
        if (response.headers.get("HX-Redirect")) { location.reload(); return; }
        if (response.ok) merge(await response.text());
      } catch { /* the stamp says that the page is old */ }
      busy = false;
      if (again) { again = false; setTimeout(refresh, 500); }
    }
  }
}

// The figures in the heading, beside the tabs, at the foot and in "All … that match" are those of the fresh rows.
function figures(fresh, beside) {
  const heading = document.getElementById("list-total");
  const shown = beside.querySelector("[data-total-shown]");
  if (heading && shown && heading.textContent !== shown.textContent) {
    const [before, after] = [heading, shown].map((one) => `(${one.textContent.trim().replace("+", "")})`);
    // The last one: alerts are counted before it, and a name may hold figures of its own.
    const title = document.title;
    const at = title.lastIndexOf(before);
    if (at >= 0) document.title = title.slice(0, at) + after + title.slice(at + before.length);
    heading.innerHTML = shown.innerHTML;
  }
  const pairs = [[document, beside, ".q-tabs a"], [list, fresh, "[data-all] .form-check-label"], [list, fresh, ".q-foot > p"], [list, fresh, ".q-pages > li"]];
  for (const [there, here, which] of pairs) {
    const old = there.querySelectorAll(which);
    here.querySelectorAll(which).forEach((one, index) => {
      if (old[index] && old[index].innerHTML !== one.innerHTML) old[index].innerHTML = one.innerHTML;
    });
  }
}

// A row that left the list stays where it is, so that nothing moves under the pointer; it says so and cannot be chosen.
function mark(row, isGone) {
  if (row.classList.contains("is-gone") === isGone) return;
  row.classList.toggle("is-gone", isGone);
  const tick = row.querySelector("[data-tick]");
  if (tick) { tick.disabled = isGone; if (isGone) tick.checked = false; }
  if (!isGone) { row.querySelector("[data-gone-word]").remove(); return; }
  const word = document.createElement("span");
  word.className = "q-gone";
  word.dataset.goneWord = "";
  word.textContent = row.parentElement.dataset.gone;
  (row.querySelector(".q-first .q-cell") || row.lastElementChild).append(word);
}

let loaded = list?.querySelector("[data-total]") ? total() : 0;

function merge(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const template = fresh.querySelector("template[data-beside]");
  const beside = template?.content || document.createDocumentFragment();
  template?.remove();
  figures(fresh, beside);
  const rows = list.querySelector("[data-rows]");
  const freshRows = fresh.querySelector("[data-rows]");
  if (!rows || !freshRows) {
    if (!rows !== !freshRows) {
      list.replaceChildren(...fresh.body.childNodes);
      loaded = freshRows ? total() : 0;
    }
    return;
  }
  const now = new Map([...freshRows.children, ...beside.querySelectorAll("[data-elsewhere] > tr")].map((row) => [row.dataset.row, row]));
  const known = new Set();
  for (const old of rows.children) {
    const row = now.get(old.dataset.row);
    known.add(old.dataset.row);
    mark(old, !row);
    if (!row) continue;
    [...row.children].forEach((cell, index) => {
      const there = old.children[index];
      if (there && !there.matches(".q-tick") && there.innerHTML !== cell.innerHTML) there.innerHTML = cell.innerHTML;
    });
  }
  const unseen = [...freshRows.children].filter((row) => !known.has(row.dataset.row)).length;
  list.querySelector("[data-total]").dataset.total = fresh.querySelector("[data-total]").dataset.total;
  redraw();
  const count = Math.max(unseen, total() - loaded);
  const pill = list.querySelector("[data-new]");
  pill.hidden = count <= 0;
  if (count > 0) {
    const text = pill.querySelector("[data-new-text]");
    text.textContent = `${text.dataset.newText} ${number.format(count)}`;
    announce(text.textContent);
    pill.onclick = () => location.reload();
  }
}
