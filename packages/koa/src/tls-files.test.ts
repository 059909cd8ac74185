import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { createHost, silentLogger } from "@deepaas/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer } from "./create-server.ts";
import { one, two } from "./testing/certificates.ts";
import { listening } from "./testing/served.ts";
import type { TlsOptions } from "./tls-files.ts";

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  // Beside the folder in which nothing may be left over.
  const folder = await mkdtemp(join(tmpdir(), "..", "deepaas-tls-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** A server that reads the file meanwhile finds the one or the other. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}-new`, text);
  await rename(`${path}-new`, path);
}

async function serveTls(tls: TlsOptions) {
  const host = await createHost({ models: { m: { predict: () => 1 } }, logger: silentLogger });
  onTestFinished(() => host.close({ drainMs: 0 }));
  const logged: string[] = [];
  const log = (_fields: object, message: string) => void logged.push(message);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const port = await listening(createServer(host, { tls, logger }));
  return { port, logged };
}

/** Returns the name in the certificate of a new connection. */
function certificateAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: "127.0.0.1", ca: [one.cert, two.cert] }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

function statusAt(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path, ca: one.cert }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });
}

test.each(["texts", "paths"])("a server with the %s of a pair serves HTTPS", async (kind) => {
  const folder = await folderWith({ cert: one.cert, key: one.key });
  const { port } = await serveTls(kind === "texts" ? one : { cert: join(folder, "cert"), key: join(folder, "key") });
  expect(await statusAt(port, "/v2/models/")).toBe(200);
});

describe("changed files", () => {
  test("are served without a restart, also when a link changes", async () => {
    const folder = await folderWith({ cert: one.cert, key: one.key, cert2: two.cert, key2: two.key });
    const at = (name: string) => join(folder, name);
    await symlink(at("cert"), at("cert-link"));
    await symlink(at("key"), at("key-link"));
    const { port, logged } = await serveTls({ cert: at("cert-link"), key: at("key-link") });
    expect(await certificateAt(port)).toBe("one.example");
    const kept = connect({ port, host: "127.0.0.1", ca: one.cert });
    for (const name of ["cert", "key"]) {
      await symlink(at(`${name}2`), at(`${name}-new`));
      await rename(at(`${name}-new`), at(`${name}-link`));
    }
    await expect.poll(() => certificateAt(port), { timeout: 20_000 }).toBe("two.example");
    expect(logged.at(-1)).toBe("certificate reloaded");
    expect(kept.destroyed).toBe(false);
    kept.destroy();
  });

  test("that do not fit each other are logged once, and the last pair stays until they do", async () => {
    const folder = await folderWith({ cert: one.cert, key: one.key });
    const at = (name: string) => join(folder, name);
    const { port, logged } = await serveTls({ cert: at("cert"), key: at("key") });
    const failure = "certificate not reloaded; the last one stays";
    await replace(at("cert"), two.cert);
    await expect.poll(() => logged, { timeout: 20_000 }).toEqual([failure]);
    expect(await certificateAt(port)).toBe("one.example");
    await rm(at("key"));
    await expect.poll(() => logged, { timeout: 20_000 }).toEqual([failure, failure]);
    expect(await certificateAt(port)).toBe("one.example");
    await replace(at("key"), two.key);
    await expect.poll(() => certificateAt(port), { timeout: 20_000 }).toBe("two.example");
    expect(logged.slice(2)).toEqual(["certificate reloaded"]);
  });
});

test("a client that does not speak TLS is cut off, and the server goes on", async () => {
  const { port } = await serveTls(one);
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  socket.resume();
  await closed;
  expect(await statusAt(port, "/health/live")).toBe(200);
});

test.each<[string, unknown]>([
  ["tls.cert must be", { key: one.key }],
  ["tls.key must be", { cert: one.cert, key: 1 }],
  ["tls.cert must be", { cert: "", key: one.key }],
  ["unknown option tls.ca", { ...one, ca: "a" }],
  ["the file of tls.cert cannot be read", { cert: "/nowhere/cert.pem", key: one.key }],
  ["cannot be used together", { cert: one.cert, key: two.key }],
  ["cannot be used together", { cert: "-----BEGIN CERTIFICATE-----", key: one.key }],
  ["tls must be", true],
])("throws: %s", async (message, tls) => {
  await using host = await createHost({ models: { m: { predict: () => 1 } } });
  expect(() => createServer(host, { tls: tls as never })).toThrow(message);
});
