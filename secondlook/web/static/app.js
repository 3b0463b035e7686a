// What plain HTML cannot do: warn before text that was typed into a form is left behind.
let typed = false;
// A field may stand outside of its form, so the document listens.
document.addEventListener("input", (event) => {
  if (event.target.form?.matches("[data-unsaved]")) typed = true;
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-unsaved]")) typed = false;
});
window.addEventListener("beforeunload", (event) => {
  if (typed) event.preventDefault();
});
