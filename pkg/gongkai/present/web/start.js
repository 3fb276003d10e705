// ---- start ----
for (const button of $$("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
addEventListener("resize", cue);
// Paper cannot open what is folded.
let folded = [];
addEventListener("beforeprint", () => {
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
