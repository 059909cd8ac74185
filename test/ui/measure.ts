/**
 * Measures the page in a real Chromium: `npm run tool -- node test/ui/measure.ts`. The first paint beside an empty page; opening a run
 * of 200,000 reports with two metrics; frames while 100 reports a second arrive; the memory of the page after an hour's worth of them.
 */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { connectRest } from "@deepaas/client";
import { uiFolder } from "@deepaas/ui";
import type { Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { serveDeepaas } from "../support/deepaas.ts";
import { tempFolder } from "../support/temp-folder.ts";

const model = `
import { setTimeout as sleep } from "node:timers/promises";
export const getTrainArgs = () => ({
  first: { type: "integer", default: 200000 },
  perSecond: { type: "integer", default: 0 },
});
export const predict = () => 1;
export async function train({ first, perSecond }, run) {
  const report = (step) => run.report({ step, metrics: { loss: Math.exp(-step / 50000) + Math.random() / 10, speed: Math.random() } });
  for (let step = 1; step <= first; step++) {
    report(step);
    if (step % 100 === 0) await sleep(1);
  }
  for (let step = first + 1; perSecond > 0; step++) {
    report(step);
    await sleep(1000 / perSecond, undefined, { signal: run.signal });
  }
}`;
const runs = 5;
const followMs = 10_000;

using folder = tempFolder({ "measured.mjs": model });
await using server = await serveDeepaas([`${folder.path}/measured.mjs`], { cwd: folder.path, keeps: true });
await using browser = await openBrowser();
const service = connectRest(server.url);

for (const name of readdirSync(uiFolder)) {
  console.log(`${name}: ${gzipSync(readFileSync(new URL(name, uiFolder)), { level: 9 }).length} bytes gzip`);
}

const empty = createServer((_request, response) => {
  response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>empty</title><p>text</p>");
}).listen(0, "127.0.0.1");
await once(empty, "listening");
const emptyUrl = `http://127.0.0.1:${(empty.address() as AddressInfo).port}/`;
const paints: { readonly page: number[]; readonly empty: number[] } = { page: [], empty: [] };
for (let i = 0; i < runs; i++) {
  paints.empty.push(await firstPaint(emptyUrl));
  paints.page.push(await firstPaint(`${server.url}/ui/`));
}
empty.close();
console.log(
  `first paint: ${median(paints.page)} ms, of an empty page ${median(paints.empty)} ms: ${ratio(paints.page, paints.empty)}`,
);

const { id } = await service.train("measured", { perSecond: 100 });
for await (const event of service.watch(id)) if (event.type === "progress" && (event.step ?? 0) >= 200_000) break;
const page = await browser.newPage();
const opened: number[] = [];
for (let i = 0; i < runs; i++) {
  await page.goto(`${server.url}/ui/#/models`);
  await page.getByRole("heading", { name: "Models" }).waitFor();
  const began = performance.now();
  await page.evaluate((run) => {
    location.hash = `#/runs/${run}`;
  }, id);
  await page
    .getByRole("img", { name: /^loss: .* values$/ })
    .locator("canvas")
    .waitFor();
  opened.push(Math.round(performance.now() - began));
}
console.log(`a run of 200,000 reports: drawn after ${median(opened)} ms (${opened.join(", ")})`);

const frames = await page.evaluate(async (ms) => {
  let count = 0;
  const began = performance.now();
  while (performance.now() - began < ms) {
    await new Promise(requestAnimationFrame);
    count++;
  }
  return (count * 1000) / (performance.now() - began);
}, followMs);
console.log(`while 100 reports a second arrive: ${frames.toFixed(1)} frames a second`);
console.log(`heap of the page then: ${await heapMiB(page)} MiB`);
await service.cancel(id);

// An hour at 100 a second, as fast as they come.
const hour = await service.train("measured", { first: 360_000 });
await page.goto(`${server.url}/ui/#/runs/${hour.id}`);
await page.getByText("succeeded", { exact: true }).first().waitFor({ timeout: 300_000 });
console.log(`heap after 360,000 reports were followed: ${await heapMiB(page)} MiB`);

async function firstPaint(url: string): Promise<number> {
  const context = await browser.newContext();
  const one = await context.newPage();
  await one.goto(url);
  const at = await one.evaluate(async () => {
    for (;;) {
      const [paint] = performance.getEntriesByName("first-contentful-paint");
      if (paint) return paint.startTime;
      await new Promise(requestAnimationFrame);
    }
  });
  await context.close();
  return Math.round(at);
}

async function heapMiB(one: Page): Promise<string> {
  const session = await one.context().newCDPSession(one);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return (usedSize / 2 ** 20).toFixed(1);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function ratio(values: readonly number[], others: readonly number[]): string {
  return (median(values) / median(others)).toFixed(2);
}
