// A disk that is full while a training reports: a limit to the size of files, and, where this may mount one, a small disk.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { connectRest } from "@deepaas/client";
import type { DeepaasError } from "@deepaas/core";
import { expect, test, vi } from "vitest";
import { helloModule, type Served, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

// Several servers start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

/** Talks until it is told to stop. */
const talking = `
import { setTimeout as sleep } from "node:timers/promises";
export const predict = () => "still here";
export const getTrainArgs = () => ({ reports: { type: "integer", default: 1e9 } });
export async function train({ reports }, run) {
  for (let step = 1; step <= reports; step++) {
    run.report({ step, message: String(step).repeat(200) });
    await sleep(1);
    run.signal.throwIfAborted();
  }
}`;

interface Way {
  /** Starts the server with a data directory that becomes full. */
  readonly through: (dir: string) => readonly string[];
  readonly makeRoom: (served: Served, dir: string) => void;
}

const fileLimit: Way = {
  through: () => ["prlimit", "--fsize=2000000:"],
  makeRoom: ({ child }) => execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]),
};

const smallDisk: Way = {
  through: (dir) => [...["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=3m none "$0" && exec "$@"'], dir],
  makeRoom: ({ child }, dir) =>
    execFileSync("nsenter", ["--mount", "-t", String(child.pid), "mount", "-o", "remount,size=30m", dir]),
};

const mayMount = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const ways = Object.entries({ "files may not grow": fileLimit, ...(mayMount && { "the disk is full": smallDisk }) });

test.skipIf(spawnSync("prlimit").error && !process.env.CI).each(ways)(
  "while %s the server stays up and says why, and afterwards it goes on (needs prlimit)",
  async (_, { through, makeRoom }) => {
    using folder = tempFolder({ "talking.mjs": talking });
    const dir = `${folder.path}/runs`;
    mkdirSync(dir);
    await using served = await serveDeepaas(["talking.mjs", "--data-dir", dir], {
      cwd: folder.path,
      keeps: true,
      through: through(dir),
    });
    const service = connectRest(served.url);
    await service.train("talking", {}, { runId: "talks" });
    // The reason is in the readiness answer and in the log.
    await expect
      .poll(async () => (await fetch(`${served.url}/health/ready`)).text(), { timeout: 30_000 })
      .toMatch(/store/);
    await expect.poll(() => served.said.stderr).toMatch(/runs\.db/);
    expect(await service.predict("talking", {})).toBe("still here");
    // What the store refused was larger than this: there may be room for some.
    let late = 0;
    const trainOne = () =>
      service.train("talking", { reports: 1 }, { runId: `late-${late++}` }).then(
        () => "ok",
        (error: unknown) => (error as DeepaasError).code,
      );
    await expect.poll(trainOne, { interval: 1 }).toBe("unavailable");

    makeRoom(served, dir);
    await expect
      .poll(async () => (await fetch(`${served.url}/health/ready`)).json(), { timeout: 30_000 })
      .toEqual({ status: "ready", reasons: [] });
    // The training has gone on meanwhile.
    expect(await service.run("talks")).toMatchObject({ state: "running", attempt: 1 });
    await service.cancel("talks");
    const told = await Array.fromAsync(service.watch("talks"));
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1));
    expect([...new Set(told.map(({ type }) => type))]).toEqual([
      ...["queued", "log", "started", "progress", "stopping", "cancelled"],
    ]);
    await service.train("talking", { reports: 10 }, { runId: "after" });
    expect((await Array.fromAsync(service.watch("after"))).at(-1)?.type).toBe("succeeded");
    expect((await served.end()).code).toBe(0);
  },
);

test.skipIf(spawnSync("prlimit").error && !process.env.CI)(
  "a log that cannot grow loses lines, and the server goes on (needs prlimit)",
  async () => {
    using folder = tempFolder();
    const log = `${folder.path}/log`;
    await using served = await serveDeepaas([helloModule, "--access-log", "--log-file", log], {
      through: ["prlimit", "--fsize=20000:"],
    });
    const service = connectRest(served.url);
    for (let i = 0; i < 300; i++) await service.predict("hello", { x: 1 });
    await expect.poll(() => statSync(log).size).toBe(20_000);
    expect(await service.predict("hello", { x: 2 })).toBeDefined();
    const { code } = await served.end();
    expect(code).toBe(0);
  },
);
