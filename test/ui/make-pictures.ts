/**
 * Writes a picture of each view of the page to docs/images: `npm run tool -- node test/ui/make-pictures.ts`. The digits example
 * is really tried, trained and rolled back.
 */
import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import type { Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { serveDeepaas } from "../support/deepaas.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { digits } from "./server.ts";

const images = new URL("../../docs/images/", import.meta.url);
const hello = fileURLToPath(new URL("../../examples/hello/hello.ts", import.meta.url));

using folder = tempFolder();
await using server = await serveDeepaas([`digits=${digits}`, `hello=${hello}`], { cwd: folder.path, keeps: true });
await using browser = await openBrowser();

async function visit(view: string, { dark = false, width = 1200 } = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    deviceScaleFactor: 1,
    colorScheme: dark ? "dark" : "light",
    locale: "en-GB",
  });
  const page = await context.newPage();
  await page.goto(`${server.url}/ui/${view}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  // Until pending charts and lists are drawn.
  await page.waitForTimeout(1_500);
  await page.evaluate(() => scrollTo(0, 0));
  // On a phone only what is on the screen.
  const fullPage = (page.viewportSize()?.width ?? 0) > 500;
  await page.screenshot({ path: fileURLToPath(new URL(`page-${name}.png`, images)), fullPage });
  await page.context().close();
}

const service = connectRest(server.url);
for (const [runId, learning_rate] of [
  ["slow", 0.0005],
  ["steady", 0.002],
  ["eager", 0.02],
] as const) {
  await service.train("digits", { epochs: 6, samples: 2_000, learning_rate }, { runId });
}
for (const runId of ["slow", "steady", "eager"]) for await (const _event of service.watch(runId));
await service.train("digits", { epochs: 40, samples: 2_000 }, { runId: "long" });
const trying = await visit("#/models/digits");
await trying.getByRole("button", { name: "Draw" }).click();
await drawSeven(trying);
await trying.getByRole("button", { name: "Predict", exact: true }).click();
await trying.getByRole("region", { name: "Result" }).getByRole("listitem").first().waitFor();
await picture(trying, "try");
await picture(await visit("#/models"), "models");
await picture(await visit("#/models/digits/train"), "train");
await picture(await visit("#/models/digits/versions"), "versions");
await picture(await visit("#/compare?run=slow&run=steady&run=eager"), "compare");
await picture(await visit("#/server"), "server");
for await (const event of service.watch("long")) if (event.type === "checkpoint" && event.step >= 12) break;
await picture(await visit("#/runs"), "runs");
await picture(await visit("#/runs/long"), "run");
await picture(await visit("#/runs/long", { dark: true }), "run-dark");
await picture(await visit("#/runs/long", { width: 390 }), "run-phone");

async function drawSeven(page: Page): Promise<void> {
  const area = await page.getByRole("img", { name: "Drawing area" }).boundingBox();
  if (!area) throw new Error("There is nothing to draw on.");
  const to = (x: number, y: number) =>
    page.mouse.move(area.x + x * area.width, area.y + y * area.height, { steps: 12 });
  await to(0.3, 0.25);
  await page.mouse.down();
  await to(0.7, 0.25);
  await to(0.45, 0.8);
  await page.mouse.up();
}
