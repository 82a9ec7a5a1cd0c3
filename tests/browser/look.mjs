// What all pages are looked at for.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The widths in pixels and the colours in which each page is looked at. */
export const WINDOWS = [[1280, "light"], [390, "light"], [320, "light"], [1280, "dark"], [390, "dark"]];

export const launch = () =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });

/** A text without differences of white space. */
export const fold = (text) => text.replace(/\s+/g, " ").trim();

/** Adds errors of `page`, dialogs, and requests that are not `isOwn` to `wrong`. */
export function watch(page, at, isOwn, wrong) {
  page.on("console", (said) => {
    // A browser says so too of an answer that is meant to be an error.
    const isStatus = said.text().startsWith("Failed to load resource: the server responded with a status of 4");
    if (said.type() === "error" && !isStatus) wrong.push(`${at}: console: ${said.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`${at}: ${error}`));
  page.on("dialog", (dialog) => {
    wrong.push(`${at}: a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!isOwn(request.url())) wrong.push(`${at}: a request to ${request.url()}`);
  });
}

/** Adds what axe finds serious to `wrong`, and text that is wider than the window. */
export async function withAxe(page, at, wrong) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 1) wrong.push(`${at}: ${overflow} pixels wider than the window`);
  const outside = await page.evaluate(() => {
    const all = Array.from(document.querySelectorAll("body *")).filter((one) => {
      const { width, left, right } = one.getBoundingClientRect();
      return width > 1 && (left < -1 || right > innerWidth + 1) && !one.closest(".skip, thead");
    });
    return all.slice(0, 3).map((one) => `<${one.tagName.toLowerCase()}> ${one.textContent.slice(0, 60)}`);
  });
  for (const one of outside) wrong.push(`${at}: outside of the window: ${one}`);
  // The policy of the page refuses scripts of others, so axe runs in a world of its own.
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const world = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const evaluate = (expression) =>
    session.send("Runtime.evaluate", {
      expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true,
    });
  await evaluate(axe);
  const found = await evaluate(
    "axe.run(document, {resultTypes: ['violations']}).then((all) => all.violations.map((one) => " +
      "[one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 120)]))",
  );
  if (!found.result || !Array.isArray(found.result.value)) {
    wrong.push(`${at}: axe did not run: ${JSON.stringify(found).slice(0, 300)}`);
  }
  for (const [impact, id, nodes, html] of found.result?.value ?? []) {
    if (impact === "serious" || impact === "critical") wrong.push(`${at}: axe: ${id} (${nodes}): ${html}`);
  }
}
