// The container image, built and started by a real engine with the commands of docs/deploy.md.
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { freePort } from "./support/free-port.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = readFileSync(new URL("./readme/container.sh", import.meta.url), "utf8");
/** The version of the server: the client alone is not enough. */
const hasEngine = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"]).status === 0;
const maxBytes = 400e6;

async function docker(...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)("docker", args)).stdout.trim();
}

// scripts/test-report.ts lets CI skip it by the end of its title.
test.skipIf(!hasEngine)(
  "the commands of the documentation build the image and run it (needs a container engine)",
  { timeout: 1_200_000 },
  async () => {
    const name = `deepaas-test-${randomBytes(6).toString("hex")}`;
    const [before = "", use = ""] = script
      .replaceAll("my-model", name)
      .replaceAll("127.0.0.1:5000", `127.0.0.1:${await freePort()}`)
      .split("# #region use");
    const run = async (text: string) => (await promisify(execFile)("bash", ["-ec", text], { cwd: root })).stdout;
    try {
      const [, key] = /^(dpk_\S+)$/m.exec(await run(before)) ?? [];
      const address = await docker("port", name, "5000/tcp");
      const predict = (token?: string) =>
        fetch(`http://${address}/v2/models/hello/predict/?x=1`, {
          method: "POST",
          headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
        });
      expect((await predict()).status).toBe(401);
      expect((await predict(key)).status).toBe(200);
      expect(Number(await docker("image", "inspect", "--format", "{{.Size}}", name))).toBeLessThan(maxBytes);
      expect(await docker("exec", name, "id", "-u")).toBe("1000");
      await run(use);
      expect(await docker("inspect", "--format", "{{.State.ExitCode}}", name)).toBe("0");
    } finally {
      await docker("rm", "--force", "--volumes", name).catch(() => {});
      await docker("volume", "rm", "--force", `${name}-data`).catch(() => {});
      await docker("image", "rm", "--force", name).catch(() => {});
    }
  },
);
