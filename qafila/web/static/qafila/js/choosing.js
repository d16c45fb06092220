// Selects that act at once (their buttons, data-needless, are for browsers without scripts). The theme changes without a reload.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".q-theme") || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  dispatchEvent(new Event("theme"));
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === theme));
  const body = new FormData(form);
  body.set("theme", theme);
  await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => form.submit());
});
