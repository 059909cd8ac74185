import * as client from "prom-client";
import { expect, test } from "vitest";
import { Recorder } from "./recorder.ts";
import { samplesIn } from "./testing/samples.ts";

test("a value that is a bound counts below it, and a larger one than all only in +Inf", async () => {
  const registry = new client.Registry();
  const recorder = new Recorder();
  const add = recorder.histogram({ name: "h_seconds", help: "A histogram." }, [0.5, 1]);
  recorder.registerIn(client, registry);
  const series = add({ model: 'a"\\\n' });
  for (const value of [0.5, 0.6, 1, 7]) series.observe(value);
  add({ model: "b" });
  const text = await registry.metrics();
  expect(text.split("\n").slice(0, 2)).toEqual(["# HELP h_seconds A histogram.", "# TYPE h_seconds histogram"]);
  expect([...samplesIn(text)]).toEqual([
    ['h_seconds_bucket{model="a\\"\\\\\\n",le="0.5"}', 1],
    ['h_seconds_bucket{model="a\\"\\\\\\n",le="1"}', 3],
    ['h_seconds_bucket{model="a\\"\\\\\\n",le="+Inf"}', 4],
    ['h_seconds_sum{model="a\\"\\\\\\n"}', 9.1],
    ['h_seconds_count{model="a\\"\\\\\\n"}', 4],
    ['h_seconds_bucket{model="b",le="0.5"}', 0],
    ['h_seconds_bucket{model="b",le="1"}', 0],
    ['h_seconds_bucket{model="b",le="+Inf"}', 0],
    ['h_seconds_sum{model="b"}', 0],
    ['h_seconds_count{model="b"}', 0],
  ]);
});
