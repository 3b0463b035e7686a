// Saves what is typed into a review a moment after typing stops. Without it there is the button "Save draft".
// `typed` is app.js's: what is saved may be left behind without a warning.
const drafted = document.querySelector("form[data-draft]");
const said = document.getElementById("draft-said");
let wait;
let saving = null;

async function save() {
  const sent = saving = new AbortController();
  const fields = new URLSearchParams(new FormData(drafted));
  const headers = { "X-Requested-With": "draft" };
  try {
    const answer = await fetch(drafted.dataset.draft, { method: "POST", body: fields, headers, signal: sent.signal });
    if (saving !== sent) return;
    if (answer.ok) typed = false;
    const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    said.textContent = answer.ok ? `Draft saved at ${at}.`
      : answer.status === 401 ? "Not saved: you are signed out. Sign in in another tab, then go on writing here."
      : "Not saved. Your text is still here; it is tried again when you write on.";
  } catch (problem) {
    if (saving === sent) said.textContent = "Not saved: the server cannot be reached. Your text is still here.";
  }
}

if (drafted && said) {
  document.addEventListener("input", (event) => {
    if (event.target.form !== drafted) return;
    clearTimeout(wait);
    wait = setTimeout(save, 1500);
  });
  drafted.addEventListener("submit", () => {
    clearTimeout(wait);
    if (saving) saving.abort();
    saving = null;
  });
}
