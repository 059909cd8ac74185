// A server with the interface of S3: moto, from the Python package `moto[s3,server]`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  /** Creates a bucket and returns its name. */
  newBucket(): Promise<string>;
}

const python = process.env.DEEPAAS_MOTO_PYTHON;

/** Why there is no S3 here, for the title of a skipped test. Undefined in CI: there a test that needs one fails. */
export const s3Missing: string | undefined =
  python !== undefined || process.env.CI !== undefined
    ? undefined
    : "needs DEEPAAS_MOTO_PYTHON, a Python with the package moto[s3,server]";

/** Any key and secret, whose access nobody checks. Its name is not that of a real one. */
export const s3Credentials = { accessKeyId: "AKIDTESTTESTTEST", secretAccessKey: "not-so-secret-key" } as const;

/** Starts a server on 127.0.0.1 that keeps everything in memory. It ends with `await using`, or with this process at the latest. */
export async function startS3(): Promise<S3Server> {
  if (python === undefined) throw new Error("DEEPAAS_MOTO_PYTHON must name a Python with moto; .ci/run installs one");
  const code = [
    "from moto.server import DomainDispatcherApplication, create_backend_app",
    "from werkzeug.serving import make_server",
    "import logging, sys, threading, os",
    "logging.getLogger('werkzeug').setLevel(logging.ERROR)",
    "server = make_server('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=True)",
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()",
    "print(server.server_port, flush=True)",
    "server.serve_forever()",
  ].join("\n");
  // Its stdin closes with this process, also if that is killed.
  const child = spawn(python, ["-c", code], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [port] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    exited.then(([exitCode]) => Promise.reject(new Error(`moto ended with ${exitCode}`))),
  ])) as [string];
  const endpoint = `http://127.0.0.1:${port}`;
  let buckets = 0;
  return {
    endpoint,
    async newBucket() {
      const bucket = `bucket-${++buckets}`;
      const { status } = await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
      if (status !== 200) throw new Error(`moto has answered ${status}`);
      return bucket;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
