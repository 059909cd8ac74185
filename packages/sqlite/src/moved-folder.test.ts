// A data directory that is moved or deleted while it is in use.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createHost, modelFile, silentLogger } from "@deepaas/core";
import { expect, test } from "vitest";
import { directoryBlobs } from "./directory-blobs.ts";
import { sqliteStore } from "./sqlite-store.ts";
import { newFolder } from "./testing/store-folder.ts";

const gone = { code: "unavailable" };

test("an idle host is degraded with the reason, and recovers when it is moved back, without a write", async () => {
  const folder = join(newFolder(), "data");
  mkdirSync(folder);
  const said: string[] = [];
  const logger = {
    ...silentLogger,
    error: (_fields: object, text: string) => said.push(text),
    info: (_fields: object, text: string) => said.push(text),
  };
  await using host = await createHost({
    models: { m: { predict: () => 1, train: () => 1 } },
    store: sqliteStore({ path: join(folder, "runs.db") }),
    logger,
  });
  renameSync(folder, `${folder}-moved`);
  const degraded = {
    state: "degraded",
    reasons: ["the store cannot keep what runs report: its file was moved or deleted"],
  };
  expect(await host.status()).toEqual(degraded);
  expect(await host.predict("m", {})).toBe(1);
  await expect(host.train("m", {})).rejects.toMatchObject(gone);
  expect(await host.status()).toEqual(degraded);
  renameSync(`${folder}-moved`, folder);
  expect(await host.status()).toEqual({ state: "ready", reasons: [] });
  expect(said).toEqual(["the store cannot keep what runs report", "the store keeps what runs report again"]);
});

test("no file is put into a new directory at its path, and a file in it is unavailable, not unknown", async () => {
  const root = join(newFolder(), "blobs");
  const blobs = directoryBlobs({ path: root });
  const file = () => modelFile(new TextEncoder().encode("kept"));
  const ref = await blobs.put(file());
  renameSync(root, `${root}-moved`);
  await expect(blobs.put(file())).rejects.toMatchObject(gone);
  expect(existsSync(root)).toBe(false);
  await expect(blobs.get(ref)).rejects.toMatchObject(gone);
  await expect(blobs.verify?.(ref)).rejects.toMatchObject(gone);
  mkdirSync(root);
  await expect(blobs.put(file())).rejects.toMatchObject(gone);
  rmSync(root, { recursive: true });
  renameSync(`${root}-moved`, root);
  expect(await (await blobs.get(ref)).text()).toBe("kept");
  await blobs.put(file());
});
