/* What is easier with a script: pages are whole without it. Its words come from the page. */
(() => {
  "use strict";
  const words = document.currentScript.dataset;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // a choice acts at once; the button stays for those who choose with a keyboard
  all("form.options select").forEach((select) => {
    let byKey = false;
    select.addEventListener("keydown", () => { byKey = true; });
    select.addEventListener("pointerdown", () => { byKey = false; });
    select.addEventListener("change", () => { if (!byKey) select.form.requestSubmit(); });
  });

  // copy a link, a citation, the code of a frame
  all("[data-copy]").forEach((source) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = source.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(source.value || source.href || source.textContent.trim());
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = source.dataset.copy; }, 2000);
    });
    button.setAttribute("aria-live", "polite");
    source.after(button);
  });

  // the values of a time under the pointer, from the chart's own table
  all("svg[data-times]").forEach((plot) => {
    const table = plot.closest("section").querySelector("details table");
    const times = plot.dataset.times.split(" ").map(Number);
    if (!table || table.tBodies[0].rows.length !== times.length) return;
    const names = all("thead th", table).map((head) => head.textContent.trim());
    const tip = document.createElement("p");
    tip.className = "tip";
    tip.hidden = true;
    plot.parentNode.append(tip);
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const place = (100 * (event.clientX - box.left)) / box.width;
      const near = times.reduce((best, time, index) =>
        (Math.abs(time - place) < Math.abs(times[best] - place) ? index : best), 0);
      const cells = [...table.tBodies[0].rows[near].cells].map((cell) => cell.textContent.trim());
      tip.textContent = cells.map((text, n) => (n ? text && `${names[n]} ${text}` : text))
        .filter(Boolean).join(" · ");
      tip.hidden = false;
    });
    plot.addEventListener("pointerleave", () => { tip.hidden = true; });
  });
})();
