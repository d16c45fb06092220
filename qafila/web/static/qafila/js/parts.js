// A part of a page that could not be loaded says so, with the request's number and a button that asks again. The words are
// the server's (<template data-part-broken>). A part that shows something already keeps it: its stamp says that it is old.
const words = document.querySelector("template[data-part-broken]");

function shows(part) {
  return !part.querySelector(".q-skeleton, [data-part-fault]");
}

function draw(part, number) {
  const fault = words.content.cloneNode(true);
  fault.querySelector("[data-part-number]").hidden = !number;
  fault.querySelector("[data-part-number] code").textContent = number;
  fault.querySelector("[data-part-without]").hidden = Boolean(number);
  fault.querySelector("[data-part-with]").hidden = !number;
  fault.querySelector("[data-part-again]").addEventListener("click", (event) => {
    event.currentTarget.disabled = true;
    window.htmx.ajax("GET", part.getAttribute("hx-get"), { source: part, target: part }).catch(() => { /* drawn below */ });
  });
  part.replaceChildren(fault);
}

for (const fault of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(fault, (event) => {
    const part = event.target.closest?.("[hx-get]");
    if (!words || !part || shows(part)) return;
    draw(part, event.detail.xhr?.getResponseHeader("X-Request-Id") || "");
  });
}
