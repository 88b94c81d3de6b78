// What the pages gain when JavaScript runs; each of them works without it.
document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-opens]");
  if (toggle) {
    const panel = document.getElementById(toggle.dataset.opens);
    toggle.setAttribute("aria-expanded", String(panel.classList.toggle("open")));
  }
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// A second of the exercise clock, as `played_time` writes it: 62:05.
const playedTime = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
};

// A minute of it, as `played_minute` writes it: T+62 min.
const playedMinute = (seconds) => `T+${Math.floor(seconds / 60)}\u00a0min`;

// A second click on a button does not send the form twice. A download leaves its page open: it may be asked for again.
const PATIENCE = 4000;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, PATIENCE);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// A file that the server would refuse for its size is told before a byte of it is sent.
document.addEventListener("change", (event) => {
  const field = event.target.closest("input[type=file][data-max-bytes]");
  if (!field) return;
  const words = field.form.querySelector("[data-too-large]");
  const fits = [...field.files].every((file) => file.size <= Number(field.dataset.maxBytes));
  words.hidden = fits;
  field.form.querySelector("button.btn-primary").disabled = !fits;
});

// An answer carries the durations after it, up to one that somebody answered and that is as grave.
document.addEventListener("change", (event) => {
  const answer = event.target.closest("form[data-raises] .levels input");
  if (!answer) return;
  const rows = [...answer.form.querySelectorAll(".levels")];
  const here = rows.indexOf(answer.closest(".levels"));
  delete rows[here].dataset.carried;
  let level = Number(answer.value);
  rows.slice(here + 1).forEach((row) => {
    const ticked = row.querySelector("input:checked");
    if (ticked && !row.dataset.carried && Number(ticked.value) >= level) {
      level = Number(ticked.value);
    } else {
      row.querySelector(`input[value="${level}"]`).checked = true;
      row.dataset.carried = "1";
    }
  });
});

// A duration typed in words presses “another duration”.
document.addEventListener("input", (event) => {
  const typed = event.target.closest(".time .other input");
  if (typed && typed.value.trim()) typed.closest(".time").querySelector('.presets input[value="other"]').checked = true;
});

// A text to take elsewhere: `data-copy` names the field; the button shows only where it can work.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    button.hidden = false;
  });
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy);
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    document.execCommand("copy"); // the only way over plain http
  }
  button.querySelector("[data-copied]").hidden = false;
});

// A page that follows what others do is told over a stream (parts/live.html). Without one it asks by itself, and says
// so only when nobody answers that either.
const ASK_EVERY = 3000;
const SILENT_AFTER = 30000; // three beats of the stream
const heard = new WeakMap();
const ask = (live) => live.querySelectorAll('[hx-trigger*="refresh"]').forEach((part) => htmx.trigger(part, "refresh"));
const askAll = () => document.querySelectorAll("[data-live]").forEach((live) => {
  if (!(Date.now() - heard.get(live) < SILENT_AFTER)) ask(live);
});
document.addEventListener("htmx:sseOpen", (event) => {
  const live = event.target.closest("[data-live]");
  const hears = () => heard.set(live, Date.now());
  if (live) ["beat", "changed", "news"].forEach((name) => event.detail.source.addEventListener(name, hears));
});
document.addEventListener("htmx:sseError", (event) => heard.delete(event.target));
document.addEventListener("htmx:afterRequest", (event) => {
  const live = event.target.closest("[data-live]");
  if (live) live.querySelector("[data-live-lost]").hidden = event.detail.successful;
});
document.addEventListener("visibilitychange", () => document.hidden || askAll());
setInterval(askAll, ASK_EVERY);
