// Counts down what the page said when it was loaded: "9 minutes left".
for (const left of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(left.dataset.until);
  const said = () => {
    const minutes = Math.ceil((until - Date.now()) / 60000);
    left.textContent = minutes > 1 ? `${minutes} minutes left` : minutes === 1 ? "less than a minute left" : "over";
  };
  said();
  setInterval(said, 5000);
}
