// Runs before the page is drawn: "system" follows the device, and goes on following it.
(() => {
  const root = document.documentElement;
  root.classList.add("has-script");
  const device = matchMedia("(prefers-color-scheme: dark)");
  const draw = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "dark" || (chosen === "system" && device.matches) ? "dark" : "light";
  };
  device.addEventListener("change", draw);
  addEventListener("theme", draw);
  draw();
})();
