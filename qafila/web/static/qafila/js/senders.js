// The charts of a sender: what was sent in each five minutes, and what its pace allows; what was sent each day, and what its
// warm-up allows. Time runs left to right in every language. Drawn again when the live stream says that senders changed.
import { asked } from "./asking.js";

const place = document.querySelector("[data-pace]");
const daysPlace = document.querySelector("[data-days]");
let chart = null;
let daysChart = null;

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

const dayName = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "short", numberingSystem: "latn", timeZone: "UTC" });
const figure = (_self, value) => value ?? "—";

function clock(at, zone) { return new Date(at * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }); }

function options(data, width) {
  const ink = colour("--tblr-secondary-color");
  const line = colour("--q-line");
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
  const series = [
    { label: "", value: (_self, at) => at ? clock(at, data.zone) : "" },
    { label: data.labels.accepted, value: figure, stroke: colour("--tblr-primary"), fill: `${colour("--tblr-primary")}22`, width: 2, points: { show: false } },
    { label: data.labels.refused, value: figure, stroke: colour("--q-bad"), width: 2, points: { show: false } },
  ];
  if (data.shown) series.push({ label: data.labels.planned, value: figure, stroke: ink, dash: [6, 4], width: 1.5, points: { show: false } });
  return {
    width,
    height: 200,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.zone),
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_self, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
    axes: [{ ...axis, values: (_self, ticks) => ticks.map((at) => clock(at, data.zone)) }, { ...axis, size: 56 }],
    series,
  };
}

function dayOptions(data, width) {
  const ink = colour("--tblr-secondary-color");
  const line = colour("--q-line");
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
  const day = (at) => Number.isInteger(at) && data.at[at] ? dayName.format(new Date(data.at[at])) : "";
  const series = [
    { label: "", value: (_self, at) => at === null ? "" : day(at) },
    { label: data.labels.accepted, value: figure, stroke: colour("--tblr-primary"), fill: `${colour("--tblr-primary")}22`, width: 2 },
  ];
  if (data.planned.some((one) => one !== null)) {
    series.push({ label: data.labels.planned, value: figure, stroke: ink, dash: [6, 4], width: 1.5, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) });
  }
  return {
    width,
    height: 160,
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (_self, _low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
    axes: [{ ...axis, incrs: [1, 2, 5, 7, 10], values: (_self, ticks) => ticks.map(day) }, { ...axis, size: 56 }],
    series,
  };
}

async function drawDays() {
  if (!daysPlace) return;
  const data = await asked(daysPlace, daysPlace.dataset.days, drawDays);
  if (!data) return;
  const columns = [data.at.map((_day, at) => at), data.accepted];
  if (data.planned.some((one) => one !== null)) columns.push(data.planned);
  daysChart?.destroy();
  daysPlace.replaceChildren();
  daysChart = new uPlot(dayOptions(data, daysPlace.clientWidth || 600), columns, daysPlace);
}

async function draw() {
  const data = await asked(place, place.dataset.pace, draw);
  if (!data) return;
  const most = Math.max(1, ...data.accepted, ...data.refused);
  // A plan far above what was sent would press the real line to the floor: the figure above the chart says it.
  data.shown = data.planned !== null && data.planned <= most * 6;
  const columns = [data.at, data.accepted, data.refused];
  if (data.shown) columns.push(data.at.map(() => data.planned));
  chart?.destroy();
  place.replaceChildren();
  chart = new uPlot(options(data, place.clientWidth || 600), columns, place);
}

if (daysPlace && window.uPlot) {
  drawDays();
  new ResizeObserver(() => { if (daysChart && daysPlace.clientWidth) daysChart.setSize({ width: daysPlace.clientWidth, height: 160 }); }).observe(daysPlace);
  new MutationObserver(drawDays).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
}

if (place && window.uPlot) {
  draw();
  document.body.addEventListener("live:senders", draw);
  new ResizeObserver(() => { if (chart && place.clientWidth) chart.setSize({ width: place.clientWidth, height: 200 }); }).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
}
