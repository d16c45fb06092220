// Puts the present state in place every two seconds, unless somebody is typing or selecting.
const live = document.getElementById("live");

async function refresh() {
  const busy = live.contains(document.activeElement) || String(getSelection()) !== "" || document.hidden;
  if (busy) return;
  const answer = await fetch("/", { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (fresh) live.replaceChildren(...fresh.childNodes);
}

setInterval(() => refresh().catch(() => {}), 2000);
