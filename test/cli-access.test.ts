// Keys with different rights, as an operator gives them: over REST, WebSocket and with the command.
import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { connectRest, connectWs } from "@deepaas/client";
import { expect, onTestFinished, test } from "vitest";
import { helloModule, runDeepaas, serveDeepaas, startDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { tempFolder } from "./support/temp-folder.ts";

interface IssuerKey {
  readonly kid: string;
}
interface FakeIssuer {
  readonly url: string;
  readonly userinfo: Map<string, object>;
}
interface FakeIssuers {
  fakeIssuer(...keys: readonly IssuerKey[]): Promise<FakeIssuer>;
  newKey(kid: string): Promise<IssuerKey>;
  tokenOf(issuer: FakeIssuer, key: IssuerKey, claims?: Record<string, unknown>): Promise<string>;
}
const fakes = new URL("../packages/auth/src/testing/fake-issuer.ts", import.meta.url);
const { fakeIssuer, newKey: newIssuerKey, tokenOf } = (await import(fakes.href)) as FakeIssuers;

async function newKey(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runDeepaas(["key", "new", ...args, "--api-key-file", "keys.json"], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringContaining("shown only now")]);
  return stdout.trim();
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: { readonly code: string }) => error.code,
  );

test("two keys with different rights, and one that is revoked while the server runs", async () => {
  using folder = tempFolder();
  const cwd = folder.path;
  const reader = await newKey(cwd, "ann", "--scope", "read", "predict");
  const trainer = await newKey(cwd, "bob", "--scope", "train", "--model", "hello", "--expires", "90d");
  expect(statSync(join(cwd, "keys.json")).mode & 0o077).toBe(0);
  expect(readFileSync(join(cwd, "keys.json"), "utf8")).not.toContain(reader);
  await using server = await serveDeepaas([helloModule, "--api-key-file", "keys.json"], { cwd, keeps: true });

  const overRest = (token?: string) =>
    connectRest(server.url, token ? { headers: { Authorization: `Bearer ${token}` } } : {});
  const overWs = (token?: string) => {
    const client = connectWs(server.url, token ? { token } : {});
    onTestFinished(() => client.close());
    return client;
  };
  for (const connect of [overRest, overWs]) {
    expect(await codeOf(connect().models())).toBe("unauthenticated");
    expect(await codeOf(connect(`${reader}x`).models())).toBe("unauthenticated");
    expect(await codeOf(connect(reader).predict("hello", { x: 1 }))).toBe("ok");
    expect(await codeOf(connect(reader).train("hello", { epochs: 1 }))).toBe("permission_denied");
    expect(await codeOf(connect(trainer).predict("hello", { x: 1 }))).toBe("permission_denied");
    const { id, owner } = await connect(trainer).train("hello", { epochs: 1 });
    expect(owner).toBe("key:bob");
    // Another's run.
    expect(await codeOf(connect(reader).run(id))).toBe("not_found");
    const { token } = await connect(trainer).grant(id, { seconds: 60 });
    const events = await fetch(`${server.url}/v2/runs/${id}/events?grant=${token}`);
    expect([events.status, await events.text()]).toEqual([200, expect.stringContaining("queued")]);
    expect((await fetch(`${server.url}/v2/runs?grant=${token}`)).status).toBe(403);
  }
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);

  // The user of the server needs no key: the file of its address has one.
  const runs = await runDeepaas(["runs", "--json"], { cwd });
  expect([runs.code, runs.stdout]).toEqual([0, expect.stringContaining('"owner":"key:bob"')]);
  const { stderr } = await runDeepaas(["runs", "--url", server.url], { cwd });
  expect(stderr).toMatch(/Authentication .*\n {2}give a key or a token with --token/);
  const own = await runDeepaas(["runs", "--url", server.url, "--json"], { cwd, env: { DEEPAAS_TOKEN: trainer } });
  expect(own.stdout).toContain('"owner":"key:bob"');

  const taken = await runDeepaas(["key", "new", "local", "--api-key-file", "keys.json"], { cwd });
  expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("the names local and env are taken")]);
  await runDeepaas(["key", "revoke", "bob", "--api-key-file", "keys.json"], { cwd });
  await expect.poll(() => codeOf(overRest(trainer).models())).toBe("unauthenticated");
  expect(await codeOf(overRest(reader).models())).toBe("ok");
  const list = await runDeepaas(["key", "list", "--api-key-file", "keys.json"], { cwd });
  expect(list.stdout).toMatch(/ann\s+read, predict\s+all\s.*never\nbob\s+train\s+hello\s.*revoked/);
  for (const secret of [reader, trainer]) expect(server.said.stdout + server.said.stderr).not.toContain(secret);
});

test("tokens of an OpenID Connect issuer: groups of its userinfo have scopes, and other tokens are refused", async () => {
  const key = await newIssuerKey("one");
  const issuer = await fakeIssuer(key);
  const ann = await tokenOf(issuer, key);
  const bob = await tokenOf(issuer, key, { sub: "bob", groups: ["team=a"] });
  issuer.userinfo.set(ann, { sub: "ann", groups: [] });
  const oidc = ["--oidc-issuer", issuer.url, "--oidc-audience", "deepaas", "--oidc-scope", "read"];
  await using server = await serveDeepaas([helloModule, ...oidc, "--oidc-group", "team=a=predict"]);
  const as = (token: string) => connectRest(server.url, { headers: { Authorization: `Bearer ${token}` } });
  expect(await codeOf(as(bob).predict("hello", { x: 1 }))).toBe("ok");
  expect(await codeOf(as(ann).predict("hello", { x: 1 }))).toBe("permission_denied");
  expect(await codeOf(as(ann).runs())).toBe("ok");
  const other = await tokenOf(issuer, key, { aud: "another" });
  const old = await tokenOf(issuer, key, { exp: 1_000_000_000 });
  for (const refused of [other, old, `${bob}x`]) expect(await codeOf(as(refused).models())).toBe("unauthenticated");
  for (const secret of [ann, bob]) expect(server.said.stdout + server.said.stderr).not.toContain(secret);
});

test("an address that others reach needs keys or --insecure, which says so at each start", async () => {
  const refused = await runDeepaas(["run", helloModule, "--listen-ip", "0.0.0.0", "--listen-port", "0", "--no-store"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/no authentication\n {2}.*deepaas key/)]);
  await using open = await serveDeepaas([helloModule, "--listen-ip", "0.0.0.0", "--insecure"]);
  expect(open.said.stderr).toContain("anybody who reaches 0.0.0.0");
  const env = { DEEPAAS_API_KEY: "a-key-of-the-environment" };
  await using closed = await serveDeepaas([helloModule, "--listen-ip", "0.0.0.0"], { env });
  expect(closed.said.stderr).not.toContain("anybody");
  const url = `http://127.0.0.1:${closed.port}`;
  expect(await codeOf(connectRest(url).models())).toBe("unauthenticated");
  const headers = { Authorization: `Bearer ${env.DEEPAAS_API_KEY}` };
  expect(await codeOf(connectRest(url, { headers }).models())).toBe("ok");
});

test("limits of a caller are answered with 429 and the time to wait", async () => {
  await using server = await serveDeepaas([helloModule, "--requests-per-caller", "2"]);
  const statuses: number[] = [];
  let wait: string | null = null;
  for (let i = 0; i < 4; i++) {
    const answer = await fetch(`${server.url}/v2/models/`);
    statuses.push(answer.status);
    wait = answer.headers.get("retry-after");
  }
  expect(statuses).toEqual([200, 200, 429, 429]);
  expect(Number(wait)).toBeGreaterThan(0);
});

test.each([
  [["--tls-cert", "cert.pem"], "--tls-cert and --tls-key belong together"],
  [["--oidc-issuer", "https://issuer.example.org"], "--oidc-issuer needs --oidc-audience"],
  [["--api-key-file", "none.json"], "none.json"],
])("%j is refused", async (args, message) => {
  const { code, stderr } = await runDeepaas(["run", helloModule, "--listen-port", "0", "--no-store", ...args]);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(message)]);
  expect(code).not.toBe(0);
});

test("with a certificate it serves HTTPS, and the commands reach it", async () => {
  using folder = tempFolder();
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", "key.pem", "-out", "cert.pem", "-days", "2"];
  await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject], {
    cwd: folder.path,
  });
  const run = startDeepaas(
    ["run", helloModule, "--listen-port", "0", "--no-store", "--tls-cert", "cert.pem", "--tls-key", "key.pem"],
    { cwd: folder.path },
  );
  await using _server = run;
  const url = await new Promise<string>((resolve) => {
    run.child.stdout?.on("data", (text: string) => {
      const [, at] = /at (https:\S+?)\/?\n/.exec(text) ?? [];
      if (at !== undefined) resolve(at);
    });
  });
  const env = { NODE_EXTRA_CA_CERTS: join(folder.path, "cert.pem") };
  const described = await runDeepaas(["predict", "hello", "--x", "1", "--url", url], { cwd: folder.path, env });
  expect([described.code, described.stderr]).toEqual([0, ""]);
}, 30_000);

test("the page about authentication shows what happens", async () => {
  using folder = pageFolder();
  const stdout = await runPage(folder, { script: "keys.sh" });
  expect(stdout).toContain('{"y":0}');
  expect(stdout).toContain("ann may not train");
  expect(stdout).toMatch(/^ann +predict +all .*revoked/m);
  expect(stdout).toMatch(/^bob +predict, train +hello/m);
});
