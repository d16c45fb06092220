// Makes the page keep up by itself. Without this script everything works too, by plain links and forms.
import { dress } from "/page/static/dress.js";
import { listen } from "/page/static/forms.js";
import { start } from "/page/static/live.js";

document.documentElement.classList.add("js");
dress(document);
listen();
start();
