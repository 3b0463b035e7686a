// Tells colleagues who open this case that somebody has it open, and that they have left it.
const looked = document.querySelector("[data-looking]");

function tell(left) {
  const fields = new URLSearchParams({ csrf_token: document.querySelector("[name=csrf_token]").value });
  if (left) fields.set("left", "yes");
  navigator.sendBeacon(looked.dataset.looking, fields);
}

if (looked) {
  window.addEventListener("pageshow", () => tell(false));
  window.addEventListener("pagehide", () => tell(true));
}
