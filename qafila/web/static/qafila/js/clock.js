// "5 minutes ago" stays true while the page stands open, in the page's language.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "long" });
const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [2592000, "day", 86400], [31536000, "month", 2592000], [Infinity, "year", 31536000]];

function refresh() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(element.dateTime) - Date.now()) / 1000;
    const far = Math.abs(seconds);
    if (far < 60) continue;
    const [, unit, size] = STEPS.find(([limit]) => far < limit);
    const text = words.format(Math.trunc(seconds / size), unit);
    const place = element.querySelector("bdi") || element;
    if (place.textContent !== text) place.textContent = text;
  }
}
setInterval(() => { if (!document.hidden) refresh(); }, 30000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
