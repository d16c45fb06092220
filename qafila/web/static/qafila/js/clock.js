// "5 minutes ago" stays true while the page stands open, in the page's language, with the units and figures of the server
// (web/ui/relative.py). What the server wrote stays until another figure or unit is due.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "long", numberingSystem: "latn" });
const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const drawn = new WeakMap();

function refresh() {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(element.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) || ["", 1];
    const count = unit && Math.trunc(seconds / size);
    const before = drawn.get(element);
    drawn.set(element, `${count} ${unit}`);
    if (!unit || before === undefined || before === `${count} ${unit}`) continue;
    // In Hebrew "(2)" would follow the dual, which is a word of its own. A figure and its unit stay on one line.
    const text = words.format(count, unit).replace(/ \(\d\)$/, "").replace(/(\d) /, "$1\u00a0");
    (element.querySelector("bdi") || element).textContent = text;
  }
}
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 30000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
