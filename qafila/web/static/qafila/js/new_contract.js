// The wizard's comforts: dropping a file, seeing it go up, fields by a click, and a draft that keeps itself.

const KEEP_EVERY = 5000;
const PATIENCE = 15000; // then a hanging connection is a lost one
const AS_DATA = { Accept: "application/json" };
const away = document.querySelector("[data-signed-out]");

for (const form of document.querySelectorAll("form[data-drop]")) dropping(form);
for (const form of document.querySelectorAll("form[data-keep]")) {
  parts(form);
  inserting(form);
  keeping(form);
  for (const select of form.querySelectorAll("[data-again]")) {
    select.addEventListener("change", () => form.requestSubmit(form.querySelector("[data-again] ~ [name=again], [data-again] + [name=again]") || form.querySelector("[name=again]")));
  }
}

// Signing in again makes the tokens of an open page stale: the page itself, asked for anew, has the new one. Not where another
// business is open by now: what this page shows must change nothing there.
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token || page.body.dataset.business !== document.body.dataset.business) return false;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
}

function broken(form, answer) { return form.dataset.failed.replace("{number}", answer("X-Request-Id") || "–"); }

// A page that is over (another business is open by now) says so itself; other refusals are about one's role.
function whyOver(text) {
  try {
    const said = JSON.parse(text);
    return said.code === "form_over" ? said.message : "";
  } catch { return ""; }
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
  bar.hidden = false; fault.hidden = true; away.hidden = true; button.disabled = true;
  const ended = (text) => { bar.hidden = true; button.disabled = false; fault.textContent = text; fault.hidden = !text; };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    bar.querySelector("progress").value = percent;
    bar.querySelector("[data-upload-percent]").textContent = `${percent}%`;
  });
  request.addEventListener("load", async () => {
    const target = request.getResponseHeader("Location");
    const elsewhere = request.responseURL && new URL(request.responseURL).pathname !== new URL(form.action).pathname;
    if (request.status === 201 && target) window.location.assign(target);
    else if (request.status === 401 || elsewhere) { ended(""); away.hidden = false; away.scrollIntoView({ block: "nearest" }); }
    else if (request.status === 403) ended(await renew().catch(() => false) ? form.dataset.stale : whyOver(request.responseText) || form.dataset.refused);
    else if (request.status === 413) ended(form.dataset.tooLarge);
    else if (request.status === 422) ended(request.responseText);
    else ended(broken(form, (name) => request.getResponseHeader(name)));
  });
  request.addEventListener("error", () => ended(form.dataset.lost));
  request.open("POST", form.action);
  for (const [name, value] of Object.entries(AS_DATA)) request.setRequestHeader(name, value);
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
const NOT_KEPT = new Set(["encoding", "delimiter", "sheet"]);

// What is written is kept while one writes, and before the form goes: an answer that did not keep it (signed out, no
// connection) leaves it on the page instead of losing it with the page.
function keeping(form) {
  const kept = document.querySelector("[data-kept]");
  let dirty = false;
  let running = null;
  let over = false; // refused: asking again by itself would change nothing and keep the sign-in alive
  const tell = (text) => { kept.textContent = text; };
  const post = () => {
    const body = new FormData(form);
    for (const name of NOT_KEPT) body.delete(name);
    return fetch(form.dataset.keep, { method: "POST", body, headers: AS_DATA, keepalive: true, signal: AbortSignal.timeout(PATIENCE) });
  };
  // Whether the form may go on: it is kept, or the answer is one that the page of the form gives as well.
  const send = async () => {
    if (!dirty) return true;
    dirty = false;
    try {
      let answer = await post();
      if (answer.status === 403 && await renew()) answer = await post();
      const out = answer.status === 401 || answer.redirected;
      away.hidden = !out;
      if (out) { dirty = true; tell(""); return false; }
      if (answer.status === 403) { dirty = over = true; tell(whyOver(await answer.text()) || form.dataset.refused); return false; }
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.status >= 500) { dirty = true; tell(broken(form, (name) => answer.headers.get(name))); return true; }
      tell(said.kept || said.fault || "");
      return true;
    } catch { dirty = true; tell(form.dataset.lost); return false; }
  };
  const keep = () => { running ||= send().finally(() => { running = null; }); return running; };
  const alone = () => { if (!over) keep(); };
  form.addEventListener("input", (event) => { over = false; if (!NOT_KEPT.has(event.target.name)) dirty = true; });
  form.addEventListener("submit", async (event) => {
    over = false;
    if (!dirty && !running) return;
    event.preventDefault();
    const by = event.submitter;
    if (running) await running;
    if (await keep()) { dirty = false; form.requestSubmit(by); }
    else (away.hidden ? kept : away).scrollIntoView({ block: "nearest" });
  });
  setInterval(alone, KEEP_EVERY);
  document.addEventListener("visibilitychange", alone);
}
