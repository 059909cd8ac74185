// Requests per second to a model in Python that `deepaas run` serves, beside the same model served by DEEPaaS. Both run from the
// same virtual environment, with their defaults.
import { join } from "node:path";
import type { BenchCase, Measured } from "./bench-case.ts";
import type { Load, Loaded } from "./http-load.ts";
import { runScript } from "./listening.ts";
import { install } from "./peers/install.ts";
import { type Peer, peers } from "./peers/peer-list.ts";
import { noopBody, startPeer } from "./peers/peer-server.ts";

const seconds = 3;
const cli = join(import.meta.dirname, "..", "packages", "cli", "bin", "deepaas.mjs");

const original = peers.find(({ name }) => name === "deepaas") as Peer;
const own: Peer = {
  ...original,
  warmUpRequests: (peers.find(({ name }) => name === "own") as Peer).warmUpRequests,
  command: ({ port, folder, dataFolder }) => [
    process.execPath,
    cli,
    ...["run", "echo", "--python", folder, "--listen-port", String(port), "--data-dir", dataFolder],
  ],
};

async function requestsPerSecond(peer: Peer, callers: number): Promise<Measured> {
  const { folder } = await install(peer);
  const { port, stop } = await startPeer({ peer, folder });
  try {
    const request = { port, path: peer.predictPath, body: noopBody };
    const warmUp: Load = { ...request, callers: 32, requests: peer.warmUpRequests };
    await runScript<Loaded>("http-load.ts", warmUp);
    const load: Load = { ...request, callers, seconds };
    const { calls, ms } = await runScript<Loaded>("http-load.ts", load);
    return { figure: (calls * 1000) / ms, also: {} };
  } finally {
    await stop();
  }
}

export function besideDeepaas(callers: number) {
  return {
    against: `DEEPaaS with the same model in Python, requests/s at ${callers} ${callers === 1 ? "caller" : "callers"}`,
    rounds: 5,
    obstacle: async () => {
      const failed = (error: Error) => `DEEPaaS is ${error.message}`;
      return install(original).then(() => undefined, failed);
    },
    baseline: () => requestsPerSecond(original, callers),
    subject: () => requestsPerSecond(own, callers),
  } satisfies Partial<BenchCase>;
}
