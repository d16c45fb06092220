// Line charts: <div class="q-chart" data-chart="pace|course" data-source="…" data-topic="…" data-words="Sent|…">.
// Redrawn when the page is told of news (at most each 10 s), on another width and another theme. Time runs left to right.
import { asked } from "./asking.js";

const REFRESH_MS = 10_000;

const colour = (name, box) => getComputedStyle(box).getPropertyValue(name).trim();

function clock(zone) {
  const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const days = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false, numberingSystem: "latn", timeZone: zone });
  const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
  return (seconds, span) => (span > 86_400 ? days : span < 600 ? exact : hours).format(new Date(seconds * 1000));
}

// Marks closer than what is said of them would say the same again and again.
function once(said) { return said.map((one, n) => (one === said[n - 1] ? "" : one)); }

function shape(kind, found) {
  if (kind === "pace") return found.at.length ? [found.at, found.sent, found.delivered, found.failed] : null;
  const real = new Map(found.real), plan = new Map(found.plan);
  const at = [...new Set([...real.keys(), ...plan.keys()])].sort((a, b) => a - b);
  if (at.length < 2) return null;
  return [at, at.map((x) => real.get(x) ?? null), at.map((x) => plan.get(x) ?? null)];
}

function options(box, data, span) {
  const said = clock(box.dataset.zone), words = box.dataset.words.split("|"), ink = colour("--tblr-secondary-color", box), line = colour("--q-line", box);
  const tones = box.dataset.chart === "pace" ? ["--q-busy", "--q-good", "--q-bad"] : ["--tblr-primary", "--q-calm"];
  const figure = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, numberingSystem: "latn" });
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: box.clientWidth, height: 240, padding: [null, 28, null, null], cursor: { points: { size: 7 } },
    scales: { x: { time: true, ...(span.range ? { range: () => span.range } : {}) }, y: { range: (_chart, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [{ ...axis, space: 80, values: (_chart, marks) => once(marks.map((mark) => said(mark, span.seconds))) }, { ...axis, size: 56, values: (_chart, marks) => marks.map((mark) => figure.format(mark)) }],
    series: [{ label: "", value: (_chart, at) => (at == null ? "" : said(at, span.seconds)) }, ...words.map((word, n) => ({
      label: word, stroke: colour(tones[n], box), width: 2, spanGaps: true, points: { show: data[0].length < 3 },
      dash: box.dataset.chart === "course" && n === 1 ? [6, 5] : undefined, value: (_chart, value) => (value == null ? "—" : figure.format(value)),
    }))],
  };
}

class Chart {
  constructor(box) {
    this.box = box; this.data = null; this.chart = null; this.last = 0; this.timer = null; this.behind = false;
    new ResizeObserver(() => this.chart?.setSize({ width: box.clientWidth, height: 240 })).observe(box);
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    document.body.addEventListener(`live:${box.dataset.topic}`, () => this.hear());
    box.addEventListener("pointerleave", () => { if (this.behind) this.draw(); });
    this.load();
  }

  // News may be the last for long: what comes too early is drawn a little later, not never.
  hear() {
    this.timer ??= setTimeout(() => { this.timer = null; this.load(); }, Math.max(0, this.last + REFRESH_MS - Date.now()));
  }

  async load() {
    this.last = Date.now();
    const found = await asked(this.box, this.box.dataset.source, () => this.load());
    if (!found) return;
    this.data = shape(this.box.dataset.chart, found);
    const at = this.data?.[0] ?? [0, 0];
    this.span = found.to ? { range: [found.from, found.to], seconds: found.to - found.from } : { seconds: at[at.length - 1] - at[0] };
    this.behind = true;
    if (!this.box.matches(":hover") || !this.chart) this.draw();
  }

  draw() {
    this.behind = false;
    this.chart?.destroy();
    this.chart = null;
    if (!this.data) {
      this.box.replaceChildren(Object.assign(document.createElement("p"), { className: "q-chart-none", textContent: this.box.dataset.none ?? "—" }));
      return;
    }
    this.box.replaceChildren();
    this.chart = new window.uPlot(options(this.box, this.data, this.span), this.data, this.box);
  }
}

document.querySelectorAll("[data-chart]").forEach((box) => new Chart(box));
