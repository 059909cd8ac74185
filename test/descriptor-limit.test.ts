// A server without a file descriptor left: a real process with a limit.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { helloModule, serveDeepaas } from "./support/deepaas.ts";

vi.setConfig({ testTimeout: 60_000 });

test.runIf(process.platform !== "win32")(
  "too many connections for the limit of open files are logged, and so is the end",
  async () => {
    await using served = await serveDeepaas([helloModule], {
      through: ["sh", "-c", 'ulimit -n 60; exec "$@"', "sh"],
    });
    const sockets = Array.from({ length: 100 }, () => connect(served.port, "127.0.0.1").on("error", () => {}));
    await expect.poll(() => served.said.stderr, { timeout: 30_000 }).toMatch(/too many open files.*ulimit -n/);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => once(socket, "close")));
    await expect.poll(() => served.said.stderr, { timeout: 30_000 }).toContain("files can be opened again");
    expect(served.said.stderr.match(/too many open files: /g)).toHaveLength(1);
    expect((await fetch(`${served.url}/health/live`)).status).toBe(200);
    expect((await served.end()).code).toBe(0);
  },
);
