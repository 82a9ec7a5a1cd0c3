// Opens each page at two widths, light and dark. What is wrong is listed; the exit code says whether
// anything is.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch, watch, withAxe, WINDOWS } from "./look.mjs";

const [root, sesauth, shots] = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), "sesauth-pages-"));
const wrong = [];

// A finding makes the exit code 1; the page is there all the same.
const run = (...words) => {
  try {
    return execFileSync(sesauth, words, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if (error.status !== 1) throw error;
    return error.stdout;
  }
};
const messages = ["ses-default-mail-from", "ses-records-missing", "altered-mailman-footer", "altered-mailman-wrapped"];
const pages = new Map();
const add = (name, text) => {
  const path = join(place, name + ".html");
  writeFileSync(path, text);
  pages.set(name, path);
};
for (const name of messages) {
  const folder = join(root, "testdata/messages", name);
  add(name, run("inspect", "--format", "html", "--dns", join(folder, "dns.jsonl"), join(folder, "message.eml")));
}
for (const name of ["perfect", "policy-none", "bulk", "hostile"]) {
  const folder = join(root, "testdata/domains", name);
  const words = readFileSync(join(folder, "arguments"), "utf8").trim().split(/\s+/);
  const dns = ["--dns", join(folder, "zone"), "--dns-absent", "nxdomain"];
  add("domain-" + name, run("domain", "--format", "html", ...dns, ...words));
}
const corpus = join(root, "testdata/corpus");
add("report", run("corpus", "report", "--format", "html", corpus));
// The folder has a name without a place to break, and wider than a telephone.
const deep = join(place, "messages".repeat(20));
cpSync(corpus, deep, { recursive: true });
run("batch", "--quiet", "--dns", join(corpus, "dns.jsonl"), "--html", join(place, "all"), deep);
pages.set("index", join(place, "all/index.html"));

const hostile = join(place, "hostile.eml");
const evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>\u202Egnp.\u0007";
writeFileSync(
  hostile,
  ["From: " + evil + " <a@example.com>", "Subject: " + evil, "Message-ID: <" + evil + ">", "Received: from " + evil,
    "DKIM-Signature: v=1; a=rsa-sha256; d=" + evil, "Authentication-Results: " + evil, "", evil, ""].join("\r\n"),
);
const none = join(place, "none.jsonl");
writeFileSync(none, '{"sesauth_dns":1}\n');
add("hostile", run("inspect", "--format", "html", "--dns", none, "--dns-absent", "nxdomain", hostile));

const browser = await launch();
const isOwn = (url) => url.startsWith("file:") || url.startsWith("data:");
for (const [name, path] of pages) {
  for (const [width, scheme] of WINDOWS) {
    const at = `${name}, ${width} pixels, ${scheme}`;
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    watch(page, at, isOwn, wrong);
    await page.goto(pathToFileURL(path).href);
    await withAxe(page, at, wrong);
    if (shots) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
    if (width === 1280 && scheme === "light") await byHand(name, page);
    await context.close();
  }
}

// The keyboard reaches every link, button and fold; a record is copied; lines are sorted and filtered.
async function byHand(name, page) {
  const count = await page.evaluate(() => {
    const all = document.querySelectorAll("a[href], button, summary, input, select");
    return Array.from(all).filter((one) => one.checkVisibility()).length;
  });
  const reached = new Set();
  for (let step = 0; step < Math.min(count + 5, 400); step += 1) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(() => {
        const all = Array.from(document.querySelectorAll("*"));
        return all.indexOf(document.activeElement);
      }),
    );
  }
  const wanted = Math.min(count, 400);
  if (reached.size < wanted) wrong.push(`${name}: the keyboard reaches ${reached.size} of ${wanted}`);
  const copy = page.locator(".copy button").first();
  if (await copy.count()) {
    await copy.click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    if (!copied.trim()) wrong.push(`${name}: nothing was copied`);
  }
  if (name === "index") {
    const shown = () => page.locator("#lines tbody tr:visible").count();
    const all = await shown();
    await page.getByLabel("Search").fill("birch");
    const some = await shown();
    if (!(some > 0 && some < all)) wrong.push(`index: the search shows ${some} of ${all}`);
    await page.getByLabel("Search").fill("");
    await page.getByRole("button", { name: "Received" }).click();
    const sort = await page.locator('#lines th[aria-sort="ascending"]').count();
    if (sort !== 1) wrong.push("index: no column is sorted");
  }
}

await browser.close();
rmSync(place, { recursive: true, force: true });
for (const line of wrong) console.log(line);
console.log(`${pages.size} pages, four times each: ${wrong.length === 0 ? "all is well" : wrong.length + " faults"}`);
process.exit(wrong.length === 0 ? 0 : 1);
