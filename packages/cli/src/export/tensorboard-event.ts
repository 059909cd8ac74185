// The messages of an event file, as TensorBoard reads them: `Event`, `Summary` and `SessionLog` (tensorboard/compat/proto).
import type { MetricValue } from "@deepaas/core";
import { bytesField, doubleField, floatField, intField, message } from "./protobuf.ts";

/** Where an event is drawn. */
export interface EventPlace {
  /** In seconds since 1970. */
  readonly wallTime: number;
  /** A whole number, not negative. */
  readonly step: number;
}

/** The first event of each file. */
export function fileVersionEvent(wallTime: number): Uint8Array {
  return message(doubleField(1, wallTime), bytesField(3, "brain.Event:2"));
}

/** The work began anew at this step: TensorBoard no longer shows what was written before for this step and later ones. */
export function restartEvent(place: EventPlace): Uint8Array {
  const start = 1;
  return event(place, bytesField(7, intField(1, start)));
}

/**
 * One value for each metric. They are `simple_value`: all versions of TensorBoard show it, and of the two forms it is the one that
 * scripts read with `EventAccumulator.Scalars`. A value has 32 bits in either form.
 */
export function scalarsEvent(place: EventPlace, metrics: Readonly<Record<string, MetricValue>>): Uint8Array {
  const values = Object.entries(metrics).map(([name, value]) =>
    bytesField(1, message(bytesField(1, name), floatField(2, Number(value)))),
  );
  return event(place, bytesField(5, message(...values)));
}

/** A text for the tab "Text", which reads it as Markdown. */
export function textEvent(place: EventPlace, tag: string, text: string): Uint8Array {
  const tensor = message(intField(1, dataTypes.string), bytesField(2, ""), bytesField(8, text));
  return tensorEvent(place, tag, { plugin: "text", tensor });
}

/** A value without a tensor of its own: what counts is the content, which belongs to the plugin. */
export function pluginEvent(
  place: EventPlace,
  tag: string,
  { plugin, content }: { readonly plugin: string; readonly content: Uint8Array },
): Uint8Array {
  const noItems = bytesField(2, intField(1, 0));
  return tensorEvent(place, tag, {
    plugin,
    content,
    tensor: message(intField(1, dataTypes.float), bytesField(2, noItems)),
  });
}

const dataTypes = { float: 1, string: 7 } as const;

interface TensorValue {
  readonly plugin: string;
  readonly content?: Uint8Array;
  readonly tensor: Uint8Array;
}

function tensorEvent(place: EventPlace, tag: string, { plugin, content, tensor }: TensorValue): Uint8Array {
  const pluginData = message(bytesField(1, plugin), ...(content ? [bytesField(2, content)] : []));
  const tensorClass = 2;
  const metadata = message(bytesField(1, pluginData), intField(4, tensorClass));
  const value = message(bytesField(1, tag), bytesField(8, tensor), bytesField(9, metadata));
  return event(place, bytesField(5, bytesField(1, value)));
}

function event({ wallTime, step }: EventPlace, what: Uint8Array): Uint8Array {
  return message(doubleField(1, wallTime), intField(2, step), what);
}
