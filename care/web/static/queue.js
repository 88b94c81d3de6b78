// What a device has to send in an exercise waits in its own store until the server says what became of it: the network
// may be away for an hour, the page closed, the server restarted. Each entry has a key made here: sent twice, it counts once.
"use strict";

const careQueue = (() => {
  const STORE = "waiting";
  const AT_ONCE = 50;
  const PATIENCE = 15000;
  const AGAIN_EVERY = 5000;
  const memory = new Map(); // where the browser refuses a store (some private windows): kept while the page is open
  const listeners = new Set();
  const other = "BroadcastChannel" in window ? new BroadcastChannel("care-exercise") : null;
  let opening = null;
  let sending = null;
  let sayAgain = false;

  const open = () => {
    opening ??= new Promise((resolve) => {
      try {
        const asked = indexedDB.open("care-exercise", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => resolve(null);
      } catch {
        resolve(null);
      }
    });
    return opening;
  };

  const inStore = async (mode, work) => {
    const database = await open();
    if (!database) return null;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked ? asked.result : undefined);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };

  const tell = () => {
    listeners.forEach((listen) => listen());
    if (other) other.postMessage("changed");
  };
  if (other) other.onmessage = () => listeners.forEach((listen) => listen());

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

  const all = async () => {
    const stored = (await inStore("readonly", (store) => store.getAll())) ?? [];
    return [...stored, ...memory.values()].sort((one, two) => one.at - two.at);
  };

  const put = async (entry) => {
    try {
      if ((await inStore("readwrite", (store) => store.put(entry))) === null) memory.set(entry.key, entry);
    } catch {
      memory.set(entry.key, entry); // the disk is full
    }
    tell();
  };

  const remove = async (keys) => {
    keys.forEach((key) => memory.delete(key));
    await inStore("readwrite", (store) => {
      keys.forEach((key) => store.delete(key));
    });
  };

  const where = () => document.querySelector("[data-queue]");

  // What this page may send: what was written from its own seat. Whoever sat here before signed for himself.
  const mine = (entry) => {
    const page = where();
    return Boolean(page) && !entry.refused && entry.exercise === page.dataset.exercise && entry.seat === page.dataset.seat;
  };

  let token = "";
  const asked = async (address, options = {}) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      return await fetch(address, { ...options, signal: stop.signal, credentials: "same-origin" });
    } finally {
      clearTimeout(timer);
    }
  };
  const post = async (address, body) => {
    const send = () => asked(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body,
    });
    token ||= document.querySelector("input[name=csrf_token]")?.value ?? "";
    const answer = await send();
    if (answer.status !== 400) return answer;
    // The token of a page kept open for hours, or from before a restart, is no good any more: ask for another, once.
    const fresh = await asked(where().dataset.token, { headers: { Accept: "application/json" } });
    if (!fresh.ok) return fresh;
    token = (await fresh.json()).token;
    return send();
  };

  const state = { lost: false, noSeat: false };

  const round = async () => {
    const page = where();
    if (!page) return;
    const waiting = (await all()).filter(mine).slice(0, AT_ONCE);
    if (!waiting.length) return;
    const entries = waiting.map((entry) => ({ ...entry, ago: Math.max(0, (Date.now() - entry.at) / 1000) }));
    let answer;
    try {
      answer = await post(page.dataset.queue, JSON.stringify({ entries }));
      state.lost = answer.status >= 500;
    } catch {
      state.lost = true;
    }
    state.noSeat = answer?.status === 404;
    if (!answer?.ok) return tell();
    const { done, refused } = await answer.json();
    await remove(done);
    for (const { key, why } of refused) {
      const entry = waiting.find((one) => one.key === key);
      if (entry) await put({ ...entry, refused: why });
    }
    const sent = waiting.filter((one) => done.includes(one.key));
    document.dispatchEvent(new CustomEvent("care:sent", { detail: { sent } }));
    tell();
    if (done.length || refused.length) await round();
  };

  // One round at a time: what is asked meanwhile makes another one after.
  const send = async () => {
    if (sending) {
      sayAgain = true;
      return sending;
    }
    sending = round().finally(() => {
      sending = null;
      if (sayAgain) {
        sayAgain = false;
        send();
      }
    });
    return sending;
  };

  const add = async (values) => {
    const page = where();
    const entry = { key: newKey(), at: Date.now(), exercise: page.dataset.exercise, seat: page.dataset.seat, who: page.dataset.who, ...values };
    await put(entry);
    send();
    return entry;
  };

  const time = (at, timeZone) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone });

  // What cannot leave from here, as a text to copy.
  const leftovers = async () => (await all()).filter((entry) => state.noSeat || !mine(entry));
  const showLeftovers = async () => {
    const panel = document.querySelector("[data-leftovers]");
    if (!panel) return;
    const kept = await leftovers();
    panel.hidden = !kept.length;
    panel.querySelector("[data-leftovers-text]").value = kept
      .map((entry) => `${time(entry.at)} – ${entry.who} – ${entry.words}${entry.refused ? ` (${entry.refused})` : ""}`)
      .join("\n");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-leftovers-forget]");
    if (!button) return;
    const words = button.querySelector("span");
    if (words.textContent !== button.dataset.sure) {
      words.textContent = button.dataset.sure;
      return;
    }
    await remove((await leftovers()).map((entry) => entry.key));
    tell();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-leftovers-copy]");
    if (!button) return;
    const text = button.closest("[data-leftovers]").querySelector("[data-leftovers-text]");
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy"); // the only way over plain http
    }
    button.querySelector("span").textContent = button.dataset.copied;
  });

  const listen = (listener) => listeners.add(listener);
  listen(showLeftovers);
  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  setInterval(send, AGAIN_EVERY);
  document.addEventListener("DOMContentLoaded", () => {
    showLeftovers();
    send();
  });

  return { add, all, asked, listen, mine, newKey, send, state, time };
})();
