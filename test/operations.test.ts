import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectWs } from "@deepaas/client";
import { expect, test } from "vitest";
import { runDeepaas, type Served, serveDeepaas } from "./support/deepaas.ts";
import { freePort } from "./support/free-port.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { operations, promtool, startPrometheus, writeConfig } from "./support/prometheus.ts";
import { isInstalled } from "./support/reverse-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";

const model = `
export const getPredictArgs = () => ({ fails: { type: "boolean", default: false } });
export const getTrainArgs = () => ({ steps: { type: "integer", default: 2 } });
export const predict = ({ fails }) => { if (fails) throw new Error("as asked"); return 1; };
export async function train({ steps }, { report, signal }) {
  for (let step = 1; step <= steps && !signal.aborted; step++) {
    report({ step });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
`;

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(readFileSync(join(operations, "grafana-dashboard.json"), "utf8")) as {
  readonly panels: readonly Panel[];
};
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);
const rules = readFileSync(join(operations, "alerts.yml"), "utf8");
const page = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");

/** Metrics of the server that a text names: of a histogram its name without the suffix of a series. */
function namesIn(text: string): readonly string[] {
  const names = text.match(/\b(?:deepaas|process)_[a-z_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")))].sort();
}

const metricNames = (text: string) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string).sort();

const metricsOf = async (url: string, token?: string) => {
  const response = await fetch(url, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

const postTo = (served: Served, path: string, headers: Record<string, string> = {}) =>
  fetch(served.url + path, { method: "POST", headers }).then((response) => response.arrayBuffer());

test("the dashboard, the alerts and the page name metrics that the server has, and the page has them all", async () => {
  using folder = tempFolder({ "m.mjs": model });
  await using served = await serveDeepaas(["m.mjs"], { cwd: folder.path });
  await postTo(served, "/v2/models/m/predict/");
  const { status, type, text } = await metricsOf(`${served.url}/metrics`);
  expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  const real = metricNames(text);
  expect(real.length).toBeGreaterThan(25);
  for (const named of [queries.map(([, expr]) => expr).join("\n"), rules]) {
    const names = namesIn(named);
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !real.includes(name))).toEqual([]);
  }
  const rows = [...page.matchAll(/^\| `((?:deepaas|process)_[a-z_]+)` \|/gm)].map(([, name]) => name as string).sort();
  expect(rows).toEqual(real);
  const described = [...rules.matchAll(/alert: (\w+)/g)].map(([, name]) => name as string);
  expect(described.filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
});

test("--no-metrics and --metrics-port: not on the port of the API, and without a token on their own", async () => {
  using folder = tempFolder({ "m.mjs": model });
  const cwd = folder.path;
  const env = { DEEPAAS_API_KEY: "a-key-of-this-test" };
  await using own = await serveDeepaas(["m.mjs", "--metrics-port", "0"], { cwd, env });
  expect((await metricsOf(`${own.url}/metrics`, env.DEEPAAS_API_KEY)).status).toBe(404);
  const [, url = ""] = /^ +metrics +(http:\S+)$/m.exec(own.said.stdout) ?? [];
  const { status, type, text } = await metricsOf(url);
  expect([status, type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  expect(text).toContain('deepaas_queue_calls{model="m"} 0');
  expect(text).not.toContain(env.DEEPAAS_API_KEY);
  expect((await metricsOf(url.replace("/metrics", "/v2/models/"))).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  const taken = await runDeepaas(["run", "m.mjs", "--listen-port", "0", "--metrics-port", new URL(url).port], { cwd });
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("choose another with --metrics-port")]);
  await using off = await serveDeepaas(["m.mjs", "--no-metrics"], { cwd });
  expect((await metricsOf(`${off.url}/metrics`)).status).toBe(404);
  const both = await runDeepaas(["run", "m.mjs", "--no-metrics", "--metrics-port", "0"], { cwd });
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("--metrics-port")]);
});

const isMissing = !["prometheus", "promtool"].every(isInstalled);

test.skipIf(isMissing && !process.env.CI)(
  "a real Prometheus scrapes the server and answers every query of the dashboard (needs prometheus)",
  async () => {
    using folder = tempFolder({ "m.mjs": model });
    const cwd = folder.path;
    const keyFile = ["--api-key-file", "keys.json"];
    const newKey = async (...args: string[]) =>
      (await runDeepaas(["key", "new", ...args, ...keyFile], { cwd })).stdout.trim();
    const scrapeToken = await newKey("prometheus", "--scope", "metrics");
    const token = await newKey("ann", "--scope", "predict", "train");
    await using served = await serveDeepaas(["m.mjs", ...keyFile, "--train-workers", "2"], { cwd, keeps: true });
    expect((await metricsOf(`${served.url}/metrics`, token)).status).toBe(403);
    expect((await metricsOf(`${served.url}/v2/models/`, scrapeToken)).status).toBe(403);
    await using prometheus = await startPrometheus(served.port, scrapeToken);

    // A client that predicts, also wrongly, trains and watches, until everything was asked.
    const headers = { Authorization: `Bearer ${token}` };
    const client = connectWs(served.url, { token });
    const long = await client.train("m", { steps: 1_000_000 });
    const watching = Array.fromAsync(client.watch(long.id)).catch(() => {});
    let isOver = false;
    const calling = (async () => {
      while (!isOver) {
        await postTo(served, "/v2/models/m/predict/", headers);
        await postTo(served, "/v2/models/m/predict/?fails=true", headers);
        await client.train("m", {});
        await sleep(50);
      }
    })();
    try {
      await expect.poll(() => prometheus.query('up{job="deepaas"}')).toEqual([1]);
      for (const [title, expr] of queries) {
        const expression = expr.replaceAll("$__rate_interval", "5s").replaceAll(/\$(?:instance|model)/g, ".*");
        const hasData = async () => (await prometheus.query(expression)).some((value) => Number.isFinite(value));
        await expect.poll(hasData, { message: `${title}: ${expression}` }).toBe(true);
      }
      const alerts = await prometheus.alerts();
      expect(alerts.length).toBe([...rules.matchAll(/alert:/g)].length);
      expect(alerts.filter(({ lastError }) => lastError)).toEqual([]);
      expect(await promtool(["check", "rules", join(operations, "alerts.yml")])).toContain("SUCCESS");
      expect(await promtool(["check", "metrics"], (await metricsOf(`${served.url}/metrics`, scrapeToken)).text)).toBe(
        "",
      );
    } finally {
      isOver = true;
      await calling;
      await client.cancel(long.id);
      await watching;
      client.close();
    }
  },
  120_000,
);

test.skipIf(isMissing && !process.env.CI)(
  "an alert says that nodes serve different weights, and not that lone servers do (needs prometheus)",
  async () => {
    const version = (instance: string, values: string) => ({
      series: `deepaas_weights_version{job="deepaas",instance="${instance}",model="m"}`,
      values,
    });
    const node = (instance: string) => ({
      series: `deepaas_node_info{job="deepaas",instance="${instance}",name="${instance}",labels="",trains="true"}`,
      values: "1x30",
    });
    // b loads version 3 in minute 3, and in minute 6 no version 4.
    const versions = [version("a", "2x2 3x2 4x30"), version("b", "2x2 3x30")];
    const firing = { exp_labels: { severity: "warning", model: "m" } };
    const annotations = { summary: "The nodes serve different weights of m, up to version 4" };
    const check = (eval_time: string, fires: boolean) => ({
      alertname: "DeepaasWeightsDiffer",
      eval_time,
      exp_alerts: fires ? [{ ...firing, exp_annotations: annotations }] : [],
    });
    const cases = [
      { input_series: [...versions, node("a"), node("b")], alert_rule_test: [check("14m", false), check("20m", true)] },
      { input_series: versions, alert_rule_test: [check("20m", false)] },
    ];
    const tests = cases.map((one) => ({ interval: "1m", ...one }));
    using folder = tempFolder({
      "test.yml": JSON.stringify({ rule_files: [join(operations, "alerts.yml")], evaluation_interval: "1m", tests }),
    });
    expect(await promtool(["test", "rules", join(folder.path, "test.yml")])).toContain("SUCCESS");
  },
);

test.skipIf(isMissing && !process.env.CI)(
  "the lines of docs/operations.md start a server and a Prometheus that scrapes it (needs prometheus)",
  async () => {
    const [port, prometheusPort] = [await freePort(), await freePort()];
    const prometheus = `/usr/bin/env PATH="${process.env.PATH}" prometheus --web.listen-address=127.0.0.1:${prometheusPort}`;
    using folder = pageFolder({ prometheus });
    writeConfig(folder.path, port);
    const env = { prometheus: `http://127.0.0.1:${prometheusPort}` };
    const stdout = await runPage(folder, { script: "operations.sh", port, env });
    expect(stdout).toMatch(/"state":"ready"/);
  },
  60_000,
);
