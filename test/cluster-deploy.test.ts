// examples/cluster: the file of Docker Compose, the manifests for Kubernetes and the configuration of nginx. There is no engine and
// no cluster here: each name, port, path and setting in them is compared with what the image and the command have.
import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { postgresMissing, s3Credentials, s3Missing, startPostgres, startS3 } from "@deepaas/conformance/servers";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { helloModule, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { readDockerfile } from "./support/dockerfile.ts";
import { freePort } from "./support/free-port.ts";
import { isInstalled } from "./support/reverse-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";

const folder = new URL("../examples/cluster/", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), "utf8");
const image = readDockerfile("Dockerfile");
const port = Number(image.lastStage.find((line) => line.startsWith("EXPOSE "))?.slice("EXPOSE ".length));
const configuration = readFileSync(new URL("../docs/configuration.md", import.meta.url), "utf8");
const known = new Set(configuration.match(/DEEPAAS_[A-Z0-9_]+/g));
/** Seconds of a shutdown besides that of predicts. */
const besidesDrain = 20;

type Env = Readonly<Record<string, string>>;

function envFrom(text: string): Env {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** What `deepaas run` makes of the environment of a container, by the name of the setting. */
async function settingsIn(env: Env): Promise<Readonly<Record<string, unknown>>> {
  expect(Object.keys(env).filter((name) => name.startsWith("DEEPAAS_") && !known.has(name))).toEqual([]);
  const ended = await runDeepaas(["run", "--print-config", "--json"], { env: { ...image.env, ...env } });
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  const printed = JSON.parse(ended.stdout) as Record<string, { readonly value: unknown }>;
  return Object.fromEntries(Object.entries(printed).map(([name, { value }]) => [name, value]));
}

describe("Docker Compose", () => {
  interface Service {
    readonly image: string;
    readonly env_file?: string | readonly string[];
    readonly environment?: Env;
    readonly stop_grace_period?: string;
    readonly tmpfs?: readonly string[];
    readonly volumes?: readonly string[];
    readonly ports?: readonly string[];
    readonly command?: string | readonly string[];
    readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
    readonly healthcheck?: object;
  }
  const compose = parse(read("compose.yaml"), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly networks: {
      readonly default: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } };
    };
    readonly volumes: Readonly<Record<string, null>>;
  };
  const service = (name: string) => compose.services[name] as Service;
  const nodes = Object.entries(compose.services).filter(([, { image: of }]) => of === "my-model");
  let files: Readonly<Record<string, Env>>;
  beforeAll(() => {
    using made = tempFolder();
    execFileSync("sh", ["-e", new URL("make-secrets.sh", folder).pathname], { cwd: made.path });
    const names = readdirSync(join(made.path, "secrets"));
    files = Object.fromEntries(
      names.map((name) => [`secrets/${name}`, envFrom(readFileSync(join(made.path, "secrets", name), "utf8"))]),
    );
  });

  test("what a service needs is there, and what it waits for can happen", () => {
    for (const [name, { depends_on: needs = {}, volumes = [], env_file: given = [] }] of Object.entries(
      compose.services,
    )) {
      for (const [other, condition] of Array.isArray(needs)
        ? needs.map((one: string) => [one, "service_started"] as const)
        : Object.entries(needs as Record<string, { condition: string }>).map(
            ([one, how]) => [one, how.condition] as const,
          )) {
        expect(Object.keys(compose.services), name).toContain(other);
        const { image: of, healthcheck } = service(other);
        if (condition === "service_healthy")
          expect(healthcheck ?? (of === "my-model" ? image.healthCheck : undefined), other).toBeDefined();
      }
      for (const volume of volumes) {
        const [source = ""] = volume.split(":");
        if (source.startsWith("./")) read(source);
        else expect(Object.keys(compose.volumes), name).toContain(source);
      }
      for (const file of [given].flat()) expect(Object.keys(files)).toContain(file);
    }
  });

  test("every node has settings that the command takes, its own name, and what the others share", async () => {
    expect(nodes.length).toBe(3);
    const all = await Promise.all(
      nodes.map(([, { env_file: given = [], environment = {} }]) =>
        settingsIn(Object.assign({}, ...[given].flat().map((file) => files[file]), environment)),
      ),
    );
    expect(all.map(({ node }) => node)).toEqual(nodes.map(([name]) => name));
    const [first] = all as [Readonly<Record<string, unknown>>];
    const shared = ["files", "s3Endpoint", "trustProxy", "drainSeconds", "insecure", "queue"];
    for (const one of all) for (const name of shared) expect([name, one[name]]).toEqual([name, first[name]]);
    const [{ subnet } = { subnet: "" }] = compose.networks.default.ipam.config;
    expect(first.trustProxy).toEqual([subnet]);
    for (const [, { stop_grace_period: grace = "", tmpfs }] of nodes) {
      expect(Number.parseInt(grace, 10)).toBeGreaterThanOrEqual(Number(first.drainSeconds) + besidesDrain);
      expect(tmpfs).toEqual([image.env.XDG_CACHE_HOME]);
    }
  });

  test.skipIf((postgresMissing ?? s3Missing) !== undefined)(
    "a node answers nobody without a key, although S3 is reached by http: (needs postgresql and moto)",
    async () => {
      const [, { environment = {} }] = nodes[0] as (typeof nodes)[number];
      await withServers({ ...files["secrets/node.env"], ...environment }, async (env) => {
        await using node = await serveDeepaas([helloModule], { env, keeps: true });
        const url = `http://127.0.0.1:${node.port}/v2/models`;
        const headers = { Authorization: `Bearer ${env.DEEPAAS_API_KEY}` };
        expect([(await fetch(url)).status, (await fetch(url, { headers })).status]).toEqual([401, 200]);
      });
    },
    60_000,
  );

  test("nodes, database, bucket and nginx name each other", () => {
    const { DEEPAAS_STORE = "", DEEPAAS_API_KEY = "" } = files["secrets/node.env"] as Env;
    const store = new URL(DEEPAAS_STORE);
    const { POSTGRES_USER, POSTGRES_DB } = service("postgres").environment as Env;
    expect([store.hostname, store.username, store.pathname]).toEqual(["postgres", POSTGRES_USER, `/${POSTGRES_DB}`]);
    expect(store.password).toBe((files["secrets/postgres.env"] as Env).POSTGRES_PASSWORD);
    expect(new Set([store.password, DEEPAAS_API_KEY]).size).toBe(2);
    const settings = nodes[0]?.[1].environment as Env;
    const endpoint = new URL(settings.DEEPAAS_S3_ENDPOINT as string);
    expect(service(endpoint.hostname).command).toContain(`-s3.port=${endpoint.port}`);
    expect(service("bucket").command?.toString()).toContain(
      `-name ${new URL(settings.DEEPAAS_FILES as string).hostname}"`,
    );
    const nginx = read("nginx.conf");
    expect([...nginx.matchAll(/server (\S+):(\d+) /g)].map(([, host, of]) => [host, Number(of)])).toEqual(
      nodes.map(([name]) => [name, port]),
    );
    const [, listen] = /listen (\d+);/.exec(nginx) ?? [];
    expect(service("nginx").ports).toEqual([`127.0.0.1:${listen}:${listen}`]);
  });
});

/** Calls `work` with the environment of a container, in which Postgres and S3 are real ones of this machine. */
async function withServers(env: Env, work: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  await using postgres = await startPostgres();
  await using s3 = await startS3();
  await work({
    ...image.env,
    ...env,
    // This machine has its own, and no /tmp of a container.
    XDG_CACHE_HOME: undefined,
    DEEPAAS_STORE: postgres.url,
    DEEPAAS_FILES: `s3://${await s3.newBucket()}/runs`,
    DEEPAAS_S3_ENDPOINT: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
  });
}

test.skipIf(!isInstalled("nginx") && !process.env.CI)("nginx takes its configuration (needs nginx)", async () => {
  using made = tempFolder({ "nginx.conf": read("nginx.conf").replaceAll(/node-[abc]:/g, "127.0.0.1:") });
  const args = ["-t", "-p", made.path, "-c", join(made.path, "nginx.conf")];
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const { stderr } = await promisify(execFile)("nginx", args, { env });
  expect(stderr).toMatch(/test is successful/);
  expect(stderr).not.toContain("[warn]");
});

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface StatefulSet {
  readonly serviceName: string;
  readonly selector: { readonly matchLabels: Env };
  readonly template: { readonly metadata: { readonly labels: Env }; readonly spec: PodSpec };
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string }[];
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly envFrom: readonly object[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly [string, string] } } };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

describe("Kubernetes", () => {
  const kustomization = parse(read("kubernetes/kustomization.yaml")) as { readonly resources: readonly string[] };
  const manifests = kustomization.resources.flatMap((path) =>
    parseAllDocuments(read(`kubernetes/${path}`)).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Manifest;
    }),
  );
  const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind);
  const sets = ofKind("StatefulSet").map(
    ({ metadata, spec }) => [metadata.name, spec as unknown as StatefulSet] as const,
  );
  const settings = envFrom(read("kubernetes/settings.env"));
  const own = ({ template }: StatefulSet): Env =>
    Object.fromEntries(template.spec.containers[0].env.map(({ name, value }) => [name, value ?? "a-pod-0"]));
  const right = {
    DEEPAAS_STORE: "postgres://a:b@c/d",
    DEEPAAS_SECRET_KEY: `${"A".repeat(43)}=`,
    DEEPAAS_API_KEY: "k".repeat(24),
  };

  test("every manifest is applied, and selects pods that there are", () => {
    const files = readdirSync(new URL("kubernetes/", folder)).filter((name) => name.endsWith(".yaml"));
    expect([...kustomization.resources, "kustomization.yaml"].sort()).toEqual(files.sort());
    const labels = sets.map(([, { template }]) => template.metadata.labels);
    const selects = (selector: Env) =>
      labels.filter((one) => Object.entries(selector).every(([k, v]) => one[k] === v)).length;
    for (const [, { selector, serviceName }] of sets) {
      expect(selects(selector.matchLabels)).toBe(1);
      expect(ofKind("Service").map(({ metadata }) => metadata.name)).toContain(serviceName);
    }
    for (const { spec } of ofKind("Service")) expect(selects(spec.selector as Env)).toBe(1);
    const budgets = ofKind("PodDisruptionBudget").map(
      ({ spec }) => (spec.selector as { matchLabels: Env }).matchLabels,
    );
    expect(budgets.map(selects)).toEqual([1, 1]);
    const policies = ofKind("NetworkPolicy").map(({ spec }) => (spec.podSelector as { matchLabels: Env }).matchLabels);
    expect(policies.map(selects)).toEqual([2]);
  });

  test.each(sets)(
    "the pods of %s have settings that the command takes, and the rights of the image",
    async (name, set) => {
      const { terminationGracePeriodSeconds: grace, securityContext, containers, volumes } = set.template.spec;
      const [container] = containers;
      const found = await settingsIn({ ...settings, ...right, ...own(set) });
      expect(found).toMatchObject(
        name === "gpu"
          ? { role: "train", labels: ["gpu"], node: "a-pod-0" }
          : { role: "both", labels: [], node: "a-pod-0" },
      );
      const before = Number(container.lifecycle.preStop.exec.command[1]);
      expect(grace).toBeGreaterThanOrEqual(before + Number(found.drainSeconds) + besidesDrain);
      expect(container.ports).toEqual([
        { name: "http", containerPort: port },
        { name: "metrics", containerPort: Number(found.metricsPort) },
      ]);
      const [user, group] = image.user.split(":").map(Number);
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: user, runAsGroup: group });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.volumeMounts).toEqual([{ name: "tmp", mountPath: image.env.XDG_CACHE_HOME }]);
      expect(volumes.map((one) => one.name)).toEqual(["tmp"]);
    },
  );

  test("no node starts with a value of the example of secrets", async () => {
    const example = envFrom(read("kubernetes/secrets.env.example"));
    expect(Object.keys(example)).toEqual([...Object.keys(right), "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    for (const name of Object.keys(right)) {
      const env = { ...image.env, ...settings, ...right, [name]: example[name] };
      const ended = await runDeepaas(["run", helloModule], { env });
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(name)]);
    }
  });

  test.skipIf((postgresMissing ?? s3Missing) !== undefined)(
    "probes and metrics answer on a node with the environment of the pods (needs postgresql and moto)",
    async () => {
      const [, set] = sets.find(([name]) => name === "gpu") as (typeof sets)[number];
      const [container] = set.template.spec.containers;
      const DEEPAAS_METRICS_PORT = String(await freePort());
      await withServers({ ...settings, ...right, ...own(set), DEEPAAS_METRICS_PORT }, async (env) => {
        await using node = await serveDeepaas([helloModule], { env, keeps: true });
        const url = `http://127.0.0.1:${node.port}`;
        for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          expect(httpGet.port).toBe("http");
          expect((await fetch(`${url}${httpGet.path}`)).status).toBe(200);
        }
        const metrics = await (await fetch(`http://127.0.0.1:${DEEPAAS_METRICS_PORT}/metrics`)).text();
        expect(metrics).toContain('deepaas_node_info{name="a-pod-0",labels="gpu",trains="true"} 1');
        const headers = { Authorization: `Bearer ${right.DEEPAAS_API_KEY}` };
        const stats = (await (await fetch(`${url}/v2/stats`, { headers })).json()) as object;
        expect(stats).toMatchObject({ node: { id: "a-pod-0", labels: ["gpu"], trains: true } });
        expect((await node.end()).code).toBe(0);
      });
    },
    60_000,
  );
});
