// What a chart shows, asked for as JSON. Where it cannot be had the chart's place says so, with a button that asks again; a chart
// that stands there already stays: the stamp of the page says that it is old.
import { fault } from "./parts.js";

const PATIENCE = 15000;

export async function asked(place, url, again) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  if (found) {
    place.setAttribute("role", "img");
    return found;
  }
  if (!place.querySelector(".uplot")) {
    place.setAttribute("role", "group"); // within a picture nobody hears the sentence and finds the button
    fault(place, answer?.headers.get("X-Request-Id") || "", again);
  }
  return null;
}
