// The servers that are measured: their versions, how they are started, and their routes. To add one: an entry here and its app in `apps`.
import { join } from "node:path";

const apps = join(import.meta.dirname, "apps");
const cli = join(import.meta.dirname, "..", "..", "packages", "cli", "bin", "deepaas.mjs");

/** What the benchmark installs, in a folder of its own for each peer. */
export type Needs =
  | { readonly from: "workspace"; readonly packages: readonly string[] }
  | { readonly from: "npm"; readonly packages: readonly string[] }
  | { readonly from: "python"; readonly packages: readonly string[]; readonly local?: string };

export interface StartOptions {
  readonly port: number;
  /** Undefined: as one starts the server without thinking of workers. */
  readonly workers?: number | undefined;
  /** Where `needs` is installed. */
  readonly folder: string;
  /** An empty folder for the server's data. */
  readonly dataFolder: string;
}

export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly needs: Needs;
  /** As a user would type it, for the report. */
  readonly shown: string;
  /** Program and arguments. `PEER_PORT`, `PEER_WORKERS` and `PEER_FOLDER` are in the environment. */
  command(options: StartOptions): readonly string[];
  readonly predictPath: string;
  /** The route of a predict that uses CPU time. Default: `predictPath`. */
  readonly workPath?: string;
  readonly uploadPath: string;
  readonly healthPath: string;
  /** Requests before the figures of a no-op count: compilers optimise while a server runs. */
  readonly warmUpRequests: number;
  /** How two workers are started, for the report. Undefined: there are none. */
  readonly workers?: string;
  /** Ways to watch a run. */
  readonly watches?: readonly ("sse" | "ws")[];
}

const node = { warmUpRequests: 40_000 };
const python = { warmUpRequests: 1_000 };
const bare = { predictPath: "/predict", uploadPath: "/upload", healthPath: "/health" };
const ownPath = "/v2/models/echo/predict/";
const own = { predictPath: ownPath, uploadPath: ownPath, healthPath: "/health/live" };
const clusterWorkers = "`node:cluster` with two processes";
const nodeApp = (name: string) => () => [process.execPath, join(apps, `${name}.ts`)];
const inVenv = (folder: string, program: string) => join(folder, "bin", program);

function deepaasRun(...more: readonly string[]) {
  return ({ port, workers, dataFolder }: StartOptions) => [
    process.execPath,
    cli,
    "run",
    join(apps, "echo.ts"),
    ...more,
    ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ...["--listen-port", String(port), "--data-dir", dataFolder, "--client-max-size", String(1024 ** 3)],
  ];
}

/** The baseline: measured twice in each round. */
const koa: Peer = {
  ...node,
  ...bare,
  name: "koa",
  title: "Koa",
  needs: { from: "workspace", packages: ["koa", "@koa/router"] },
  shown: "node koa.ts",
  command: nodeApp("koa"),
  workers: clusterWorkers,
};

export const baseline = koa.name;

export const peers: readonly Peer[] = [
  koa,
  {
    ...node,
    ...bare,
    name: "node-http",
    title: "node:http",
    needs: { from: "workspace", packages: [] },
    shown: "node node-http.ts",
    command: nodeApp("node-http"),
    workers: clusterWorkers,
  },
  {
    ...node,
    ...bare,
    name: "fastify",
    title: "Fastify",
    needs: { from: "npm", packages: ["fastify@5.12.8", "@fastify/multipart@10.1.9"] },
    shown: "node fastify.ts",
    command: nodeApp("fastify"),
    workers: clusterWorkers,
  },
  {
    ...node,
    ...bare,
    name: "hono",
    title: "Hono",
    needs: { from: "npm", packages: ["hono@4.13.19", "@hono/node-server@2.1.9"] },
    shown: "node hono.ts",
    command: nodeApp("hono"),
    workers: clusterWorkers,
  },
  {
    ...node,
    ...own,
    name: "own-koa",
    title: "ours in a Koa app",
    needs: { from: "workspace", packages: ["@deepaas/koa", "koa"] },
    shown: "node own-koa.ts",
    command: nodeApp("own-koa"),
    workers: "`workers({ predict: 2 })`",
    watches: ["sse"],
  },
  {
    ...node,
    ...own,
    name: "own-inline",
    title: "ours, inline",
    needs: { from: "workspace", packages: [] },
    shown: "deepaas run echo.ts --inline",
    command: deepaasRun("--inline"),
    watches: ["sse", "ws"],
  },
  {
    ...node,
    ...own,
    name: "own",
    title: "ours",
    needs: { from: "workspace", packages: [] },
    shown: "deepaas run echo.ts",
    command: deepaasRun(),
    workers: "`--workers 2`",
    watches: ["sse", "ws"],
  },
  { ...koa, name: "koa-again", title: "Koa again" },
  {
    ...python,
    ...bare,
    name: "fastapi",
    title: "FastAPI",
    needs: { from: "python", packages: ["fastapi==0.165.0", "uvicorn[standard]==0.54.0", "python-multipart==0.0.34"] },
    shown: "uvicorn fastapi_app:app --no-access-log",
    command: ({ port, workers, folder }) => [
      inVenv(folder, "uvicorn"),
      ...["fastapi_app:app", "--no-access-log", "--app-dir", apps, "--port", String(port)],
      ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ],
    workPath: "/work",
    workers: "`--workers 2`",
  },
  {
    ...python,
    ...bare,
    name: "litserve",
    title: "LitServe",
    needs: { from: "python", packages: ["litserve==0.2.19", "python-multipart==0.0.34"] },
    shown: "python litserve_app.py",
    command: ({ folder }) => [inVenv(folder, "python"), join(apps, "litserve_app.py")],
    uploadPath: "/predict",
    workers: "`workers_per_device=2`",
  },
  {
    ...python,
    ...bare,
    name: "bentoml",
    title: "BentoML",
    needs: { from: "python", packages: ["bentoml==1.4.40"] },
    shown: "bentoml serve bentoml_app:Echo",
    command: ({ port, folder }) => [
      inVenv(folder, "bentoml"),
      ...["serve", "bentoml_app:Echo", "--working-dir", apps, "--host", "127.0.0.1", "--port", String(port)],
    ],
    healthPath: "/livez",
    workers: "`workers=2`",
  },
  {
    ...python,
    name: "deepaas",
    title: "DEEPaaS",
    needs: {
      from: "python",
      packages: ["deepaas==2.6.0", "setuptools==65.5.0", "wheel==0.45.1"],
      local: join(apps, "deepaas"),
    },
    shown: "deepaas-run --model-name echo",
    command: ({ port, workers, folder }) => [
      inVenv(folder, "deepaas-run"),
      ...["--model-name", "echo", "--listen-ip", "127.0.0.1", "--listen-port", String(port)],
      ...["--client-max-size", String(1024 ** 3)],
      ...(workers === undefined ? [] : ["--workers", String(workers)]),
    ],
    predictPath: ownPath,
    uploadPath: ownPath,
    healthPath: "/",
    workers: "`--workers 2`",
  },
];
