// Asks for the parts of the page that changed: once a second while the page is seen, more rarely when nobody answers.
import { dress } from "/page/static/dress.js";
import { morph } from "/page/static/morph.js";

const PACE = 1000;
const PACE_AT_MOST = 15000;
const PATIENCE = 10000;

let pace = PACE;
let timer = 0;
let busy = false;
let next = null;

function wanted({ whole, still }) {
  return [...document.querySelectorAll("[data-part]")].filter((part) =>
    whole ? !part.parentElement.closest("[data-part]") : part.dataset.part !== "console" && (still || !part.hasAttribute("data-still")),
  );
}

function put(name, { version, html }) {
  const part = document.getElementById(`part-${name}`);
  if (!part) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  dress(fresh.content);
  morph(part, fresh.content);
  part.dataset.version = version;
  dress(part);
}

async function ask(how) {
  const have = wanted(how).map((part) => `${part.dataset.part}=${part.dataset.version}`);
  const query = location.search;
  const answer = await fetch(`/page/parts${query}`, { headers: { "x-have": have.join(",") }, signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}.`);
  const data = await answer.json();
  if (query !== location.search) return;
  for (const [name, part] of Object.entries(data.parts)) put(name, part);
  if (how.whole) document.body.dataset.top = data.top;
}

function say(words, isBad) {
  const pulse = document.getElementById("pulse");
  if (pulse.textContent !== words) pulse.textContent = words;
  pulse.classList.toggle("lost", isBad);
}

// Brings the page up to date. `whole`: the address changed; `still`: parts that do not move by themselves too.
export async function refresh(how = {}) {
  if (busy) {
    next = { whole: how.whole || next?.whole, still: how.still || next?.still };
    return;
  }
  busy = true;
  clearTimeout(timer);
  try {
    await ask(how);
    pace = PACE;
    say("Live", false);
  } catch {
    pace = Math.min(pace * 2, PACE_AT_MOST);
    say("The sandbox does not answer. Trying again.", true);
  } finally {
    busy = false;
  }
  if (next) {
    const how = next;
    next = null;
    await refresh(how);
    return;
  }
  wait();
}

function wait() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, pace);
}

export function start() {
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
  window.addEventListener("popstate", () => refresh({ whole: true }));
  refresh();
}
