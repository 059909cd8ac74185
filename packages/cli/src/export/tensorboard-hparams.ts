// The arguments of a run as TensorBoard's hyperparameters (tensorboard/plugins/hparams): its tab "HParams" compares runs by them.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { bytesField, doubleField, intField, message } from "./protobuf.ts";
import { type EventPlace, pluginEvent } from "./tensorboard-event.ts";

const plugin = "hparams";

/** Numbers, texts and booleans as they are, lists and objects as their JSON. Null has no form there and is left out. */
export function hparamsEvent(place: EventPlace, args: JsonObject): Uint8Array {
  const entries = Object.entries(args)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => bytesField(1, message(bytesField(1, name), bytesField(2, valueField(value)))));
  const startInfo = message(...entries, doubleField(5, place.wallTime));
  const content = message(intField(1, 0), bytesField(3, startInfo));
  return pluginEvent(place, "_hparams_/session_start_info", { plugin, content });
}

/** How the run ended. */
export function hparamsEndEvent(place: EventPlace, outcome: "success" | "failure"): Uint8Array {
  const endInfo = message(intField(1, outcome === "success" ? 1 : 2), doubleField(2, place.wallTime));
  const content = message(intField(1, 0), bytesField(4, endInfo));
  return pluginEvent(place, "_hparams_/session_end_info", { plugin, content });
}

/** A `google.protobuf.Value`. */
function valueField(value: JsonValue): Uint8Array {
  if (typeof value === "number") return doubleField(2, value);
  if (typeof value === "boolean") return intField(4, value ? 1 : 0);
  return bytesField(3, typeof value === "string" ? value : JSON.stringify(value));
}
