// A button below each text that is copied.
for (const box of document.querySelectorAll(".copy")) {
  const code = box.querySelector("code");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const status = document.createElement("span");
  status.className = "status";
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      done = document.execCommand("copy");
    }
    status.textContent = done ? "Copied" : "Selected: press Ctrl or Cmd and C";
    setTimeout(() => { status.textContent = ""; }, 3000);
  });
  box.append(button, status);
}
