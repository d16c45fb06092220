// What changes by itself is read out to who listens instead of looking: the latest word, at most once in ten seconds.
// A part that refreshes itself says in data-say what is worth hearing; one that says the same as before says nothing.
const APART = 10000;
const place = document.querySelector("[data-announcer]");
let last = 0;
let timer = 0;
let next = "";
let said = "";

export function announce(text) {
  next = text.trim().replace(/\s+/g, " ");
  if (!place || !next || next === said || timer) return;
  timer = setTimeout(() => {
    timer = 0;
    last = Date.now();
    if (next === said) return;
    said = next;
    place.textContent = said;
  }, Math.max(0, last + APART - Date.now()));
}

function words(part) { return [...part.querySelectorAll("[data-say]")].map((one) => one.textContent).join(". "); }

// What stands there when the page opens is read with the page.
said = words(document).trim().replace(/\s+/g, " ");
last = Date.now();
document.body.addEventListener("htmx:afterSwap", (event) => {
  const part = event.target.closest?.("[data-live]");
  if (part) announce(words(part));
});
