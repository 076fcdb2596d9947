"use strict";
// Swaps ready-made figures: light or dark, wide or narrow. Everything shown was computed when the report was made.
(() => {
  const root = document.documentElement;
  const data = document.getElementById("figures");
  const figures = data ? JSON.parse(data.textContent) : {};
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 600px)");
  const remembered = { get: () => null, set: () => {} };
  try {
    const store = window.localStorage;
    remembered.get = () => store.getItem("theme");
    remembered.set = (theme) => store.setItem("theme", theme);
  } catch {
    // A browser that keeps nothing for pages opened from disk: the choice lasts for this page.
  }
  let chosen = { dark: true, light: false }[remembered.get()] ?? null;

  const look = () => {
    const isDark = chosen === null ? dark.matches : chosen;
    root.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-pressed", String(isDark));
    return (isDark ? "dark" : "light") + (narrow.matches ? "-narrow" : "-wide");
  };
  const draw = () => {
    const name = look();
    for (const [id, looks] of Object.entries(figures)) {
      const { data: traces, layout } = structuredClone(looks[name]);
      Plotly.react(id, traces, layout, { displayModeBar: false, responsive: true });
    }
  };
  button.addEventListener("click", () => {
    chosen = root.dataset.theme !== "dark";
    remembered.set(chosen ? "dark" : "light");
    draw();
  });
  for (const png of document.querySelectorAll("button.png")) {
    png.addEventListener("click", () =>
      Plotly.downloadImage(png.dataset.figure, { format: "png", scale: 2, filename: png.dataset.figure }));
  }
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);
  draw();
})();
