import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { helloModule, serveDeepaas } from "../support/deepaas.ts";
import { freePort } from "../support/free-port.ts";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The text that the README shows, with a port that is free here. */
const shown = (file: URL, port: number) => readFileSync(file, "utf8").replaceAll("5000", String(port));

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

test("the README's curl commands do what the README says", async () => {
  await using served = await serveDeepaas(["examples/digits/digits.ts", helloModule], { cwd: root });
  const script = shown(new URL("./curl.sh", import.meta.url), served.port);
  const { stdout } = await run("bash", ["-c", script], { cwd: root });
  expect(stdout).toMatch(/"predictions":\[\{"label":"7","probability":0\.[5-9]/);
  expect(stdout).toMatch(/"uuid":"[0-9a-f]{32}"/);
  expect(stdout).toMatch(/"uuid":"first"/);
  expect(stdout).toMatch(/^id: 1\ndata: \{"seq":1,.*"type":"queued"\}$/m);
  expect(stdout).toMatch(/"type":"succeeded","result":null/);
  expect(stdout).toMatch(/^\{"y":[56]\.\d+\}$/m);
  expect(stdout).toMatch(/"id":"first","model":"hello","state":"succeeded"/);
});
