// A message that is dropped or pasted anywhere on the page goes into its form.
const form = document.querySelector("#message");
const file = form.querySelector("input[type=file]");
const text = form.querySelector("textarea[name=text]");
const zone = form.querySelector(".drop");
const status = form.querySelector(".status");
form.querySelector("#file-hint").append(" It can be dropped anywhere on this page.");

function take(transfer) {
  if (transfer.files.length > 0) {
    file.files = transfer.files;
    text.value = "";
    form.requestSubmit();
    return true;
  }
  const pasted = transfer.getData("text/plain");
  if (pasted !== "") {
    text.value = pasted;
    file.value = "";
    text.scrollIntoView({ block: "center" });
    text.focus();
    status.textContent = "The source is filled in.";
    return true;
  }
  return false;
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) {
    zone.classList.remove("over");
  }
});
addEventListener("drop", (event) => {
  zone.classList.remove("over");
  const isText = event.dataTransfer.files.length === 0;
  if (isText && event.target.matches("input, textarea")) {
    return;
  }
  event.preventDefault();
  take(event.dataTransfer);
});
addEventListener("paste", (event) => {
  const isText = event.clipboardData.files.length === 0;
  if (isText && event.target.matches("input, textarea")) {
    return;
  }
  if (take(event.clipboardData)) {
    event.preventDefault();
  }
});
form.addEventListener("submit", () => {
  status.textContent = "The message is being looked at.";
});
addEventListener("pageshow", () => {
  status.textContent = "";
});
