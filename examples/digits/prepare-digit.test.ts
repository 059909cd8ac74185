import { describe, expect, it } from "vitest";
import { createGreyImage, type GreyImage, mapGrey, resize } from "./grey-image.ts";
import { prepareDigit, side } from "./prepare-digit.ts";
import { createRandom } from "./random.ts";

type Bar = readonly [left: number, top: number, width: number, height: number];

const seven: readonly Bar[] = [
  [20, 15, 60, 10],
  [60, 25, 10, 100],
];

/** Bars of ink (1) on bare paper (0). */
function sheet(bars: readonly Bar[], width = 100, height = 140): GreyImage {
  const image = createGreyImage(width, height);
  for (const [left, top, barWidth, barHeight] of bars) {
    for (let y = top; y < top + barHeight; y++) image.data.fill(1, y * width + left, y * width + left + barWidth);
  }
  return image;
}

const onPaper = (ink: GreyImage): GreyImage => mapGrey(ink, (value) => 0.9 - 0.7 * value);

function prepared(image: GreyImage): Float32Array {
  const pixels = prepareDigit(image);
  if (!pixels) throw new Error("no digit was found");
  return pixels;
}

const showsDigit = (image: GreyImage): boolean => prepareDigit(image) !== undefined;

/** 1 for the same picture, 0 for unrelated ones. */
function likeness(a: Float32Array, b: Float32Array): number {
  const dot = (p: Float32Array, q: Float32Array): number =>
    p.reduce((sum, value, index) => sum + value * (q[index] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function extent(pixels: Float32Array): { width: number; height: number } {
  const inked = [...pixels.keys()].filter((index) => (pixels[index] ?? 0) > 0.3);
  const columns = inked.map((index) => index % side);
  const rows = inked.map((index) => Math.floor(index / side));
  return { width: Math.max(...columns) - Math.min(...columns) + 1, height: Math.max(...rows) - Math.min(...rows) + 1 };
}

const plain = prepared(onPaper(sheet(seven)));

describe("prepareDigit", () => {
  it("scales the longest side to 20 of 28 pixels", () => {
    const { width, height } = extent(plain);
    expect(height).toBeGreaterThanOrEqual(19);
    expect(height).toBeLessThanOrEqual(21);
    expect(width).toBeLessThan(height);
  });

  it("puts the centre of mass in the middle", () => {
    const mass = plain.reduce((sum, value) => sum + value, 0);
    const x = plain.reduce((sum, value, index) => sum + value * (index % side), 0) / mass;
    const y = plain.reduce((sum, value, index) => sum + value * Math.floor(index / side), 0) / mass;
    expect(Math.abs(x - 13.5)).toBeLessThan(0.4);
    expect(Math.abs(y - 13.5)).toBeLessThan(0.4);
  });

  it.each([
    ["light on dark", mapGrey(onPaper(sheet(seven)), (value) => 1 - value)],
    ["a quarter of the size", resize(onPaper(sheet(seven)), 25, 35)],
    ["four times the size", resize(onPaper(sheet(seven)), 400, 560)],
    ["faint", mapGrey(sheet(seven), (value) => 0.8 - 0.15 * value)],
    ["in a corner of a large sheet", onPaper(sheet(seven, 400, 300))],
    [
      "cropped without a margin",
      onPaper(
        sheet(
          [
            [0, 0, 60, 10],
            [40, 10, 10, 100],
          ],
          60,
          110,
        ),
      ),
    ],
    ["with specks", onPaper(sheet([...seven, [10, 130, 2, 2], [90, 70, 2, 2], [5, 5, 2, 2]]))],
    [
      "with a shadow at the border",
      mapGrey(onPaper(sheet(seven)), (value, index) => (index % 100 > 92 ? value * 0.4 : value)),
    ],
    [
      "in falling light",
      mapGrey(onPaper(sheet(seven, 200, 200)), (value, index) => value * (1 - 0.6 * ((index % 200) / 200))),
    ],
    [
      "half in a soft shadow",
      mapGrey(
        onPaper(sheet(seven, 200, 200)),
        (value, index) => value * (1 - 0.4 / (1 + Math.exp((60 - (index % 200)) / 12))),
      ),
    ],
    [
      "on ruled paper",
      mapGrey(onPaper(sheet(seven, 200, 200)), (value, index) =>
        Math.floor(index / 200) % 30 === 7 ? Math.min(value, 0.75) : value,
      ),
    ],
  ])("gives the same picture %s", (_, image) => {
    expect(likeness(prepared(image), plain)).toBeGreaterThan(0.93);
  });

  it.each([
    ["a dark table", 0.2],
    ["a grey table", 0.45],
  ])("reads a sheet on %s", (_, table) => {
    const paper = onPaper(sheet(seven, 200, 200));
    const onTable = mapGrey(paper, (value, index) => {
      const x = index % 200;
      const y = Math.floor(index / 200);
      return x < 12 + y / 20 || x > 170 || y < 6 || y > 185 ? table : value * (1 - x / 600);
    });
    expect(likeness(prepared(onTable), plain)).toBeGreaterThan(0.93);
  });

  it("takes a very bold 1 for a digit, not for an empty sheet", () => {
    expect(showsDigit(onPaper(sheet([[25, 20, 70, 160]], 120, 200)))).toBe(true);
  });

  it("sees through noise", () => {
    const random = createRandom(3);
    const noisy = mapGrey(onPaper(sheet(seven)), (value) => Math.min(1, value + random.normal(0.05)));
    expect(likeness(prepared(noisy), plain)).toBeGreaterThan(0.9);
  });

  it("keeps a part that is not connected", () => {
    const apart = prepared(
      onPaper(
        sheet([
          [20, 15, 40, 10],
          [60, 32, 10, 93],
        ]),
      ),
    );
    expect(extent(apart).width).toBeGreaterThan(7);
  });

  it("leaves another digit out", () => {
    const two = onPaper(sheet([...seven, [170, 40, 8, 60]], 220, 140));
    expect(likeness(prepared(two), plain)).toBeGreaterThan(0.93);
  });

  it("thickens a line that would vanish", () => {
    const thin = prepared(
      onPaper(
        sheet(
          [
            [100, 50, 200, 2],
            [298, 50, 2, 400],
          ],
          600,
          600,
        ),
      ),
    );
    expect(Math.max(...thin)).toBeGreaterThan(0.6);
  });

  it.each([
    ["white", () => 1],
    ["black", () => 0],
    ["in falling light", (index: number) => 0.4 + 0.5 * ((index % 100) / 100)],
  ])("finds nothing on a sheet that is %s", (_, light) => {
    expect(showsDigit(mapGrey(createGreyImage(100, 100), (_value, index) => light(index)))).toBe(false);
  });

  it("finds nothing in noise", () => {
    const random = createRandom(4);
    expect(showsDigit(mapGrey(createGreyImage(80, 80), () => 0.8 + random.normal(0.03)))).toBe(false);
  });

  it.each([
    [1, 1],
    [1, 40],
    [40, 1],
    [2, 2],
  ])("stands a picture of %i x %i", (width, height) => {
    const random = createRandom(5);
    expect(() => prepareDigit(mapGrey(createGreyImage(width, height), () => random.uniform(0, 1)))).not.toThrow();
  });
});
