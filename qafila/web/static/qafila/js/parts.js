// A part of a page that could not be loaded says so, with the request's number and a button that asks again. The words are
// the server's (<template data-part-broken>). A part that shows something already keeps it: its stamp says that it is old.
const words = document.querySelector("template[data-part-broken]");

function shows(part) {
  return !part.querySelector(".q-skeleton, [data-part-fault]");
}

export function fault(part, number, again) {
  const said = words.content.cloneNode(true);
  said.querySelector("[data-part-fault]").dir = document.documentElement.dir; // in a chart, too, which runs left to right
  said.querySelector("[data-part-number]").hidden = !number;
  said.querySelector("[data-part-number] code").textContent = number;
  said.querySelector("[data-part-without]").hidden = Boolean(number);
  said.querySelector("[data-part-with]").hidden = !number;
  said.querySelector("[data-part-again]").addEventListener("click", (event) => {
    event.currentTarget.disabled = true;
    again();
  });
  part.replaceChildren(said);
}

function ask(part) {
  window.htmx.ajax("GET", part.getAttribute("hx-get"), { source: part, target: part }).catch(() => { /* drawn below */ });
}

for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(trouble, (event) => {
    const part = event.target.closest?.("[hx-get]");
    if (!words || !part || shows(part)) return;
    fault(part, event.detail.xhr?.getResponseHeader("X-Request-Id") || "", () => ask(part));
  });
}
