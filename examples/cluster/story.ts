// Three nodes, as plain processes: a training is started on one, runs on another, which is killed, and is watched on a third and
// through nginx in front of all. Argument: the URL of a Postgres database. Without it, it starts a Postgres of its own, from Debian's
// package. With DEEPAAS_MOTO_PYTHON, a Python with moto, the files are in S3, else in a folder.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectRest, connectWs, keepWatching } from "@deepaas/client";
import { s3Credentials, startPostgres, startS3 } from "@deepaas/conformance/servers";
import type { ModelService, RunEvent } from "@deepaas/core";
import { end, type NodeSettings, type Process, startNginx, startNode } from "./nodes.ts";

const [given] = process.argv.slice(2);
await using cleanUp = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "deepaas-cluster-"));
cleanUp.defer(() => rm(folder, { recursive: true, force: true }));

/** What the nodes share. */
async function sharedEnv(): Promise<NodeJS.ProcessEnv> {
  const store = given ?? cleanUp.use(await startPostgres()).url;
  if (process.env.DEEPAAS_MOTO_PYTHON === undefined) {
    return { DEEPAAS_STORE: store, DEEPAAS_FILES: join(folder, "files") };
  }
  const s3 = cleanUp.use(await startS3());
  console.log("the files are in S3");
  return {
    DEEPAAS_STORE: store,
    DEEPAAS_FILES: `s3://${await s3.newBucket()}/runs`,
    DEEPAAS_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
  };
}

const env = await sharedEnv();

async function started(name: string, role: NodeSettings["role"]): Promise<Process> {
  const node = await startNode({ name, role, env });
  cleanUp.defer(() => end(node));
  console.log(`${name} serves at ${node.url}`);
  return node;
}

/** Returns the number of events. Throws if one is missing or comes twice. */
async function watched(service: ModelService, runId: string, onEvent: (event: RunEvent) => void): Promise<number> {
  let last = 0;
  for await (const event of keepWatching(service, runId)) {
    if (event.seq !== last + 1) throw new Error(`event ${event.seq} follows event ${last}`);
    last = event.seq;
    onEvent(event);
  }
  return last;
}

const [a, b] = [await started("a", "serve"), await started("b", "both")];
const { id } = await connectRest(a.url).train("learner", { hold: 20 });
console.log(`a has started the run ${id}`);
for await (const { type } of connectRest(a.url).watch(id)) if (type === "progress") break;
const c = await started("c", "both");
const nginx = await startNginx(folder, { "node-a": a.url, "node-b": b.url, "node-c": c.url });
cleanUp.defer(() => end(nginx));
console.log(`b runs it; c watches it, and another client at ${nginx.url}, through nginx`);
const socket = connectWs(c.url);
cleanUp.defer(() => socket.close());
const areAtStep20 = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
void Promise.all(areAtStep20.map(({ promise }) => promise)).then(() => {
  b.child.kill("SIGKILL");
  console.log("b is killed at step 20");
});
const [onC, throughNginx] = await Promise.all([
  watched(socket, id, (event) => {
    if (event.type === "checkpoint" && event.step === 20) areAtStep20[0].resolve();
    if (event.type === "started") console.log(`attempt ${event.attempt} has started`);
    if (event.type === "lost") console.log(`the attempt is lost: ${event.reason}`);
  }),
  watched(connectRest(nginx.url), id, (event) => {
    if (event.type === "checkpoint" && event.step === 20) areAtStep20[1].resolve();
  }),
]);
console.log(`${throughNginx} events through nginx, no gap`);
console.log(`${(await connectRest(a.url).run(id)).state}: ${onC} events, no gap`);
