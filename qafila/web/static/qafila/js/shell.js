// The frame of every page. Everything here is a comfort: without it pages read and forms work.
import "./announcing.js";
import "./dialogs.js";
import "./keys.js";
import "./toasts.js";
import "./choosing.js";
import "./clock.js";
import "./lists.js";
import "./live.js";
import "./parts.js";
import "./submitting.js";

for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;
