import { describe, expect, it } from "vitest";
import { type NamedWeights, weightsFromBytes, weightsToBytes } from "./weights-file.ts";

const weights: NamedWeights[] = [
  { name: "kernel", shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-20, 1e20) },
  { name: "bias", shape: [1], values: Float32Array.of(0.25) },
];
const file = weightsToBytes(weights);

function changed(change: (copy: Uint8Array) => void): Uint8Array {
  const copy = file.slice();
  change(copy);
  return copy;
}

function withHeader(header: unknown): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + 4);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe("a weights file", () => {
  it("gives back what was written", () => {
    expect(weightsFromBytes(file)).toEqual(weights);
  });

  it("is read at any place of a larger buffer", () => {
    const larger = new Uint8Array(file.length + 3);
    larger.set(file, 3);
    expect(weightsFromBytes(larger.subarray(3))).toEqual(weights);
  });

  it.each([
    ["is empty", new Uint8Array(), /header/],
    ["is text", new TextEncoder().encode("not weights at all"), /header/],
    ["says its header is huge", changed((copy) => copy.fill(0xff, 0, 8)), /header/],
    ["has a header that is not JSON", changed((copy) => copy.fill(0x21, 8, 16)), /JSON/],
    ["lists nothing", withHeader({}), /no weights/],
    ["ends early", file.subarray(0, -1), /ends before "bias"/],
    ["has halves", withHeader({ bias: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }), /F16/],
    ["has a shape of another size", withHeader({ bias: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }), /shape/],
    [
      "has a place before its start",
      withHeader({ bias: { dtype: "F32", shape: [1], data_offsets: [-4, 0] } }),
      /no weights/,
    ],
    ["has a value that is not a number", changed((copy) => copy.fill(0xff, -4)), /"bias" has values/],
  ])("is refused when it %s", (_, bytes, reason) => {
    expect(() => weightsFromBytes(bytes)).toThrow(reason);
  });
});
