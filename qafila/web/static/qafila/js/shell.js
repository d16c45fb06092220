// The frame of every page. Everything here is a comfort: without it pages read and forms work.
import "./announcing.js";
import "./dialogs.js";
import "./keys.js";
import "./toasts.js";
import "./choosing.js";
import "./clock.js";
import "./lists.js";
import "./live.js";

for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;

// A refused or broken part of a page says so instead of staying silent.
document.body.addEventListener("htmx:responseError", (event) => {
  const number = event.detail.xhr.getResponseHeader("X-Request-Id") || "";
  document.body.dispatchEvent(new CustomEvent("part:failed", { detail: { status: event.detail.xhr.status, number } }));
});
