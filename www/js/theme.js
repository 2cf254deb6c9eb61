// @ts-check
// Runs before the first paint, so that a page in the chosen theme never flashes in the other one. The choice is the only
// thing that the console keeps in the browser's storage.
(() => {
  const root = document.documentElement;
  const kept = () => {
    try {
      return localStorage.getItem("theme") ?? "system";
    } catch {
      return "system";
    }
  };
  root.dataset.theme = kept();
  document.addEventListener("DOMContentLoaded", () => {
    const choice = /** @type {HTMLSelectElement} */ (document.getElementById("theme"));
    choice.value = kept();
    choice.addEventListener("change", () => {
      root.dataset.theme = choice.value;
      try {
        localStorage.setItem("theme", choice.value);
      } catch {
        // Where nothing may be kept, the choice holds for this page.
      }
    });
  });
})();
