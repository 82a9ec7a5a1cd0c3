// `sesauth serve` as a person uses it: a file is dropped, a source is pasted, a form is sent by the
// keyboard, with and without script.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fold, launch, watch, withAxe, WINDOWS } from "./look.mjs";

const [root, sesauth, shots] = process.argv.slice(2);
const wrong = [];
if (shots) mkdirSync(shots, { recursive: true });
const folder = join(root, "testdata/messages/ses-records-missing");
const message = readFileSync(join(folder, "message.eml"));

const server = spawn(sesauth, ["serve", "--listen", "127.0.0.1:0", "--dns", join(folder, "dns.jsonl")], {
  stdio: ["ignore", "pipe", "ignore"],
});
const said = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(String(text))));
const origin = said.match(/http:\/\/[^/]+/)[0];

const browser = await launch();
const isOwn = (url) => url.startsWith(origin + "/") || url.startsWith("data:");
const open = async (at, options = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  watch(page, at, isOwn, wrong);
  await page.goto(origin + "/");
  return page;
};
const check = (at, is) => is || wrong.push(at);
const heading = (page) => page.locator("h1").textContent();

// The start page and a result, as they look.
for (const [width, scheme] of WINDOWS) {
  const at = `serve, ${width} pixels, ${scheme}`;
  const page = await open(at, { viewport: { width, height: 900 }, colorScheme: scheme });
  await withAxe(page, `${at}, start`, wrong);
  if (shots) await page.screenshot({ path: join(shots, `serve-start-${width}-${scheme}.png`), fullPage: true });
  for (const one of await page.locator("summary").all()) await one.click();
  await withAxe(page, `${at}, start opened`, wrong);
  if (shots) await page.screenshot({ path: join(shots, `serve-fields-${width}-${scheme}.png`), fullPage: true });
  await page.setInputFiles("#file", join(folder, "message.eml"));
  await page.getByRole("button", { name: "Inspect" }).click();
  check(`${at}: a chosen file gives ${await heading(page)}`, /^[A-Z]+$/.test(await heading(page)));
  await withAxe(page, `${at}, result`, wrong);
  if (shots) await page.screenshot({ path: join(shots, `serve-result-${width}-${scheme}.png`) });
  if (shots) await page.screenshot({ path: join(shots, `serve-whole-${width}-${scheme}.png`), fullPage: true });
  await page.setInputFiles("#file", join(folder, "message.eml"));
  await page.getByRole("button", { name: "Redact" }).click();
  check(`${at}: ${await heading(page)}`, (await heading(page)) === "Redacted copy");
  await withAxe(page, `${at}, redacted`, wrong);
  if (shots) await page.screenshot({ path: join(shots, `serve-redacted-${width}-${scheme}.png`), fullPage: true });
  await page.goto(origin + "/nothing");
  await withAxe(page, `${at}, no result`, wrong);
  await page.context().close();
}

// A file is dropped; what is on the page is copied and downloaded; the way back.
{
  const page = await open("serve, drop");
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "dropped.eml", { type: "message/rfc822" }));
    return transfer;
  }, message.toString("latin1"));
  await page.dispatchEvent("h1", "dragover", { dataTransfer: transfer });
  check("serve, drop: the zone does not show it", (await page.locator(".drop.over").count()) === 1);
  await Promise.all([page.waitForURL("**/inspect"), page.dispatchEvent("h1", "drop", { dataTransfer: transfer })]);
  check("serve, drop: no result", (await page.title()).includes("dropped.eml"));
  const copy = page.locator(".copy button").first();
  check("serve, drop: there is no record to copy", (await copy.count()) === 1);
  await copy.click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  check(`serve, drop: copied ${copied}`, copied.trim() !== "");
  for (const [name, start] of [["JSON", "{"], ["Markdown", "#"]]) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: `Download ${name}` }).click(),
    ]);
    const text = readFileSync(await download.path(), "utf8");
    check(`serve, drop: ${name} begins with ${text.slice(0, 20)}`, text.startsWith(start));
    check(`serve, drop: ${download.suggestedFilename()}`, download.suggestedFilename().startsWith("dropped.eml."));
  }
  await page.getByRole("link", { name: "Look at another" }).click();
  check("serve, drop: the way back", (await heading(page)) === "sesauth");
  await page.context().close();
}

// A redacted copy, with and without script: the message is given again, and two files come.
for (const javaScriptEnabled of [true, false]) {
  const at = `serve, redacted, script ${javaScriptEnabled}`;
  const page = await open(at, { javaScriptEnabled });
  await page.setInputFiles("#file", join(folder, "message.eml"));
  await page.getByText("What you know of its delivery").click();
  await page.getByLabel("Hosts of the receiver").fill("mx.example.net");
  await page.getByRole("button", { name: "Inspect" }).click();
  await page.getByRole("link", { name: "Redacted copy" }).click();
  await page.locator("#copy #text").fill(message.toString("latin1"));
  await page.getByLabel("Keep the names of domains").check();
  await page.getByRole("button", { name: "Redact" }).click();
  check(`${at}: ${await heading(page)}`, (await heading(page)) === "Redacted copy");
  for (const [name, file] of [["the message", "redacted-message.eml"], ["its recording", "redacted-dns.jsonl"]]) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: `Download ${name}` }).click(),
    ]);
    check(`${at}: ${download.suggestedFilename()}`, download.suggestedFilename() === file);
    const text = readFileSync(await download.path(), "utf8");
    check(`${at}: ${file} keeps no domain`, text.includes("example.com"));
  }
  const command = await page.locator("pre").textContent();
  check(`${at}: ${command}`, command.includes("--trust"));
  await page.context().close();
}

// A source is pasted anywhere, and sent by the keyboard.
{
  const page = await open("serve, paste");
  await page.evaluate((text) => navigator.clipboard.writeText(text), message.toString("latin1"));
  await page.locator("h1").click();
  await page.keyboard.press("Control+V");
  const filled = await page.locator("#text").inputValue();
  check("serve, paste: it is not in the form", fold(filled) === fold(message.toString("latin1")));
  await page.getByRole("button", { name: "Inspect" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/inspect");
  check("serve, paste: no result", (await page.title()).includes("pasted source"));
  await page.context().close();
}

// Without script, and all by the keyboard: a domain, with a plan.
for (const javaScriptEnabled of [true, false]) {
  const at = `serve, domain, script ${javaScriptEnabled}`;
  const page = await open(at, { javaScriptEnabled });
  const reached = new Set();
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.locator(":focus").first().getAttribute("id", { timeout: 2000 }).catch(() => ""));
  }
  for (const id of ["file", "text", "name"]) check(`${at}: the keyboard does not reach ${id}`, reached.has(id));
  await page.locator("#name").fill("example.com");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/domain");
  check(`${at}: ${await heading(page)}`, /^(Grade [A-F]|Not graded)$/.test(await heading(page)));
  await page.goto(origin + "/");
  await page.getByRole("button", { name: "Inspect" }).click();
  check(`${at}: without a message`, (await heading(page)) === "No result");
  await page.context().close();
}

await browser.close();
const ended = new Promise((resolve) => server.once("exit", resolve));
server.kill("SIGINT");
const code = await ended;
check(`serve: it ends with ${code}`, code === 0);
for (const line of wrong) console.log(line);
console.log(`sesauth serve: ${wrong.length === 0 ? "all is well" : wrong.length + " faults"}`);
process.exit(wrong.length === 0 ? 0 : 1);
