// Keeps a page fresh by server-sent events. A part of a page says data-live="TOPIC …" and listens with
// hx-trigger="live:TOPIC from:body". A hidden tab holds no stream; without a stream the page asks every ten seconds.
import { openDialog } from "./dialogs.js";

const POLL = 10000;
const stamp = document.querySelector("[data-live-stamp]");
const badges = document.querySelectorAll("[data-alert-count]");
let counted = "";
let source = null;
let poll = 0;
let retry = 0;
let moved = false;
const missed = new Set();
const business = document.body.dataset.business || "";
let heard = Number(document.body.dataset.drawn) || 0;

function topics() {
  const found = new Set(badges.length ? ["alerts"] : []);
  for (const element of document.querySelectorAll("[data-live]")) for (const topic of element.dataset.live.split(/\s+/)) if (topic) found.add(topic);
  const list = document.querySelector("[data-live-list]");
  if (list?.dataset.liveList) found.add(list.dataset.liveList);
  return [...found].slice(0, 20);
}
function shows() { return document.querySelector("[data-live], [data-live-list]"); }
function tell(topic) { document.body.dispatchEvent(new CustomEvent(`live:${topic}`)); }
function fresh(at) {
  heard = Math.floor(Date.parse(at) / 1000) || heard;
  if (!stamp || !shows()) return;
  stamp.hidden = false;
  stamp.classList.remove("is-stale");
  stamp.querySelector("[data-live-time]").textContent = new Date(at).toLocaleTimeString("en-GB", { timeZone: document.body.dataset.zone || undefined });
}
function stale() { stamp?.classList.add("is-stale"); }

function open() {
  close();
  const wanted = topics();
  if (moved || !wanted.length || document.hidden || !document.body.matches(".q-app")) return;
  // What changed since the page was drawn, or last heard, is told at once by the server.
  source = new EventSource(`/live?topics=${encodeURIComponent(wanted.join(","))}&since=${heard}&business=${business}`);
  source.addEventListener("hello", (event) => {
    clearInterval(poll);
    poll = 0;
    retry = 0;
    fresh(JSON.parse(event.data).at);
  });
  source.addEventListener("beat", (event) => fresh(JSON.parse(event.data).at));
  source.addEventListener("over", over);
  for (const topic of wanted) source.addEventListener(topic, (event) => { fresh(JSON.parse(event.data).at); tell(topic); });
  source.addEventListener("error", () => {
    stale();
    if (!poll) poll = setInterval(() => { if (!document.hidden) topics().forEach(tell); }, POLL);
    if (source.readyState === EventSource.CLOSED) {
      // Refused (not a lost connection): EventSource gives up, we ask again, ever more seldom.
      retry = Math.min(60000, retry ? retry * 2 : 3000);
      setTimeout(() => { if (source?.readyState === EventSource.CLOSED) open(); }, retry);
    }
  });
}
// The stream was ended: access was lost, or in another tab the person went on to another of their businesses. Then what stands
// here is not drawn over with the other's: the page says so.
async function over() {
  close();
  stale();
  const elsewhere = document.getElementById("elsewhere");
  const answer = elsewhere && await fetch("/live/badge", { headers: { Accept: "application/json" } }).catch(() => null);
  const now = answer?.ok ? (await answer.json()).business : "";
  if (!now || now === business) { location.reload(); return; }
  moved = true;
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  openDialog(elsewhere);
}
function close() {
  source?.close();
  source = null;
  clearInterval(poll);
  poll = 0;
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { close(); stale(); }
  else { open(); again(); }
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
// After a part was drawn by polling it is fresh too.
document.body.addEventListener("htmx:afterSwap", (event) => { if (poll && event.detail.successful !== false && event.target.closest("[data-live]")) fresh(new Date().toISOString()); });

// A part that could not be fetched is asked for again: its topic may have nothing more to say.
function again() {
  if (document.hidden || moved) return;
  const topics = [...missed];
  missed.clear();
  topics.forEach(tell);
}
for (const fault of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.body.addEventListener(fault, (event) => {
  const part = event.target.closest?.("[data-live]");
  const status = event.detail.xhr?.status || 0;
  if (!part || (status >= 400 && status < 500)) return;
  stale();
  for (const topic of part.dataset.live.split(/\s+/)) if (topic) missed.add(topic);
  setTimeout(again, POLL);
});

document.body.addEventListener("live:alerts", async () => {
  const response = await fetch("/live/badge", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!response?.ok) return;
  draw((await response.json()).alerts);
});
function draw(count) {
  for (const badge of badges) {
    badge.hidden = !count;
    badge.querySelector("bdi").textContent = count > 99 ? "99+" : String(count);
  }
  // The rest of the title is not ours: a list keeps its own figure in it.
  const title = document.title.startsWith(counted) ? document.title.slice(counted.length) : document.title;
  counted = count ? `(${count > 99 ? "99+" : count}) ` : "";
  document.title = counted + title;
}
if (badges.length && !badges[0].hidden) draw(Number(badges[0].querySelector("bdi").textContent.replace("+", "")) || 0);

open();
