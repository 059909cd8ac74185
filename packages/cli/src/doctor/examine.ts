// `deepaas doctor`: what could keep a server from working on this machine, and what to do about it.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { availableParallelism, freemem, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { findModels } from "../models/find-models.ts";
import { serverOf } from "../serve/data-dir.ts";
import { isShared, refuseSharedParts } from "../serve/open-stores.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { bytesText } from "../terminal/texts.ts";
import type { Finding } from "./finding.ts";

type Settings = Pick<
  RunSettings,
  | "listenIp"
  | "listenPort"
  | "dataDir"
  | "store"
  | "storeDirectUrl"
  | "queue"
  | "files"
  | "s3Endpoint"
  | "insecure"
  | "secretKey"
  | "role"
>;

/** `models`: names of the configuration file. Rejects `invalid_args` for settings with which no server starts. */
export async function examine(settings: Settings, models: ReadonlySet<string>): Promise<readonly Finding[]> {
  const isAlone = !isShared(settings);
  if (isAlone) refuseSharedParts(settings);
  const server = settings.store === "sqlite" ? serverOf(settings.dataDir) : undefined;
  const found = foundModels();
  return [
    nodeVersion(),
    machine(),
    ...temporaryFolder(),
    await port(settings, server?.url),
    ...descriptors(),
    ...(settings.store === "sqlite" ? await dataDirectory(settings.dataDir, server?.url) : []),
    ...(isAlone ? [] : await sharedParts(settings, new Set([...models, ...found.names]).size)),
    ...found.findings,
    ...nativeParts(),
  ];
}

async function sharedParts(settings: Settings, modelCount: number): Promise<readonly Finding[]> {
  const { examineDatabase } = await import("./examine-database.ts");
  const { examineQueue } = await import("./examine-queue.ts");
  const { examineFiles } = await import("./examine-files.ts");
  const { findings, state } = await examineDatabase(settings, connectionsOfNode(settings, modelCount));
  const needsQueue = state !== undefined || settings.queue !== undefined;
  return [
    ...findings,
    ...(needsQueue ? await examineQueue(settings) : []),
    ...(await examineFiles(settings, state?.newestFiles ?? [])),
    ...secrets(settings),
  ];
}

/** Those for runs, and for the queue of each model. */
function connectionsOfNode({ queue = "postgres", role, storeDirectUrl }: Settings, modelCount: number): number {
  const forQueue =
    queue === "postgres" || queue === storeDirectUrl ? Math.max(1, modelCount) * (role === "serve" ? 1 : 3) : 0;
  return 11 + forQueue;
}

function secrets({ secretKey }: Settings): readonly Finding[] {
  if (secretKey !== undefined) return [{ what: "secrets", level: "ok", text: "are encrypted in the database" }];
  const advice = "set DEEPAAS_SECRET_KEY to the same key on all nodes: openssl rand -base64 32";
  return [
    { what: "secrets", level: "warning", text: "a run with secret arguments is refused: there is no key", advice },
  ];
}

function nodeVersion(): Finding {
  const text = `Node.js ${process.versions.node}, ${process.platform} ${process.arch}`;
  // The command does not start before 24.
  return { what: "node", level: "ok", text };
}

function machine(): Finding {
  const cores = availableParallelism();
  const text = `${cores} cores, ${bytesText(freemem())} of ${bytesText(totalmem())} of memory free`;
  if (freemem() > 200_000_000) return { what: "machine", level: "ok", text };
  return {
    what: "machine",
    level: "warning",
    text,
    advice: "close other programs: a worker takes about 100 MB besides its model",
  };
}

function temporaryFolder(): Finding[] {
  const folder = tmpdir();
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return [
      {
        what: "temporary folder",
        level: "error",
        text: `${folder} cannot be written`,
        advice: "set TMPDIR to a folder that can: uploads are kept there",
      },
    ];
  }
  return [spaceOf("temporary folder", folder, "set TMPDIR to a larger file system: uploads are kept there")];
}

function spaceOf(what: string, folder: string, advice: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const text = `${folder}, ${bytesText(free)} free`;
  return free > 1_000_000_000 ? { what, level: "ok", text } : { what, level: "warning", text, advice };
}

/** Connects instead of listening: a port that was just closed may be refused for a minute. */
async function port({ listenIp, listenPort }: Settings, ownUrl: string | undefined): Promise<Finding> {
  const place = `port ${listenPort} at ${listenIp}`;
  if (listenPort === 0) return { what: "port", level: "ok", text: "any free port" };
  const host = listenIp === "0.0.0.0" ? "127.0.0.1" : listenIp === "::" ? "::1" : listenIp;
  const isTaken = await new Promise<boolean>((resolve) => {
    const socket = connect({ host, port: listenPort, timeout: 1_000 });
    const done = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once("connect", () => done(true));
    socket.once("timeout", () => done(false));
    socket.once("error", () => done(false));
  });
  if (!isTaken) return { what: "port", level: "ok", text: `${place} is free` };
  if (ownUrl !== undefined && new URL(ownUrl).port === String(listenPort)) {
    return { what: "port", level: "ok", text: `${place} is that of the server of this directory` };
  }
  return { what: "port", level: "warning", text: `${place} is in use`, advice: "choose another with --listen-port" };
}

function descriptors(): Finding[] {
  let limit: number;
  try {
    limit = Number(
      /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Number.POSITIVE_INFINITY,
    );
  } catch {
    // Only Linux says it in a file.
    return [];
  }
  const text = `at most ${limit} open files`;
  if (limit >= 4_096) return [{ what: "open files", level: "ok", text }];
  return [{ what: "open files", level: "warning", text, advice: "ulimit -n 65536: each connection takes one" }];
}

async function dataDirectory(dataDir: string, url: string | undefined): Promise<Finding[]> {
  const what = "data directory";
  if (!existsSync(dataDir)) return [{ what, level: "ok", text: `${dataDir} does not exist; deepaas run makes it` }];
  const findings: Finding[] = [];
  const { mode, uid } = statSync(dataDir);
  if ((mode & 0o077) !== 0) {
    findings.push({
      what,
      level: "warning",
      text: `others may read ${dataDir}, which has arguments, secrets and weights`,
      advice: `chmod go-rwx ${dataDir}`,
    });
  }
  if (process.geteuid !== undefined && uid !== process.geteuid()) {
    findings.push({
      what,
      level: "warning",
      text: `${dataDir} belongs to another user`,
      advice: "start the server as that user, or choose another --data-dir",
    });
  }
  findings.push(spaceOf(what, dataDir, "remove runs (deepaas rm), or limit them with --max-bytes"));
  if (url !== undefined) findings.push({ what, level: "ok", text: `in use by the server at ${url}` });
  const store = join(dataDir, "runs.db");
  if (existsSync(store)) findings.push(...(await checkStore(store, join(dataDir, "blobs"))));
  else if (readdirSync(dataDir).length > 0) findings.push({ what: "store", level: "ok", text: "no runs yet" });
  return findings;
}

/** Every page of the database, and every file that it refers to by its hash. */
async function checkStore(store: string, blobs: string): Promise<Finding[]> {
  const { checkStoreFile } = await import("@deepaas/sqlite");
  const { runs, files, bytes, problems } = await checkStoreFile({ path: store, blobs });
  const text = `${runs} runs, ${files} files of ${bytesText(bytes)}`;
  if (problems.length === 0) return [{ what: "store", level: "ok", text: `${text}, all sound` }];
  return problems.map((problem) => ({
    what: "store",
    level: "error",
    text: problem,
    advice: "restore the data directory from a backup, or remove the run (deepaas rm)",
  }));
}

function foundModels(): { readonly names: readonly string[]; readonly findings: readonly Finding[] } {
  try {
    const found = [...findModels(process.cwd()).values()];
    const findings = found.map(
      ({ name, path, from }): Finding =>
        existsSync(path)
          ? { what: "model", level: "ok", text: `${name} of ${from}` }
          : {
              what: "model",
              level: "error",
              text: `${name} of ${from}: there is no file ${path}`,
              advice: "build the package, or correct deepaas.models in its package.json",
            },
    );
    return { names: found.map(({ name }) => name), findings };
  } catch (error) {
    return { names: [], findings: [{ what: "model", level: "error", text: (error as Error).message }] };
  }
}

/** Packages with binaries that models use, if this project has them. */
function nativeParts(): Finding[] {
  const require = createRequire(join(process.cwd(), "package.json"));
  return ["onnxruntime-node", "sharp"].flatMap((name): Finding[] => {
    try {
      require.resolve(name);
    } catch {
      return [];
    }
    try {
      require(name);
      return [{ what: "native part", level: "ok", text: `${name} loads` }];
    } catch (error) {
      const reason = (error as Error).message.split("\n")[0] as string;
      return [
        {
          what: "native part",
          level: "error",
          text: `${name} does not load: ${reason}`,
          advice: `npm rebuild ${name}, or install it for ${process.platform} ${process.arch}`,
        },
      ];
    }
  });
}
