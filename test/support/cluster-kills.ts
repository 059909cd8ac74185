// Kills and freezes random nodes of a cluster while they execute many runs, and checks that each run ends once, that no event is
// missing, repeated or changed for any watcher, and that no process is left. Throws an AssertionError that names the seed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectedWs, connectWs } from "@deepaas/client";
import { type Random, randomFrom } from "@deepaas/conformance";
import { startPostgres, startRedis } from "@deepaas/conformance/servers";
import { DeepaasError, type ModelService } from "@deepaas/core";
import { type Cluster, type ClusterNode, newCluster } from "./cluster-nodes.ts";
import { shakyProxy } from "./shaky-proxy.ts";
import { tempFolder } from "./temp-folder.ts";
import { attemptsOf, ToldEvents } from "./told-events.ts";

export interface ClusterKillPlan {
  readonly runs: number;
  readonly nodes: number;
  /** How long nodes are killed, unless all runs end before. */
  readonly minutes: number;
  /** Of what is random. */
  readonly seed: number;
  readonly queue: "postgres" | "redis";
  /** Called after each kill. */
  readonly onKill?: (kills: number) => void;
}

export interface ClusterKilled {
  /** Nodes that were killed, told to end, and frozen until another node had their runs. */
  readonly kills: Readonly<Record<Kill, number>>;
  readonly attempts: number;
  readonly events: number;
  readonly watchers: number;
  /** Time until the last run ended. */
  readonly seconds: number;
}

type Kill = "SIGKILL" | "SIGTERM" | "SIGSTOP";

const slots = 4;
const leaseSeconds = 3;
const steps = 20;
/** Share of the time of all slots that the runs need without kills. */
const load = 0.4;
/** After the last kill. */
const longestEndMs = 180_000;

const model = `
import { setTimeout as sleep } from "node:timers/promises";
export const predict = () => null;
export const getTrainArgs = () => ({ stepMs: { type: "number" } });
export async function train({ stepMs }, run) {
  for (let step = (run.resumeFrom?.step ?? 0) + 1; step <= ${steps}; step++) {
    run.signal.throwIfAborted();
    run.report({ step });
    if (step % 5 === 0) await run.checkpoint({ step });
    await sleep(stepMs, undefined, { signal: run.signal });
  }
}`;

export async function killNodes(plan: ClusterKillPlan): Promise<ClusterKilled> {
  const { runs, nodes: count, minutes, seed, queue } = plan;
  await using shared = new AsyncDisposableStack();
  const folder = shared.use(tempFolder({ "stepping.mjs": model }));
  const database = shared.use(await startPostgres({ max_connections: String(count * 20 + 20) }));
  const redis = queue === "redis" ? shared.use(await startRedis()) : undefined;
  const cluster = shared.use(
    newCluster({
      models: [join(folder.path, "stepping.mjs")],
      store: database.url,
      leaseSeconds,
      args: ["--shared-workers", "--train-workers", String(slots), "--keep-runs", String(runs), "--log-level", "error"],
      ...(redis && { queue: redis.url }),
    }),
  );
  const members = await Promise.all(Array.from({ length: count }, (_, i) => memberOf(cluster, `node-${i}`)));
  for (const member of members) shared.use(member);
  const told = new ToldEvents({ maxDelayMs: 1_000 });
  const startedAt = performance.now();
  try {
    // One after the other: each start takes much CPU time.
    for (const member of members) await member.start();
    const ids = Array.from({ length: runs }, (_, i) => `stepping-${i}`);
    const memberAt = (i: number) => members[i % count] as Member;
    // Each run has a watcher, and some have a second one on another node.
    const watching = ids.flatMap((id, i) =>
      (i % 4 === 0 ? [i, i + 1] : [i]).map(async (at) => {
        await started(memberAt(i).service, id, (minutes * 60_000 * count * slots * load) / (runs * steps));
        await told.watch(memberAt(at).service, id);
      }),
    );
    const ended = Promise.all(watching).then(() => {});
    const kills = await killUntil(ended, members, plan);
    await within(longestEndMs, ended, async () => `these have not ended: ${await openRuns(members)}`);
    const seconds = (performance.now() - startedAt) / 1_000;
    let [attempts, events] = [0, 0];
    for (const [i, id] of ids.entries()) {
      const log = await told.checkLog(memberAt(i + 2).service, id);
      attempts += attemptsOf(log);
      events += log.length;
    }
    await endAll(cluster, members);
    return { kills, attempts, events, watchers: watching.length, seconds };
  } catch (error) {
    const said = cluster.nodes.map(({ id, said: { stderr } }) => `${id}: ${stderr.split("\n").slice(-10).join("\n")}`);
    throw new assert.AssertionError({ message: `seed ${seed}: ${String(error)}\n${said.join("\n")}` });
  }
}

/** A node whose name and address stay, while its processes come and go. */
interface Member extends AsyncDisposable {
  readonly service: ConnectedWs;
  /** Undefined while it is down or frozen. */
  node: ClusterNode | undefined;
  start(): Promise<void>;
}

async function memberOf(cluster: Cluster, id: string): Promise<Member> {
  let port = refused;
  const proxy = await shakyProxy(() => port);
  const service = connectWs(proxy.url);
  const member: Member = {
    service,
    node: undefined,
    async start() {
      const node = await startSupervised(cluster, id);
      port = Number(new URL(node.url).port);
      member.node = node;
    },
    async [Symbol.asyncDispose]() {
      service.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
  return member;
}

/** As a supervisor does: a node that could not reach the database in time is started again. */
async function startSupervised(cluster: Cluster, id: string): Promise<ClusterNode> {
  for (;;) {
    try {
      return await cluster.start({ id });
    } catch (error) {
      if (!String(error).includes("out of reach")) throw error;
    }
  }
}

/** Where nobody listens. */
const refused = 1;

/** Resolves when the run is recorded, whatever happens to the node meanwhile. */
async function started(service: ModelService, runId: string, stepMs: number): Promise<void> {
  for (;;) {
    try {
      await service.train("stepping", { stepMs }, { runId });
      return;
    } catch (error) {
      if (!DeepaasError.is(error) || !["unavailable", "overloaded"].includes(error.code)) throw error;
      await sleep(200);
    }
  }
}

/** Until the runs have ended or the time is over; then all nodes are up. One node is up at any time. */
async function killUntil(
  ended: Promise<void>,
  members: readonly Member[],
  { minutes, seed, onKill }: ClusterKillPlan,
): Promise<ClusterKilled["kills"]> {
  const random = randomFrom(seed);
  const kills = { SIGKILL: 0, SIGTERM: 0, SIGSTOP: 0 };
  const back: Promise<void>[] = [];
  const over = Promise.race([ended.then(() => true), sleep(minutes * 60_000, true, { ref: false })]);
  while (!(await Promise.race([over, sleep(1_000 + random.below(5_000), false)]))) {
    const up = members.filter(({ node }) => node !== undefined);
    if (up.length < 2) continue;
    const kill = (["SIGKILL", "SIGKILL", "SIGKILL", "SIGTERM", "SIGSTOP"] as const)[random.below(5)] as Kill;
    const suffered = suffer(up[random.below(up.length)] as Member, kill, random);
    suffered.catch(() => {});
    back.push(suffered);
    kills[kill]++;
    onKill?.(kills.SIGKILL + kills.SIGTERM + kills.SIGSTOP);
  }
  await Promise.all(back);
  return kills;
}

async function suffer(member: Member, kill: Kill, random: Random): Promise<void> {
  const node = member.node as ClusterNode;
  const downMs = random.below(2 * leaseSeconds * 1_000);
  member.node = undefined;
  node.signal(kill);
  if (kill === "SIGSTOP") {
    await sleep(leaseSeconds * 1_000 + downMs);
    node.signal("SIGCONT");
    member.node = node;
    return;
  }
  await node.ended;
  await sleep(downMs);
  await member.start();
}

async function within<T>(ms: number, work: Promise<T>, what: () => Promise<string>): Promise<T> {
  const late = sleep(ms, undefined, { ref: false }).then(async () => {
    throw new Error(`after ${ms / 1_000} s ${await what()}`);
  });
  late.catch(() => {});
  return Promise.race([work, late]);
}

async function openRuns([first]: readonly Member[]): Promise<string> {
  const { items } = await (first as Member).service.runs({ state: ["queued", "running", "stopping", "lost"] });
  return items.map(({ id, state, attempt }) => `${id} ${state} ${attempt}`).join(", ");
}

/** Checks that each node ends orderly, and that no process of any node is left. */
async function endAll(cluster: Cluster, members: readonly Member[]): Promise<void> {
  for (const { node } of members) node?.signal("SIGTERM");
  for (const { node } of members) assert.equal((await node?.ended)?.code, 0, `${node?.id} ends orderly`);
  const left = () => cluster.nodes.flatMap((node) => node.processes());
  const none = async () => {
    while (left().length > 0) await sleep(50);
  };
  await within(10_000, none(), async () => `these processes are left: ${left().join(" ")}`);
}
