// Opens each page at several widths, light and dark. What is wrong is listed; the exit code says whether
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

// A finding makes the exit code 1, DNS that is not recorded 2; the page is there all the same.
const run = (...words) => {
  try {
    return execFileSync(sesauth, words, { maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if (![1, 2].includes(error.status) || !error.stdout.length) throw error;
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
const domains = ["example.com", "example.org", "a".repeat(60) + "." + "b".repeat(60) + ".example.net"];
const severalDns = ["--dns", join(root, "testdata/domains/policy-none/zone"), "--dns-absent", "nxdomain"];
add("domains", run("domain", "--format", "html", ...severalDns, ...domains));
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

// Odd in their shape: no name has a place to break, there are many of everything, or nothing at all.
const label = "a".repeat(60);
const long = [label, label, label, "example.com"].join(".");
const signers = ["example.com", "xn--bcher-kva.example", "xn--fsqu00a.xn--0zwm56d", "amazonses.com", long];
const signatures = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((index) =>
  `DKIM-Signature: v=1; a=rsa-sha256; d=${signers[index % 5]}; s=s${index}; h=from:to; bh=QUJD; b=QUJD`);
const hops = Array.from({ length: 30 }, (_, index) =>
  `Received: from ${index % 2 ? long : "a.example.com"} ([192.0.2.${index + 1}]) by host${index}.example.net; ` +
    `Tue, 30 Jun 2026 ${String(23 - Math.floor(index / 2)).padStart(2, "0")}:00:00 +0000`);
const odd = {
  long: [`Return-Path: <a@${long}>`, ...hops, ...signatures, `From: ${label} <${label}@${long}>`],
  "two-from": ["Return-Path: <>", "From: a@\u4f8b\u3048.\u30c6\u30b9\u30c8", "From: b@example.org"],
  "no-from": ["Return-Path: <>", "Received: x", "To: b@example.net"],
};
for (const [name, fields] of Object.entries(odd)) {
  const path = join(place, name + ".eml");
  writeFileSync(path, [...fields, "Subject: " + label.repeat(3), "", "Hello", ""].join("\r\n"));
  add(name, run("inspect", "--format", "html", "--dns", none, "--dns-absent", "nxdomain", path));
  add(name + "-without-dns", run("inspect", "--format", "html", "--dns", none, path));
}

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
    await page.locator("#filters select").nth(1).selectOption("cedar.example");
    const own = await shown();
    if (!(own > 0 && own < all)) wrong.push(`index: one author domain shows ${own} of ${all}`);
    await page.locator("#filters select").nth(1).selectOption("");
    await page.getByRole("button", { name: "Received" }).click();
    const sort = await page.locator('#lines th[aria-sort="ascending"]').count();
    if (sort !== 1) wrong.push("index: no column is sorted");
  }
}

await browser.close();
rmSync(place, { recursive: true, force: true });
for (const line of wrong) console.log(line);
console.log(`${pages.size} pages, ${WINDOWS.length} times each: ${wrong.length === 0 ? "all is well" : wrong.length + " faults"}`);
process.exit(wrong.length === 0 ? 0 : 1);
