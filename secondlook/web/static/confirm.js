// Plays a review back beside its evidence instead of on a page of its own. What comes back and is no such page is left to
// the browser, which sends the form again: that is safe, because nothing is recorded before it is confirmed.
// `typed` is app.js's: until it is recorded, the text is not left behind without a warning.
const review = document.querySelector("form[data-confirm]");
let asking = false;

async function played() {
  const sent = { method: "POST", body: new URLSearchParams(new FormData(review)) };
  // A field is called "action", so the property is not the address.
  const answer = await fetch(review.getAttribute("action"), sent).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  return page?.getElementById("confirming") ? page : null;
}

function show(page) {
  const place = review.closest("section");
  const findings = document.querySelectorAll(".sl-finding");
  const title = document.createElement("h2");
  title.id = "confirming-title";
  title.tabIndex = -1;
  title.textContent = page.getElementById(title.id).textContent;
  const shown = document.createElement("section");
  shown.setAttribute("aria-labelledby", title.id);
  shown.append(title, document.adoptNode(page.getElementById("confirming")));
  const turn = (back) => {
    place.hidden = !back;
    for (const each of findings) each.disabled = !back;
  };
  shown.querySelector("[name=change]").addEventListener("click", (event) => {
    event.preventDefault();
    shown.remove();
    turn(true);
    document.getElementById("review-form").focus();
  });
  turn(false);
  place.after(shown);
  typed = true;
  title.focus();
}

if (review) review.addEventListener("submit", async (event) => {
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  if (asking) return;
  asking = true;
  const page = await played();
  asking = false;
  if (page) show(page);
  else review.submit();
});
