// A real nginx or HAProxy in front of a server, with the lines that docs/proxies.md shows.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

export type ProxyName = "nginx" | "haproxy";

const configs = { nginx: "nginx.conf", haproxy: "haproxy.cfg" } as const;

/** True if the program is installed. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { env: { ...process.env, PATH: searchPath } });
    return true;
  } catch {
    return false;
  }
}

/** The folders of system programs are not in everybody's path. */
const searchPath = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

export interface ReverseProxy {
  /** `https://example.org:<port>/ml`. */
  readonly url: string;
  readonly port: number;
  /** Calls curl with the address and without a check of the certificate. Returns what it prints. */
  curl(path: string, ...args: readonly string[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startProxy(name: ProxyName, serverPort: number): Promise<ReverseProxy> {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-proxy-"));
  for (const temporary of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, temporary));
  makeCertificate(folder);
  const port = await freePort();
  const config = readFileSync(new URL(`./proxies/${configs[name]}`, import.meta.url), "utf8")
    .replaceAll(/\/etc\/ssl\/|\/tmp\//g, `${folder}/`)
    // In one pass: a port that was put in may begin with the digits of another.
    .replaceAll(/127\.0\.0\.1:5000|listen 443|127\.0\.0\.1:443/g, (shown) => {
      if (shown === "listen 443") return `listen 127.0.0.1:${port}`;
      return `127.0.0.1:${shown.endsWith(":5000") ? serverPort : port}`;
    });
  const path = join(folder, configs[name]);
  writeFileSync(path, config);
  const args = name === "nginx" ? ["-p", folder, "-c", path] : ["-f", path];
  const child = spawn(name, args, { env: { ...process.env, PATH: searchPath }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, "exit");
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
    await sleep(20);
  }
  const url = `https://example.org:${port}/ml`;
  return {
    url,
    port,
    async curl(path, ...more) {
      const resolve = ["--resolve", `example.org:${port}:127.0.0.1`];
      const { stdout } = await promisify(execFile)("curl", ["-sk", ...resolve, ...more, `${url}${path}`]);
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** HAProxy reads the key from the file of the certificate. */
function makeCertificate(folder: string): void {
  const [key, certificate] = [join(folder, "example.org.key"), join(folder, "example.org.pem")];
  const subject = ["-subj", "/CN=example.org", "-days", "2"];
  const files = ["-keyout", key, "-out", certificate];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files], { stdio: "ignore" });
  writeFileSync(certificate, readFileSync(certificate, "utf8") + readFileSync(key, "utf8"));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
