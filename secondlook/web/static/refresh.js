// Fetches the page that one is on again from time to time and puts the part named by data-refresh in its place. Nothing
// is replaced while somebody is in it (focus, selected text) or looks at another tab; what they unfolded stays unfolded.
const bar = document.querySelector("[data-refresh]");
if (bar) {
  const button = bar.querySelector("button");
  const said = bar.querySelector("span");
  let stopped = false;
  bar.hidden = false;
  button.addEventListener("click", () => {
    stopped = !stopped;
    button.textContent = stopped ? "Refresh by itself" : "Stop refreshing";
    said.textContent = stopped ? "Stopped." : "";
  });
  setInterval(async () => {
    const old = document.getElementById(bar.dataset.refresh);
    const selected = document.getSelection();
    const busy = old.contains(document.activeElement) || (!selected.isCollapsed && old.contains(selected.anchorNode));
    if (stopped || busy || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "refresh" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(bar.dataset.refresh);
      for (const open of old.querySelectorAll("details[open]")) fresh.querySelector(`#${open.id}`)?.setAttribute("open", "");
      old.replaceWith(document.adoptNode(fresh));
      said.textContent = `Refreshed at ${new Date().toLocaleTimeString()}.`;
    } catch (problem) {
      said.textContent = "Not refreshed: the server does not answer, or you are signed out. The numbers are older.";
    }
  }, Number(bar.dataset.every) * 1000);
}
