// On every page but the one for coding: what closed pages of this coder could not send is sent.
import { Outbox } from "./outbox.js";

const words = document.querySelector("#toasts").dataset;
const toast = (text, kind) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
let stop = "";
new Outbox({
  study: document.body.dataset.study,
  headers: JSON.parse(document.body.getAttribute("hx-headers")),
  tell: (state) => { if (state === "saved") toast(words.sentDone, "note"); },
  refused: (text) => toast(text),
  stopped: (text) => { if (text !== stop) toast(text); stop = text; },
  found: (n) => toast(words.sentAgain.replace("{n}", n), "note"),
});
