// A server with the interface of S3 for the tests: moto, in a process of its own that ends with the test process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { S3 } from "@aws-sdk/client-s3";

const python = process.env.DEEPAAS_MOTO_PYTHON;

/** False outside of CI if there is no Python with moto: then its tests are skipped. */
export const hasMoto = python !== undefined || process.env.CI !== undefined;
/** The reason, for the title of a test. */
export const needsMoto = "(needs DEEPAAS_MOTO_PYTHON, a Python with the package moto[s3,server])";

export const testCredentials = { accessKeyId: "AKIDTESTTESTTEST", secretAccessKey: "not-so-secret-key" };

export interface TestS3 extends AsyncDisposable {
  readonly endpoint: string;
  /** To look into the buckets. */
  readonly client: S3;
  /** Creates a bucket and returns its name. */
  newBucket(): Promise<string>;
}

export async function startS3(): Promise<TestS3> {
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
  // A copy, because the SDK adds members to it.
  const credentials = { ...testCredentials };
  const client = new S3({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  let buckets = 0;
  return {
    endpoint,
    client,
    async newBucket() {
      const Bucket = `bucket-${++buckets}`;
      await client.createBucket({ Bucket });
      return Bucket;
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      child.kill("SIGKILL");
      await exited;
    },
  };
}
