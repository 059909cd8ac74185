// What a server that is killed leaves in the temporary folder.
import { once } from "node:events";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test, vi } from "vitest";
import { type Served, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

// Several servers start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

/** Reads its file once the file `until` exists. */
const waiting = `
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export const getPredictArgs = () => ({ file: { type: "string", format: "binary" }, until: { type: "string" } });
export async function predict({ file, until }) {
  console.error("predicting");
  while (!existsSync(until)) await sleep(5);
  return (await file.text()).length;
}`;
const bytes = 200_000;

/** Sends a file to a predict that does not end before `go` exists. Resolves when the model runs. */
async function upload(served: Served): Promise<{ readonly answered: Promise<IncomingMessage> }> {
  const body = `--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n${"f".repeat(bytes)}\r\n--x--\r\n`;
  const call = request(`${served.url}/v2/models/waiting/predict/?until=go`, {
    method: "POST",
    headers: { "Content-Type": "multipart/form-data; boundary=x" },
  });
  const answered = once(call, "response").then(([response]) => response as IncomingMessage);
  answered.catch(() => {});
  call.end(body);
  await expect.poll(() => served.said.stderr).toContain("predicting");
  return { answered };
}

const largeFilesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => (statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size ?? 0) >= bytes,
  );

test.each([[[]], [["--inline"]]])(
  "uploads of a killed server are removed at the next start, those of a running one are not: %j",
  async (options) => {
    using folder = tempFolder({ "waiting.mjs": waiting, "tmp/.keep": "" });
    const tmp = `${folder.path}/tmp`;
    const serve = () => serveDeepaas(["waiting.mjs", ...options], { cwd: folder.path, env: { TMPDIR: tmp } });
    await using killed = await serve();
    await upload(killed);
    await killed.end("SIGKILL");
    // Its worker ends a little later.
    await expect.poll(() => killed.processes()).toEqual([]);
    const left = largeFilesIn(tmp);
    expect(left).not.toEqual([]);

    await using running = await serve();
    expect(largeFilesIn(tmp)).toEqual([]);
    const { answered } = await upload(running);
    await using _next = await serve();
    writeFileSync(`${folder.path}/go`, "");
    expect(await text(await answered)).toContain(String(bytes));
    expect((await running.end()).code).toBe(0);
    await expect.poll(() => largeFilesIn(tmp)).toEqual([]);
  },
);
