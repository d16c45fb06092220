// A form that is on its way is not sent again: a second click or Enter is ignored until the next page is there. Forms that a
// script sends (they prevent the browser's own way) and forms that only ask (GET) are none of ours.
const AT_MOST = 30000;
const underway = new Map();

function buttons(form, submitter) {
  return new Set([...form.querySelectorAll("button:not([type=button]), input[type=submit]"), ...(submitter ? [submitter] : [])]);
}

function begin(form, submitter) {
  // Not the property "disabled": the browser reads name and value of the button after this, and the focus would be lost.
  const busy = [...buttons(form, submitter)].filter((one) => !one.hasAttribute("aria-disabled"));
  for (const one of busy) { one.setAttribute("aria-disabled", "true"); one.classList.add("disabled"); }
  // The page may stay: a file came, or somebody pressed Stop.
  underway.set(form, { busy, timer: setTimeout(() => end(form), AT_MOST) });
}

function end(form) {
  const { busy, timer } = underway.get(form);
  clearTimeout(timer);
  underway.delete(form);
  for (const one of busy) { one.removeAttribute("aria-disabled"); one.classList.remove("disabled"); }
}

// On the window: after every script that answers the submit itself.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  // Attributes, because a field may be called "method" or "target".
  const own = (name) => event.submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
  if (own("method").toLowerCase() !== "post" || !["", "_self"].includes(own("target"))) return;
  if (underway.has(form)) { event.preventDefault(); return; }
  begin(form, event.submitter);
});

// Back to a page that the browser had kept.
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of [...underway.keys()]) end(form);
});
