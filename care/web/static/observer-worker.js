// Keeps the page of observers, and what it is made of, openable without a network. It answers for that page alone; what
// is noted goes through the page's own queue.
"use strict";

const KEPT = "care-observer";
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const keep = event.data?.keep;
  if (Array.isArray(keep)) event.waitUntil(keepAll(keep));
});
const keepAll = async (addresses) => {
  const kept = await caches.open(KEPT);
  await Promise.all(addresses.map(async (address) => {
    if (address.includes("/static/") && (await kept.match(address))) return;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (answer.ok) await kept.put(address, answer);
  }));
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(openPage(request));
  else if (pathname.includes("/static/")) event.respondWith(fromHere(request));
});

const openPage = async (request) => {
  const kept = await caches.open(KEPT);
  const { pathname } = new URL(request.url);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.ok) await kept.put(pathname, answer.clone());
    if (answer.status === 404) await caches.delete(KEPT); // the seat is closed: its page is not to be read here any more
    if (answer.status < 500) return answer;
    return (await kept.match(pathname)) ?? answer;
  } catch (error) {
    const last = await kept.match(pathname);
    if (last) return last;
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

// Static files carry their fingerprint in their address: what is kept is right.
const fromHere = async (request) => {
  const kept = await caches.open(KEPT);
  return (await kept.match(request)) ?? fetch(request);
};
