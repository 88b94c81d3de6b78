// Questions at the keyboard: 1 to 4 answer and go on, letters tick, Enter goes on. Without it, the form works as it is.
const questionOf = (element) => element.closest("[data-question]");

const firstField = (question) =>
  question.querySelector('input[type=text], input[type=date], input[type=checkbox][data-key], input[type=radio]:checked')
  || question.querySelector("input[type=radio]");

const goOn = (question) => {
  const shown = [...document.querySelectorAll("[data-question]")].filter((one) => one.offsetParent && !one.disabled);
  const after = shown[shown.indexOf(question) + 1];
  const there = after ? firstField(after) : question.form.querySelector(".form-actions .btn-primary");
  there.focus();
  there.scrollIntoView({ block: "center" });
};

document.addEventListener("keydown", (event) => {
  const question = event.target.closest && questionOf(event.target);
  if (!question || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea")) return;
  if (event.key === "Enter") {
    event.preventDefault();
    goOn(question);
    return;
  }
  if (!event.target.matches("input[type=radio], input[type=checkbox]")) return;
  const field = question.querySelector(`input[data-key="${CSS.escape(event.key)}"]`);
  if (!field) return;
  event.preventDefault();
  if (field.type === "checkbox") {
    field.checked = !field.checked;
    field.focus();
  } else {
    field.checked = true;
    goOn(question);
  }
});

const first = document.querySelector("[data-question]");
if (first && !first.disabled && !document.querySelector("[role=alert]")) firstField(first).focus({ preventScroll: true });
