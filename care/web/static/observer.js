// The page of observers: what they tick is shown at once, waits in the queue of the device (queue.js) and leaves when it
// can. The page itself is never loaded again by this script: what is being typed stays.
"use strict";

const page = document.querySelector("[data-observer]");
const ASK_STATE_EVERY = 4000;
const FILTER = `care-cells-${page.dataset.exercise}`;
const forms = [...page.querySelectorAll("form[data-note]")];
const server = { reactions: {}, marks: {} };
let number = "";
let lostSince = null;

// The cells that this observer watches: kept on the device.
const boxes = [...page.querySelectorAll("[data-cells-form] input")];
const filter = () => {
  const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  forms.forEach((form) => { form.hidden = !chosen.has(form.dataset.cell); });
  page.querySelectorAll("[data-cells]").forEach((card) => {
    card.hidden = !card.dataset.cells.split(" ").some((cell) => chosen.has(cell));
  });
  page.querySelector("[data-nothing]").hidden = Boolean(page.querySelector("[data-played] > :not([hidden])"));
};
const remembered = () => {
  try {
    const chosen = JSON.parse(localStorage.getItem(FILTER) ?? "null");
    if (Array.isArray(chosen) && boxes.some((box) => chosen.includes(box.value))) {
      boxes.forEach((box) => { box.checked = chosen.includes(box.value); });
      page.querySelector("[data-cells-pick]").open = false;
    }
  } catch { /* a device that keeps nothing shows every cell */ }
};
page.querySelector("[data-cells-form]").addEventListener("change", () => {
  if (!boxes.some((box) => box.checked)) boxes.forEach((box) => { box.checked = true; });
  try {
    localStorage.setItem(FILTER, JSON.stringify(boxes.filter((box) => box.checked).map((box) => box.value)));
  } catch { /* asked again next time */ }
  filter();
});

// What a form says: the server's last word, covered by what waits here.
const field = (form) => (form.dataset.note === "mark" ? "mark" : "verdict");
const idOf = (entry) => (entry.kind === "mark" ? `${entry.criterion}.${entry.cell}` : entry.reaction);
const show = async () => {
  const waiting = (await careQueue.all()).filter(careQueue.mine);
  const last = new Map(waiting.map((entry) => [`${entry.kind} ${idOf(entry)}`, entry]));
  forms.forEach((form) => {
    const own = last.get(`${form.dataset.note} ${form.dataset.id}`);
    const known = (form.dataset.note === "mark" ? server.marks : server.reactions)[form.dataset.id];
    form.classList.toggle("waits-here", Boolean(own));
    if (!own && !known) return;
    const value = String((own ?? known)[field(form)] ?? "");
    form.querySelectorAll("button[name]").forEach((button) => button.setAttribute("aria-pressed", String(button.value === value)));
    const by = form.querySelector("[data-by]");
    const who = own ? page.dataset.signature : known.by;
    if (by) by.textContent = who ? page.dataset.byWords.replace("{who}", who) : "";
    const note = form.elements.note;
    if (!own && document.activeElement !== note && !note.dataset.touched) note.value = known.note ?? "";
  });
  const waits = page.querySelector("[data-waits]");
  if (waiting.length) waits.hidden = false;
  waits.classList.toggle("all-sent", !waiting.length);
  waits.firstElementChild.textContent = waiting.length
    ? waiting.length === 1 ? waits.dataset.one : waits.dataset.many.replace("{count}", waiting.length)
    : waits.dataset.none;
  page.querySelector("[data-closed]").hidden = !careQueue.state.noSeat;
  showLost();
};
const showLost = () => {
  page.querySelector("[data-lost]").hidden = !(careQueue.state.lost || (lostSince && Date.now() - lostSince > 6000));
};

const note = async (form, value) => {
  const words = form.elements.note.value.trim();
  const said = form.dataset.note === "mark"
    ? { kind: "mark", criterion: form.dataset.criterion, cell: form.dataset.cell, mark: Number(value) }
    : { kind: "reaction", reaction: form.dataset.id, verdict: value };
  const button = [...form.querySelectorAll("button[name]")].find((one) => one.value === value);
  delete form.elements.note.dataset.touched;
  const told = page.dataset.noteWords.replace("{what}", form.dataset.words).replace("{mark}", button.textContent.trim());
  await careQueue.add({ ...said, note: words, words: `${told}${words ? ` – ${words}` : ""}` });
};
page.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-note]");
  if (!form || !event.submitter?.value) return;
  event.preventDefault();
  delete form.dataset.sent; // each tap counts: the last one is the answer
  const pressed = form.querySelector("[aria-pressed=true]");
  if (pressed === event.submitter && !form.elements.note.dataset.touched) return;
  form.querySelectorAll("button[name]").forEach((one) => one.setAttribute("aria-pressed", String(one === event.submitter)));
  note(form, event.submitter.value);
});
page.addEventListener("input", (event) => {
  if (event.target.name === "note") event.target.dataset.touched = "1";
});
page.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-note]");
  const pressed = form?.querySelector("[aria-pressed=true]");
  // A word added to what was ticked: the same verdict keeps the time at which it was seen.
  if (event.target.name === "note" && pressed) note(form, pressed.value);
});

// Where things stand: what was played rises, what others noted shows.
const rise = (played) => {
  const list = page.querySelector("[data-played]");
  const known = new Set([...page.querySelectorAll("[data-stimulus]")].map((card) => card.dataset.stimulus));
  Object.entries(played).sort((one, two) => one[1] - two[1]).forEach(([id, second]) => {
    const card = page.querySelector(`[data-coming] [data-stimulus="${CSS.escape(id)}"]`);
    if (!card) return;
    card.querySelector("[data-when]").textContent = playedMinute(second);
    const above = window.scrollY > 200 ? document.body.scrollHeight : null;
    list.prepend(card);
    if (above !== null) window.scrollBy(0, document.body.scrollHeight - above);
  });
  if (Object.keys(played).some((id) => !known.has(id))) tellReload();
  filter();
};
const tellReload = () => {
  if (page.querySelector("[data-changed]")) return;
  const line = document.createElement("p");
  line.className = "notice tone-medium";
  line.dataset.changed = "";
  line.textContent = page.dataset.reloadWords;
  page.prepend(line);
};
const showClock = (state) => {
  const clock = document.getElementById("guest-clock");
  clock.dataset.second = state.second;
  if (state.runs) clock.dataset.runs = "";
  else delete clock.dataset.runs;
  seenAt.set(clock, performance.now());
};
const askState = async () => {
  if (document.hidden) return;
  try {
    const answer = await careQueue.asked(`${page.dataset.state}?since=${number}`, { headers: { Accept: "application/json" } });
    lostSince = answer.status < 500 ? null : lostSince ?? Date.now();
    if (answer.status === 404) await closed((await answer.json()).why);
    if (answer.ok) careQueue.state.noSeat = false;
    if (answer.status !== 200) return show();
    const state = await answer.json();
    number = state.number;
    Object.assign(server, { reactions: state.reactions, marks: state.marks });
    showClock(state);
    rise(state.played);
  } catch {
    lostSince ??= Date.now();
  }
  await show();
};
const closed = async (why) => {
  careQueue.state.noSeat = true;
  if (why) page.querySelector("[data-closed] [data-why]").textContent = why;
  if ("caches" in window) await caches.delete("care-observer");
};
document.addEventListener("care:sent", (event) => {
  event.detail.sent.forEach((entry) => {
    const known = { [field({ dataset: { note: entry.kind } })]: entry.kind === "mark" ? entry.mark : entry.verdict };
    server[entry.kind === "mark" ? "marks" : "reactions"][idOf(entry)] = { ...known, by: page.dataset.signature, note: entry.note };
  });
  number = ""; // marks are no events: ask for all of it
});
careQueue.listen(show);
setInterval(askState, ASK_STATE_EVERY);
setInterval(showLost, 1000);
document.addEventListener("visibilitychange", askState);

// Over TLS the page opens again without a network; over plain http it must stay open, and says so.
const keepPage = async () => {
  page.querySelector("[data-plain]").hidden = window.isSecureContext;
  navigator.storage?.persist?.().catch(() => {});
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(page.dataset.worker);
  const ready = await navigator.serviceWorker.ready;
  const used = performance.getEntriesByType("resource").map((one) => one.name).filter((one) => new URL(one).pathname.startsWith("/static/"));
  ready.active.postMessage({ keep: [location.pathname, ...used] });
};
window.addEventListener("beforeunload", (event) => {
  const waits = page.querySelector(".waits-here");
  if (waits && !window.isSecureContext && careQueue.state.lost) event.preventDefault();
});

document.querySelector("[data-no-script]").hidden = true;
remembered();
filter();
show();
askState();
window.addEventListener("load", () => keepPage().catch(() => { page.querySelector("[data-plain]").hidden = false; }));
