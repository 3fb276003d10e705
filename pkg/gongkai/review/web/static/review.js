// On every page: messages that come up, forms that send themselves, what htmx could not do.
document.documentElement.classList.add("script");
const toasts = document.querySelector("#toasts");

function toast(text, kind = "problem") {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "plain";
  close.textContent = toasts.dataset.close;
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  while (toasts.children.length > 2) toasts.firstChild.remove();
  toasts.append(box);
  if (kind !== "problem") setTimeout(() => box.remove(), 6000);
}

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));
document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.responseText || toasts.dataset.failed));
document.addEventListener("htmx:sendError", () => toast(toasts.dataset.offline));
document.addEventListener("htmx:timeout", () => toast(toasts.dataset.offline));
for (const form of document.querySelectorAll("form[data-autosubmit]")) form.addEventListener("change", () => form.requestSubmit());
// A page may have gone on since it was sent; the language changes where it is.
for (const form of document.querySelectorAll(".languages")) {
  form.addEventListener("submit", () => { form.elements.next.value = location.pathname + location.search; });
}
document.querySelector(".bar-top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Where the names of the pages go on beyond the edge of a narrow window.
const nav = document.querySelector(".bar-top nav");
function edges() {
  nav.classList.toggle("more-before", nav.scrollLeft > 1);
  nav.classList.toggle("more-behind", nav.scrollLeft + nav.clientWidth < nav.scrollWidth - 1);
}
nav.addEventListener("scroll", edges, { passive: true });
addEventListener("resize", edges);
edges();
