import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connectRest } from "@deepaas/client";
import { expect, test } from "vitest";
import { helloModule, serveDeepaas } from "../support/deepaas.ts";
import { freePort } from "../support/free-port.ts";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The text that the README shows, with a port that is free here. */
const shown = (file: URL, port: number) => readFileSync(file, "utf8").replaceAll("5000", String(port));

const fixtures = new URL("../../examples/digits/fixtures/", import.meta.url);

/** How many of the held-out digits the server reads. */
async function rightlyRead(url: string): Promise<number> {
  const service = connectRest(url);
  let right = 0;
  for (const name of readdirSync(fixtures)) {
    const image = readFileSync(new URL(name, fixtures));
    const { predictions } = (await service.predict("digits", { image })) as {
      readonly predictions: readonly { readonly label: string }[];
    };
    if (predictions[0]?.label === name[0]) right++;
  }
  return right;
}

test("the code of docs/training.md prints what it says", async () => {
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL("./training.ts", import.meta.url))]);
  expect(stdout.trimEnd().split("\n")).toEqual([
    "version 1 is served",
    "version 2 is kept, not served: error 6.10938 is not lower than 0.12500 of version 1",
    "0 3",
    "answered by version 0",
    "3 3",
  ]);
});

test("the README's three adapters return the same, and the program ends by itself", async () => {
  const code = shown(new URL("./adapters.ts", import.meta.url), await freePort());
  const args = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await run(process.execPath, args, { cwd: here });
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe("{ y: 0 }");
  for (const type of ["queued", "started", "progress", "published", "succeeded"]) expect(stdout).toContain(`'${type}'`);
  expect(lines.at(-2)).toBe("1000");
  expect(lines.at(-1)).toMatch(/^over REST \{ y: (\d\.\d+) \} in-process \{ y: \1 \}$/);
});

// It trains a network and reads digits before and after.
test("the README's curl commands do what the README says", { timeout: 60_000 }, async () => {
  await using served = await serveDeepaas(["examples/digits/digits.ts", helloModule], { cwd: root });
  const before = await rightlyRead(served.url);
  expect(before).toBeGreaterThan(20);
  const script = shown(new URL("./curl.sh", import.meta.url), served.port);
  const { stdout } = await run("bash", ["-c", script], { cwd: root });
  expect(stdout).toMatch(/"predictions":\[\{"label":"7","probability":0\.[5-9]/);
  expect(stdout).toMatch(/"text":"version 1 is (kept, not served: val_accuracy|served)/);
  expect(stdout).toContain('"model":"digits","served":1,');
  expect(stdout).toContain('"model":"digits","served":0,');
  expect(await rightlyRead(served.url)).toBeGreaterThanOrEqual(before);
  expect(stdout).toMatch(/"uuid":"[0-9a-f]{32}"/);
  expect(stdout).toMatch(/"uuid":"first"/);
  expect(stdout).toMatch(/^id: 1\ndata: \{"seq":1,.*"type":"queued"\}$/m);
  expect(stdout).toMatch(/"type":"succeeded","result":null/);
  expect(stdout).toMatch(/^\{"y":[56]\.\d+\}$/m);
  expect(stdout).toMatch(/"id":"first","model":"hello","state":"succeeded"/);
});
