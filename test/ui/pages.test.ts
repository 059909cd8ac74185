// Every view of the page in a real browser: at three widths, in both themes, checked by axe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connectRest } from "@deepaas/client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser, openPage } from "../support/browser.ts";
import { chromium } from "../support/chromium.ts";
import { type Served, serveDeepaas } from "../support/deepaas.ts";
import { type Access, accesses, serveModels, wide } from "./server.ts";

const inBrowser = describe.skipIf(!chromium && !process.env.CI);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const [open] = accesses as readonly [Access];

let browser: Browser;
let server: Served;

const views = [
  ["#/models", "Wide"],
  ["#/models/wide", "Predict"],
  ["#/models/digits", "Predict"],
  ["#/models/wide/train", "Start"],
  ["#/models/wide/versions", "What was served when"],
  ["#/runs", "first"],
  ["#/runs?model=wide&order=lowest%20loss", "second"],
  ["#/runs/first", "loss"],
  ["#/compare?run=first&run=second", "loss"],
  ["#/server", "Workers"],
  ["#/runs/none", "There is no such run"],
  ["#/models/none", "There is no model"],
  ["#/nothing/here", "There is no such page"],
] as const;

inBrowser("each view (needs chromium)", () => {
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), serveModels(open)]);
    const service = connectRest(server.url);
    for (const [runId, rate] of [
      ["first", 0.05],
      ["second", 0.1],
    ] as const) {
      await service.train("wide", { steps: 40, pause: 1, rate }, { runId });
      for await (const _event of service.watch(runId));
    }
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
    test.each([375, 768, 1440])(
      "fits into %d px, and axe finds nothing",
      async (width) => {
        await using watched = await openPage(browser, { viewport: { width, height: 900 }, colorScheme });
        const { page } = watched;
        for (const [view, awaited] of views) {
          await page.goto(`${server.url}/ui/${view}`);
          await page.getByText(awaited).filter({ visible: true }).first().waitFor();
          expect([view, await overflowOf(page)]).toEqual([view, []]);
          expect([view, await violationsOf(page)]).toEqual([view, []]);
        }
      },
      120_000,
    );
  });

  test("every view is reached by keyboard, and the browser's back returns", async () => {
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(`${server.url}/ui/`);
    await page.getByRole("heading", { name: "Models" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await focusByTab(page, "Runs");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    expect(await page.title()).toBe("Runs · DEEPaaS");
    // The focus is at the new content.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
    await page.goBack();
    await page.getByRole("heading", { name: "Models" }).waitFor();
  });

  test("under a base path, whose root sends browsers to it", async () => {
    await using based = await serveDeepaas([wide, "--base-path", "/some/base"]);
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(`${new URL(based.url).origin}/some/base`);
    await page.getByRole("link", { name: "Wide" }).click();
    await page.getByRole("heading", { name: "Wide" }).waitFor();
    expect(page.url()).toContain("/some/base/ui/#/models/wide");
  });

  test("the theme is chosen and kept", async () => {
    await using watched = await openPage(browser, { colorScheme: "light" });
    const { page } = watched;
    await page.goto(`${server.url}/ui/`);
    await page.getByLabel("Theme").selectOption("dark");
    const colour = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const dark = await colour();
    await page.reload();
    await page.getByRole("heading", { name: "Models" }).waitFor();
    expect(await colour()).toBe(dark);
    await page.getByLabel("Theme").selectOption("system");
    expect(await colour()).not.toBe(dark);
  });
});

/** Elements that reach beyond the page to the right. Whatever scrolls by itself may hold them. */
function overflowOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName} ${element.className} ${element.textContent?.slice(0, 30)}`);
  });
}

/** Through the debugger: the policy of the page forbids scripts from elsewhere. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Found {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }
    const { axe: checker } = window as unknown as { axe: { run(): Promise<{ violations: readonly Found[] }> } };
    const { violations } = await checker.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  });
}

async function focusByTab(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 30; i++) {
    if ((await page.evaluate(() => document.activeElement?.textContent)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${name} cannot be reached by keyboard`);
}
