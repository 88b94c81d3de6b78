// The pages of players and the screen of the room: the clock goes on between two answers of the server, what is new is
// told, a message written without a network waits (queue.js). Each of these pages works without.
"use strict";

const seenAt = new WeakMap();
const tickClocks = () => {
  document.querySelectorAll("[data-clock]").forEach((clock) => {
    if (!seenAt.has(clock)) seenAt.set(clock, performance.now());
    const since = "runs" in clock.dataset ? (performance.now() - seenAt.get(clock)) / 1000 : 0;
    const words = playedTime(Number(clock.dataset.second) + since);
    const shown = clock.querySelector("[data-shown]");
    if (shown.textContent !== words) shown.textContent = words;
  });
  document.querySelectorAll("[data-hour]").forEach((hour) => {
    const words = careQueue.time(Date.now(), hour.dataset.hour);
    if (hour.textContent !== words) hour.textContent = words;
  });
};
setInterval(tickClocks, 250);

// What is new is said once, and shown to who has scrolled down; nothing that is being read moves.
let known = null;
const bar = () => document.getElementById("guest-bar");
const ids = () => new Set((bar()?.dataset.received ?? "").split(" ").filter(Boolean));
const tellNews = () => {
  if (!bar()) return;
  const now = { ids: ids(), last: Number(bar().dataset.told) };
  if (known) {
    const fresh = [...now.ids].filter((one) => !known.ids.has(one));
    fresh.forEach((one) => document.getElementById(`stimulus-${one}`)?.classList.add("fresh"));
    const words = fresh.length ? bar().dataset.newest : now.last > known.last ? bar().dataset.toldWords : "";
    if (words) announce(words);
  }
  known = now;
};
const announce = (words) => {
  const place = document.querySelector("[data-announce]");
  const toast = document.querySelector("[data-toast]");
  if (place) place.textContent = `${place.dataset.words} ${words}`;
  if (toast && window.scrollY > 200) {
    toast.querySelector("span").textContent = words;
    toast.hidden = false;
  }
};
document.addEventListener("scroll", () => {
  const toast = document.querySelector("[data-toast]");
  if (toast && window.scrollY < 100) toast.hidden = true;
}, { passive: true });

let held = null;
["htmx:beforeSwap", "htmx:sseBeforeMessage"].forEach((name) => document.addEventListener(name, () => {
  const first = [...document.querySelectorAll("article.stimulus")].find((one) => one.getBoundingClientRect().bottom > 80);
  held = first && window.scrollY > 100 ? { id: first.id, top: first.getBoundingClientRect().top } : null;
}));
document.addEventListener("htmx:afterSettle", () => {
  const again = held && document.getElementById(held.id);
  if (again) window.scrollBy(0, again.getBoundingClientRect().top - held.top);
  held = null;
  tellNews();
  tickClocks();
});

// A seat that is closed meanwhile says so, with the way back in.
document.addEventListener("htmx:afterRequest", (event) => {
  const gone = document.querySelector("[data-no-seat-note]");
  const answer = event.detail.xhr;
  if (!gone) return;
  gone.hidden = answer?.status !== 404;
  if (gone.hidden) return;
  document.querySelector("[data-live-lost]").hidden = true; // the line holds: it is the seat that is gone
  if (answer.responseText) gone.querySelector("[data-why]").textContent = answer.responseText;
});

// What is being written outlives its page: a phone short of memory loads it again.
const draftOf = (form) => `draft ${form.dataset.seat} ${form.dataset.stimulus ?? ""}`;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-kind=message]");
  if (form) sessionStorage.setItem(draftOf(form), form.elements.body.value);
});
const showDraft = () => {
  const form = document.querySelector("form[data-kind=message]");
  if (form) form.elements.body.value ||= sessionStorage.getItem(draftOf(form)) ?? "";
};

// A message goes through the queue; its form serves again at once.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-kind=message]");
  if (!form) return;
  const repeated = event.defaultPrevented;
  event.preventDefault();
  delete form.dataset.sent;
  const body = form.elements.body.value.trim();
  if (repeated || !body) return form.elements.body.focus();
  form.elements.body.value = "";
  sessionStorage.removeItem(draftOf(form));
  await careQueue.add({ kind: "message", key: form.elements.key.value, stimulus: form.dataset.stimulus ?? "", body, words: body });
  form.elements.key.value = careQueue.newKey();
});
const showWaiting = async () => {
  const list = document.querySelector("form[data-kind=message] [data-waiting]");
  if (!list) return;
  const stimulus = list.closest("form").dataset.stimulus ?? "";
  const waiting = (await careQueue.all()).filter((entry) => careQueue.mine(entry) && (entry.stimulus ?? "") === stimulus);
  list.hidden = !waiting.length;
  list.replaceChildren(...waiting.map((entry) => {
    const line = document.createElement("li");
    line.textContent = entry.body;
    return line;
  }));
};
careQueue.listen(showWaiting);
document.addEventListener("care:sent", () => {
  const place = document.querySelector("#received, #guest-nav");
  if (place) htmx.trigger(place, "refresh");
});
document.addEventListener("DOMContentLoaded", () => {
  tellNews();
  showDraft();
  showWaiting();
});

// What an observer may read is not for who sits next at this device: the page kept for him (observer-worker.js) goes with
// him.
const forgetObserver = () => window.caches?.delete("care-observer").catch(() => {});
if (!document.querySelector("[data-observing]")) forgetObserver();
document.addEventListener("submit", (event) => {
  if (event.target.closest("form[data-leave]")) forgetObserver();
});

// The screen of the room fills a wall and keeps it lit, where the browser allows.
const fullScreen = document.querySelector("[data-full-screen]");
if (fullScreen && document.fullscreenEnabled) {
  fullScreen.hidden = false;
  fullScreen.addEventListener("click", () => document.documentElement.requestFullscreen().catch(() => {}));
}
const keepLit = () => {
  if (document.querySelector(".wall") && !document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
};
document.addEventListener("visibilitychange", keepLit);
keepLit();
