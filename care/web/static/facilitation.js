// The board of the facilitation: time counted here from what the server said, forms sent in place, nothing that jumps.
(() => {
  const board = document.getElementById("facilitation");
  const face = document.getElementById("clock");
  const title = document.title;
  const SLACK = 0.7; // seconds by which an answer may be late on its way: the clock is not set again for less
  let anchor = { second: Number(board.dataset.second), at: performance.now(), runs: board.dataset.runs === "yes" };

  const second = () => anchor.second + (anchor.runs ? (performance.now() - anchor.at) / 1000 : 0);
  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  function count() {
    const now = second();
    write(face, playedTime(now));
    board.classList.toggle("still", !anchor.runs);
    board.querySelectorAll("[data-due]").forEach((one) => {
      const left = Number(one.dataset.due) - now;
      one.classList.toggle("overdue", left < 0);
      const words = left < 0 ? one.dataset.after : one.dataset.before;
      write(one, left < 0 && one.dataset.after === one.dataset.soon ? words : `${words} ${playedTime(Math.abs(left))}`);
    });
    board.querySelectorAll("[data-since]").forEach((one) => write(one, `(${playedTime(now - Number(one.dataset.since))})`));
    const course = board.querySelector("progress.course");
    if (course) course.value = now;
    const waiting = Number(document.getElementById("news").dataset.waiting);
    const wanted = waiting ? `(${waiting}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
  }
  setInterval(count, 250);

  document.addEventListener("exercise:clock", (event) => {
    const { second: told, runs } = event.detail;
    if (runs === anchor.runs && Math.abs(told - second()) < SLACK) return;
    anchor = { second: told, at: performance.now(), runs };
    count();
  });

  // A part that was replaced shows its countdowns at once; who stood on a button that is gone stands on what held it.
  let trail = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([400, 409].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true; // said in place, nothing is lost
      event.detail.isError = false;
    }
    trail = [];
    for (let one = document.activeElement; one && board.contains(one); one = one.parentElement) {
      if (one.id) trail.push(one.id);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    count();
    if (document.activeElement !== document.body) return;
    const stand = trail.map((id) => document.getElementById(id)).find((one) => one && one.matches("a[href], button, [tabindex]"));
    if (stand) stand.focus({ preventScroll: true });
  });

  // What is opened lies on the desk; closing it goes back to what was touched.
  let opener = "";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-desk]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const closes = "closes" in link.dataset;
    if (!closes && link.id) opener = link.id;
    htmx.ajax("GET", link.href.split("#")[0], { target: "#desk", swap: "innerHTML" }).then(() => {
      const stand = document.getElementById(closes ? opener : "desk-title");
      if (stand) stand.focus();
    });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !board.contains(form) || event.defaultPrevented) return;
    event.preventDefault();
    const values = new FormData(form, event.submitter);
    htmx.ajax("POST", form.action, { source: form, swap: "none", values }).finally(() => delete form.dataset.sent);
  });

  document.getElementById("filters").addEventListener("change", () => htmx.trigger("#refresh", "refresh"));
  document.getElementById("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    htmx.trigger("#refresh", "refresh");
  });
  count();
})();
