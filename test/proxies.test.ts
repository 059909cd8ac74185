// The server behind a real nginx and a real HAProxy, configured as docs/proxies.md says: TLS, a sub-path, uploads, events and
// WebSocket, without --insecure.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { serveDeepaas } from "./support/deepaas.ts";
import { isInstalled, type ProxyName, startProxy } from "./support/reverse-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";

const model = `
export function getPredictArgs() {
  return { x: { type: "integer", default: 1 }, file: { type: "string", format: "binary", required: false } };
}
export async function predict({ x, file }) { return { x, bytes: file ? (await file.bytes()).length : 0 }; }
export async function train(_args, run) { for (let step = 1; step <= 3; step++) run.report({ step }); }
`;
const bytes = 3 * 1024 * 1024;

describe.each<ProxyName>(["nginx", "haproxy"])("behind %s", (name) => {
  const isMissing = !["openssl", "curl", name].every(isInstalled);
  test.skipIf(isMissing && !process.env.CI)(`everything works (needs ${name}, openssl and curl)`, async () => {
    using folder = tempFolder({ "m.js": model });
    writeFileSync(join(folder.path, "upload.bin"), randomBytes(bytes));
    const options = ["--trust-proxy", "127.0.0.1", "--client-max-size", String(2 * bytes), "--raw-predictions"];
    await using served = await serveDeepaas(["m.js", ...options], { cwd: folder.path });
    await using proxy = await startProxy(name, served.port);
    const { curl, port } = proxy;
    const origin = `https://example.org:${port}`;
    const predict = "/v2/models/m/predict/";

    // TLS and the sub-path: links, redirects and the page have the public path.
    expect(await curl("/v2/models/m/")).toContain('"href":"/ml/v2/models/m"');
    expect(await curl("/v2/models/m", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")).toBe(
      `308 ${origin}/ml/v2/models/m/`,
    );
    expect(await curl("/api")).toContain('src="/ml/static/swagger/page.js"');

    // Its own page may call, another may not.
    const status = (from: string) =>
      curl(predict, "-d", "x=2", "-H", `Origin: ${from}`, "-o", "/dev/null", "-w", "%{http_code}");
    expect(await status(origin)).toBe("200");
    for (const foreign of ["https://evil.example", `http://example.org:${port}`, "null"]) {
      expect(await status(foreign)).toBe("403");
    }

    const upload = (...more: string[]) => curl(predict, "-F", `file=@${join(folder.path, "upload.bin")}`, ...more);
    expect(JSON.parse(await upload())).toMatchObject({ predictions: { x: 1, bytes } });

    // Events, over SSE and over WebSocket.
    await curl("/v2/models/m/train/one", "-X", "PUT");
    const events = await curl("/v2/runs/one/events", "-N", "-H", "Accept: text/event-stream");
    expect(events.match(/"type":"\w+"/g)?.at(-1)).toBe('"type":"succeeded"');
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ml/v2/runs/one/events`, {
      headers: { host: `example.org:${port}`, origin },
      rejectUnauthorized: false,
    });
    const types: string[] = [];
    socket.on("message", (data: Buffer) => types.push((JSON.parse(data.toString()) as { type: string }).type));
    const [code] = (await once(socket, "close")) as [number];
    expect([code, types.at(-1)]).toEqual([1000, "succeeded"]);
  });
});
