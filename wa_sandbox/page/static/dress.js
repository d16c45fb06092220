// What the server cannot know: the reader's own time, and which fields belong to the effect that is chosen.

const FORMS = {
  minutes: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  full: { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};

function showOwnTime(time) {
  const form = new Intl.DateTimeFormat("en-GB", FORMS[time.dataset.time]);
  time.textContent = form.format(new Date(time.dateTime));
}

export function dressEffects(form) {
  const effect = form.querySelector("[data-effects]").value;
  for (const field of form.querySelectorAll("[data-for]")) {
    const isOurs = field.dataset.for.split(" ").includes(effect);
    field.hidden = !isOurs;
    for (const input of field.querySelectorAll("input")) input.disabled = !isOurs;
  }
  for (const words of form.querySelectorAll("[data-effect]")) words.hidden = words.dataset.effect !== effect;
}

export function dress(root) {
  for (const time of root.querySelectorAll("time[data-time]")) showOwnTime(time);
  for (const select of root.querySelectorAll("[data-effects]")) dressEffects(select.closest("form"));
}
