import { expect, onTestFinished } from "vitest";
import { Listener } from "./listener.ts";
import { connect, newSchema, serverUrl, test } from "./testing/postgres-test.ts";

async function listen(channel: string) {
  const runs: string[] = [];
  const models: string[] = [];
  const listener = new Listener({
    url: serverUrl(),
    channel,
    onRun: (runId) => runs.push(runId),
    onModel: (model) => models.push(model),
    check: async () => {},
  });
  await listener.start();
  onTestFinished(() => listener.close());
  return { listener, runs, models };
}

test("what changes in one turn is sent to the others in few messages, and not to itself", async () => {
  const channel = newSchema();
  const [one, other] = [await listen(channel), await listen(channel)];
  const client = await connect();
  const messages: string[] = [];
  client.on("notification", ({ payload = "" }) => messages.push(payload));
  await client.query(`LISTEN ${channel}`);
  const ids = Array.from({ length: 300 }, (_, i) => `ü "${i}" ${"x".repeat(40)}`);
  for (const id of [...ids, ...ids]) one.listener.runChanged(id);
  one.listener.modelChanged("m");
  await expect.poll(() => other.models).toEqual(["m"]);
  expect(other.runs).toEqual(ids);
  await expect.poll(() => messages.length).toBe(4);
  for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThan(8_000);
  expect([one.runs, one.models]).toEqual([[], []]);
});

test("what somebody else sends on the channel is ignored", async () => {
  const channel = newSchema();
  const { runs, models } = await listen(channel);
  const other = await listen(channel);
  const client = await connect();
  for (const payload of ["", "{", "null", "5", '{"runs":5}', '{"runs":[5]}']) {
    await client.query("SELECT pg_notify($1, $2)", [channel, payload]);
  }
  other.listener.modelChanged("m");
  await expect.poll(() => models).toEqual(["m"]);
  expect(runs).toEqual([]);
});
