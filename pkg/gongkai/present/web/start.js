// ---- start ----
for (const button of $$("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
addEventListener("resize", cue);
document.addEventListener("toggle", cue, true);
// Paper cannot open what is folded, nor wait for what is still being unpacked.
let folded = [];
addEventListener("beforeprint", () => {
  if (!extras && D.panels.length && document.getElementById("extras")) {
    extras = prepared(unpackNow("extras"));
    panels();
  }
  folded = $$("details.table:not([open])");
  folded.forEach((d) => {
    d.open = true;
  });
});
addEventListener("afterprint", () =>
  folded.forEach((d) => {
    d.open = false;
  }),
);
relabel();
root.classList.add("script");
if ($("#reading")) {
  if ($("#table-year")) $("#table-year").open = false;
  filterBar();
  addEventListener("hashchange", arrive);
  arrive();
} else cue();
