// The wizard's comforts: dropping a file, seeing it go up, fields by a click, and a draft that keeps itself.

const KEEP_EVERY = 5000;

for (const form of document.querySelectorAll("form[data-drop]")) dropping(form);
for (const form of document.querySelectorAll("form[data-keep]")) {
  parts(form);
  inserting(form);
  keeping(form);
  for (const select of form.querySelectorAll("[data-again]")) {
    select.addEventListener("change", () => form.requestSubmit(form.querySelector("[data-again] ~ [name=again], [data-again] + [name=again]") || form.querySelector("[name=again]")));
  }
}

function dropping(form) {
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector(".q-drop");
  const name = form.querySelector("[data-file-name]");
  const over = (event, on) => { event.preventDefault(); zone.classList.toggle("is-over", on); };
  for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, (event) => over(event, true));
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, (event) => over(event, false));
  zone.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; chosen(); }
  });
  input.addEventListener("change", chosen);
  form.addEventListener("submit", (event) => { event.preventDefault(); upload(form, input); });

  function chosen() {
    name.textContent = input.files.length ? input.files[0].name : "";
    name.hidden = !name.textContent;
  }
}

function upload(form, input) {
  const bar = form.querySelector("[data-upload]");
  const fault = form.querySelector("[data-upload-fault]");
  const button = form.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  bar.hidden = false; fault.hidden = true; button.disabled = true;
  const ended = (text) => { bar.hidden = true; button.disabled = false; fault.textContent = text; fault.hidden = !text; };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    bar.querySelector("progress").value = percent;
    bar.querySelector("[data-upload-percent]").textContent = `${percent}%`;
  });
  request.addEventListener("load", () => {
    const target = request.getResponseHeader("Location");
    if (request.status === 201 && target) window.location.assign(target);
    else if (request.status === 413) ended(form.dataset.tooLarge);
    else if (request.status === 422) ended(request.responseText);
    else ended(form.dataset.lost);
  });
  request.addEventListener("error", () => ended(form.dataset.lost));
  request.open("POST", form.action || window.location.href);
  request.setRequestHeader("Accept", "application/json");
  request.send(new FormData(form));
}

// Only the part of the form that the chosen kind of content needs is shown.
function parts(form) {
  const show = () => {
    const kind = form.querySelector("input[name=kind]:checked")?.value || "";
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== kind;
  };
  form.addEventListener("change", (event) => { if (event.target.name === "kind") show(); });
  show();
}

function inserting(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const field = document.getElementById(button.dataset.into);
    field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// Reading choices wait for their button: they change the table itself.
const NOT_KEPT = new Set(["encoding", "delimiter", "sheet", "country"]);

function keeping(form) {
  const kept = document.querySelector("[data-kept]");
  let dirty = false;
  let busy = false;
  form.addEventListener("input", (event) => { if (!NOT_KEPT.has(event.target.name)) dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  const keep = async () => {
    if (!dirty || busy) return;
    dirty = false; busy = true;
    const body = new FormData(form);
    for (const name of NOT_KEPT) body.delete(name);
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body, keepalive: true });
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (!answer.ok && answer.status !== 422) dirty = true;
      if (kept) kept.textContent = said.kept || said.fault || "";
    } catch { dirty = true; } finally { busy = false; }
  };
  setInterval(keep, KEEP_EVERY);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
}
