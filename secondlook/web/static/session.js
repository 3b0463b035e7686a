// Warns before a session is over because nothing was done, and keeps it without loading the page again.
const idle = document.querySelector("[data-idle]");
if (idle) {
  const left = idle.querySelector("span");
  const warnAt = Number(idle.dataset.warn);
  const look = async () => {
    const answer = await fetch("/session", { headers: { "X-Requested-With": "refresh" } }).catch(() => null);
    if (answer?.status === 401) {
      left.textContent = "now. You are signed out; what you typed stays on this page until you leave it.";
      idle.hidden = false;
      return;
    }
    const seconds = answer?.ok ? (await answer.json()).seconds : warnAt + 60;
    idle.hidden = seconds > warnAt;
    if (!idle.hidden) left.textContent = `in ${Math.ceil(seconds / 60)} minutes.`;
    setTimeout(look, (idle.hidden ? seconds - warnAt : Math.min(seconds, 30)) * 1000 + 1000);
  };
  idle.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await fetch("/session", { method: "POST", body: new URLSearchParams(new FormData(event.target)) }).catch(() => null);
    idle.hidden = true;
  });
  setTimeout(look, (Number(idle.dataset.idle) - warnAt) * 1000);
}
