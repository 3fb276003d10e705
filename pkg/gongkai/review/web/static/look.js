// The upload page: files that are dropped or chosen go up one by one, each with its progress; the page of a report opens its evidence.
const drop = document.querySelector("#drop");

function line(name) {
  const item = document.createElement("li");
  const label = document.createElement("bdi");
  label.textContent = name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${drop.dataset.sending} ${name}`);
  const words = document.createElement("span");
  item.append(label, bar, words);
  document.querySelector("#sending").append(item);
  return {
    progress: (share) => { bar.value = share; },
    done: (text = "") => { bar.remove(); words.textContent = text; if (!text) item.remove(); },
    failed: (text) => { bar.remove(); words.textContent = text; item.className = "alert"; },
  };
}

function send(file, at) {
  if (file.size > Number(drop.dataset.megabytes) * 1e6) {
    at.failed(drop.dataset.large);
    return Promise.resolve(null);
  }
  return new Promise((resolve) => {
    const body = new FormData();
    body.append("csrf", drop.elements.csrf.value);
    body.append("files", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", drop.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", drop.elements.csrf.value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => at.progress(event.loaded / event.total));
    request.addEventListener("error", () => { at.failed(drop.dataset.offline); resolve(null); });
    request.addEventListener("load", () => {
      const kept = request.response?.kept?.[0];
      if (!kept) at.failed(request.response?.error || drop.dataset.offline);
      else at.done(kept.new ? "" : drop.dataset.known.replace("{name}", () => kept.name));
      resolve(kept || null);
    });
    request.send(body);
  });
}

async function sendAll(files) {
  document.querySelector("#sending").replaceChildren();
  // All lines first, so that nobody wonders about the files that wait.
  const waiting = [...files].map((file) => [file, line(file.name)]);
  const kept = [];
  for (const [file, at] of waiting) kept.push(await send(file, at));
  drop.reset();
  if (kept.length === 1 && kept[0]) location.assign(kept[0].url);
  else htmx.ajax("GET", "/look/list", { target: "#look-list", swap: "outerHTML" });
}

if (drop) {
  const input = drop.elements.files;
  input.addEventListener("change", () => input.files.length && sendAll(input.files));
  // A file that is dropped beside the box would be opened instead of the page.
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  document.addEventListener("dragover", () => drop.classList.add("over"));
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
  document.addEventListener("drop", (event) => event.dataTransfer.files.length && sendAll(event.dataTransfer.files));
}

// The statement that is chosen: its evidence opens, and it is marked in the text.
function showProofs() {
  const card = /^#s\d+$/.test(location.hash) && document.querySelector(location.hash);
  for (const said of document.querySelectorAll(".said.now")) said.classList.remove("now");
  if (!card) return;
  card.querySelector(".proofs").open = true;
  document.querySelector(`.said[href="${location.hash}"]`)?.classList.add("now");
}

addEventListener("hashchange", showProofs);
document.addEventListener("htmx:afterSettle", showProofs);
showProofs();
for (const form of document.querySelectorAll("form[data-sure]")) {
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.sure)) event.preventDefault(); });
}
