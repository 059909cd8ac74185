// GPUs of workers: each sees its own, and keeps it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, isTerminal, silentLogger } from "@deepaas/core";
import { afterAll, describe, expect, test } from "vitest";
import { workers } from "./index.ts";
import { slotDevices } from "./slot-devices.ts";
import { until } from "./testing/process-facts.ts";
import { python, withPython } from "./testing/python-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const node = written(
  "in_node.mjs",
  "const seen = () => [process.env.CUDA_VISIBLE_DEVICES, process.pid];\nexport default { predict: seen, train: seen };\n",
);
const inPython = written(
  "in_python.py",
  "import os\n\ndef predict():\n    return [os.environ.get('CUDA_VISIBLE_DEVICES'), os.getpid()]\n\ntrain = predict\n",
);

test.each([
  [
    "one program",
    { predict: 3, train: 2, shared: false, devices: ["0", "1"] },
    [
      ["0", "1", "0"],
      ["1", "0"],
    ],
  ],
  ["shared", { predict: 2, train: 2, shared: true, devices: ["0", "1", "2"] }, [["0", "1"], []]],
  ["none", { predict: 2, train: 1, shared: false, devices: [] }, [[], []]],
])("%s: the devices in turn", (_, pools, [predict, train]) => {
  expect(slotDevices(pools, 0, 1)).toEqual({ predict, train });
});

test("two programs: all that predict are before all that train", () => {
  const pools = { predict: 2, train: 1, shared: false, devices: ["a", "b", "c"] };
  expect([0, 1].map((i) => slotDevices(pools, i, 2))).toEqual([
    { predict: ["a", "b"], train: ["b"] },
    { predict: ["c", "a"], train: ["c"] },
  ]);
});

describe.skipIf(python === undefined)(`a worker in Node.js and one in Python${withPython}`, () => {
  test("each has its device, also after it was started again", async () => {
    const modules = { node, python: { module: inPython, runtime: "python" } } as const;
    const devices = ["0", "GPU-1", "2"];
    const env = { CUDA_VISIBLE_DEVICES: "7" };
    const executor = workers({ modules, devices, env, logger: silentLogger });
    const host = await createHost({ executor, logger: silentLogger });
    const predict = async (name: string) => (await host.predict(name, {})) as [device: string, pid: number];
    const train = async (name: string) => {
      const { id } = await host.train(name, {});
      for await (const event of host.watch(id)) if (isTerminal(event.type)) break;
      return ((await host.run(id)).result as [string, number])[0];
    };
    const before = await Promise.all(["node", "python"].map(predict));
    expect(before.map(([device]) => device)).toEqual(["0", "GPU-1"]);
    expect([await train("node"), await train("python")]).toEqual(["2", "0"]);
    for (const [, pid] of before) process.kill(pid, "SIGKILL");
    await until(() => before.every(([, pid]) => !executor.pids().includes(pid)));
    const after = await Promise.all(["node", "python"].map(predict));
    expect(after.map(([device]) => device)).toEqual(["0", "GPU-1"]);
    expect(after.map(([, pid]) => pid)).not.toEqual(before.map(([, pid]) => pid));
    await host.reloadCode();
    expect((await Promise.all(["node", "python"].map(predict))).map(([device]) => device)).toEqual(["0", "GPU-1"]);
    await host.close({ drainMs: 0 });
  });
});
