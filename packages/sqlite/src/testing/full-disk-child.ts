// A process that may write files up to a limit only, and says how the store and the blobs take it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DeepaasError, modelFile } from "@deepaas/core";
import { directoryBlobs } from "../directory-blobs.ts";
import { sqliteStore } from "../sqlite-store.ts";

const [folder = ""] = process.argv.slice(2);
const store = sqliteStore({ path: join(folder, "runs.sqlite") });
await store.open({ id: "test" });
await store.create({ id: "r", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" });
await store.claim("r");
let kept = 0;
let refused: unknown;
for (let n = 1; n <= 10_000 && refused === undefined; n++) {
  try {
    await store.append("r", [{ fact: { type: "log", level: "info", text: "x".repeat(1_000) } }], {
      attempt: 1,
      appendNumber: n,
    });
    kept++;
  } catch (error) {
    refused = error;
  }
}
const events = await store.read("r", 2, 100_000);
const blobs = directoryBlobs({ path: join(folder, "blobs") });
const put = await blobs.put(modelFile(new Uint8Array(8_000_000))).catch((error: unknown) => error);
const codeOf = (error: unknown) => (DeepaasError.is(error) ? error.code : String(error));
const answer = {
  kept,
  read: events.length,
  refused: codeOf(refused),
  put: codeOf(put),
  left: readdirSync(join(folder, "blobs", "tmp")),
};
process.stdout.write(JSON.stringify(answer));
process.exit(0);
