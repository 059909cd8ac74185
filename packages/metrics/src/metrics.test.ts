import { createHost, DeepaasError, type ServiceStats, silentLogger, type TrainContext } from "@deepaas/core";
import { expect, onTestFinished, test } from "vitest";
import { metrics } from "./metrics.ts";
import { samplesIn } from "./testing/samples.ts";

const models = {
  digits: {
    predict: ({ fails }: { readonly fails?: boolean }) => {
      if (fails) throw new DeepaasError("failed_precondition", "Not today.");
      return 7;
    },
    getPredictArgs: () => ({ fails: { type: "boolean", default: false } }),
    train: (_args: unknown, { report }: TrainContext) => {
      for (let step = 1; step <= 3; step++) report({ step });
    },
  },
};

async function served() {
  const observed = metrics();
  onTestFinished(() => observed.close());
  const host = await createHost({
    models,
    observer: observed.host,
    limits: { concurrency: 1 },
    logger: silentLogger,
  });
  onTestFinished(() => host.close());
  const samples = async () => samplesIn(await observed.render(host));
  return { observed, host, samples };
}

test("predicts are observed by model and code, with their waits and batches", async () => {
  const { host, samples } = await served();
  await host.predict("digits", {});
  await host.predict("digits", {});
  await expect(host.predict("digits", { fails: true })).rejects.toThrow("Not today.");
  const all = await samples();
  const { get } = { get: (name: string) => all.get(name) };
  expect(get('deepaas_predict_duration_seconds_count{model="digits",code="ok"}')).toBe(2);
  expect(get('deepaas_predict_duration_seconds_count{model="digits",code="failed_precondition"}')).toBe(1);
  expect(get('deepaas_predict_duration_seconds_bucket{model="digits",code="ok",le="+Inf"}')).toBe(2);
  expect(get('deepaas_predict_duration_seconds_sum{model="digits",code="ok"}')).toBeGreaterThan(0);
  expect(get('deepaas_predict_wait_seconds_count{model="digits"}')).toBe(3);
  expect(get('deepaas_batch_size_bucket{model="digits",le="1"}')).toBe(3);
  expect([get('deepaas_queue_calls{model="digits"}'), get('deepaas_running_calls{model="digits"}')]).toEqual([0, 0]);
  expect(get('deepaas_queue_limit_calls{model="digits"}')).toBe(1_000);
  expect(get('deepaas_weights_version{model="digits"}')).toBe(0);
});

test("the usual series of a served model begin at 0 with the first scrape", async () => {
  const { host, samples } = await served();
  const first = await samples();
  const usual = [
    'deepaas_predict_duration_seconds_count{model="digits",code="ok"}',
    'deepaas_predict_duration_seconds_count{model="digits",code="internal"}',
    'deepaas_predict_wait_seconds_count{model="digits"}',
    'deepaas_batch_size_count{model="digits"}',
    'deepaas_run_attempts_total{model="digits",result="failed"}',
    'deepaas_run_attempts_total{model="digits",result="lost"}',
  ];
  expect(usual.map((name) => first.get(name))).toEqual(usual.map(() => 0));
  await host.predict("digits", {});
  expect((await samples()).get(usual[0] as string)).toBe(1);
});

test("trainings are counted by state, with their reports and how their attempts ended", async () => {
  const { host, samples } = await served();
  const { id } = await host.train("digits", {});
  for await (const _event of host.watch(id));
  const all = await samples();
  expect(all.get('deepaas_runs{model="digits",state="succeeded"}')).toBe(1);
  expect(all.get('deepaas_runs{model="digits",state="running"}')).toBe(0);
  expect(all.get('deepaas_run_reports_total{model="digits"}')).toBe(3);
  expect(all.get('deepaas_run_attempts_total{model="digits",result="succeeded"}')).toBe(1);
  expect([...all.keys()].join("\n")).not.toContain(id);
});

test("requests are counted by adapter, operation, model and code; what a client chooses is no label", async () => {
  const { observed, samples } = await served();
  const asked = { requestId: "request-4711", traceparent: undefined, method: "POST", path: "/path-4711" };
  const end = { runId: "run-4711", caller: "caller-4711", status: 200, error: undefined, complete: true };
  const request = () => observed.adapter.request?.({ adapter: "rest", ...asked });
  request()?.end?.({ ...end, operation: "predict", model: "digits" });
  request()?.end?.({ ...end, operation: "predict", model: "digits", error: "overloaded" });
  request()?.end?.({ ...end, operation: undefined, model: undefined, error: "not_found" });
  observed.adapter.request?.({ adapter: "ws", ...asked })?.end?.({ ...end, operation: "runs", model: undefined });
  const all = await samples();
  const counts = [...all].filter(([name]) => name.startsWith("deepaas_requests_total"));
  expect(counts).toEqual([
    ['deepaas_requests_total{adapter="rest",operation="predict",model="digits",code="ok"}', 1],
    ['deepaas_requests_total{adapter="rest",operation="predict",model="digits",code="overloaded"}', 1],
    ['deepaas_requests_total{adapter="rest",operation="none",model="",code="not_found"}', 1],
    ['deepaas_requests_total{adapter="ws",operation="runs",model="",code="ok"}', 1],
  ]);
  expect(all.get('deepaas_request_duration_seconds_count{adapter="rest",operation="predict",model="digits"}')).toBe(2);
  expect([...all.keys()].join("\n")).not.toContain("4711");
});

test("operations of the store are observed by name, and those that failed are counted by code", async () => {
  const { observed, samples } = await served();
  observed.host.store?.({ name: "append", runId: "run-4711" })?.end?.({});
  observed.host.store?.({ name: "append", runId: "run-4711" })?.end?.({ error: "unavailable" });
  const all = await samples();
  expect(all.get('deepaas_store_operation_duration_seconds_count{operation="append"}')).toBeGreaterThanOrEqual(2);
  expect(all.get('deepaas_store_operation_errors_total{operation="append",code="unavailable"}')).toBe(1);
  expect([...all.keys()].join("\n")).not.toContain("4711");
});

const stats: ServiceStats = {
  startedAt: "2026-01-01T00:00:00.000Z",
  at: "2026-01-01T00:10:00.000Z",
  status: { state: "degraded", reasons: ["a reason with a /secret/path"] },
  models: [
    {
      model: "digits",
      weightsVersion: 3,
      waiting: 4,
      running: 2,
      queue: null,
      calls: 9,
      failed: 1,
      recent: { windowMs: 1, calls: 0, failed: 0, latency: null },
      reports: 12,
    },
  ],
  runs: [
    {
      model: "digits",
      state: "running",
      count: 2,
      since: "2026-01-01T00:00:30.000Z",
      lastEventAt: "2026-01-01T00:09:00.000Z",
    },
    { model: "digits", state: "failed", count: 5 },
    { model: "gone", state: "failed", count: 1 },
  ],
  watchers: { count: 3, mostBehind: 70 },
  workers: (["idle", "busy", "busy"] as const).map((state, at) => ({
    id: at,
    purpose: at === 0 ? "train" : "predict",
    models: ["digits"],
    state,
    runIds: [],
    calls: 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    rssBytes: 1_000,
  })),
  lostWorkers: { count: 3, byReason: { memory: 2, signal: 1 }, reason: "killed by SIGKILL" },
  store: { kind: "sqlite", bytes: 4_096, problem: "the disk is full" },
};

test("what the service is doing is there at the moment of the scrape, and not what was there before", async () => {
  const observed = metrics();
  onTestFinished(() => observed.close());
  const text = await observed.render({ stats: async () => stats });
  expect(text).not.toMatch(/secret|gone|SIGKILL/);
  const all = samplesIn(text);
  const expected: Readonly<Record<string, number>> = {
    'deepaas_service_state{state="degraded"}': 1,
    'deepaas_service_state{state="ready"}': 0,
    'deepaas_queue_calls{model="digits"}': 4,
    'deepaas_running_calls{model="digits"}': 2,
    'deepaas_weights_version{model="digits"}': 3,
    'deepaas_workers{state="busy"}': 2,
    'deepaas_workers{state="starting"}': 0,
    'deepaas_workers_resident_memory_bytes{purpose="predict"}': 2_000,
    'deepaas_workers_lost_total{reason="memory"}': 2,
    'deepaas_workers_lost_total{reason="stalled"}': 0,
    'deepaas_runs{model="digits",state="failed"}': 5,
    'deepaas_run_oldest_age_seconds{model="digits",state="running"}': 570,
    'deepaas_run_oldest_event_seconds{model="digits",state="running"}': 60,
    'deepaas_run_reports_total{model="digits"}': 12,
    deepaas_watchers: 3,
    deepaas_watchers_behind_events: 70,
    deepaas_store_healthy: 0,
    deepaas_store_size_bytes: 4_096,
  };
  for (const [name, value] of Object.entries(expected)) expect([name, all.get(name)]).toEqual([name, value]);
  expect(all.has('deepaas_queue_limit_calls{model="digits"}')).toBe(false);
  expect([...all.keys()].filter((name) => name.startsWith("deepaas_node_info"))).toEqual([]);
  const node = { id: "a", labels: ["gpu", "big"], trains: true };
  const ofNode = samplesIn(await observed.render({ stats: async () => ({ ...stats, node }) }));
  expect(ofNode.get('deepaas_node_info{name="a",labels="gpu,big",trains="true"}')).toBe(1);
  const quiet = { ...stats, runs: [], store: { kind: "memory" }, status: { state: "ready", reasons: [] } } as const;
  const later = samplesIn(await observed.render({ stats: async () => quiet }));
  expect(later.get('deepaas_service_state{state="degraded"}')).toBe(0);
  expect(later.has('deepaas_run_oldest_age_seconds{model="digits",state="running"}')).toBe(false);
  expect(later.get("deepaas_store_healthy")).toBe(1);
  expect(later.get('deepaas_workers_lost_total{reason="memory"}'), "a scrape does not add to it").toBe(2);
});

test("the process has its CPU time, memory and start, the delay of its event loop, and the versions", async () => {
  const observed = metrics();
  const render = async () => samplesIn(await observed.render({ stats: async () => stats }));
  const first = await render();
  expect(first.get("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(first.get("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  expect(Math.abs((first.get("process_start_time_seconds") ?? 0) - Date.now() / 1_000)).toBeLessThan(3_600);
  expect([...first.keys()].filter((name) => name.startsWith("deepaas_build_info"))).toEqual([
    expect.stringContaining(`node="${process.versions.node}"`),
  ]);
  const blockedUntil = performance.now() + 350;
  while (performance.now() < blockedUntil);
  await expect.poll(async () => (await render()).get("deepaas_event_loop_delay_seconds_count")).toBeGreaterThan(0);
  const blocked = await render();
  expect(blocked.get("deepaas_event_loop_delay_seconds_sum")).toBeGreaterThan(0.2);
  observed.close();
  observed.close();
});

test("two servers in one process have their own metrics, and a closing one rejects", async () => {
  const one = await served();
  const other = await served();
  await one.host.predict("digits", {});
  const name = 'deepaas_predict_duration_seconds_count{model="digits",code="ok"}';
  expect([(await one.samples()).get(name), (await other.samples()).get(name)]).toEqual([1, 0]);
  expect(one.observed.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  await one.host.close();
  await expect(one.samples()).rejects.toMatchObject({ code: "unavailable" });
});
