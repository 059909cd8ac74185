import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { greyImageFromBytes } from "./decode-image.ts";
import { prepareDigit, side } from "./prepare-digit.ts";

function svg(body: string, size = 100): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${body}</svg>`);
}

const bar = (colour: string): string => `<rect x="45" y="20" width="10" height="60" fill="${colour}"/>`;
const paper = (colour: string): string => `<rect width="100" height="100" fill="${colour}"/>`;

/** Whether the upright bar comes out: ink in the middle column, none beside it. */
async function showsBar(image: Promise<Buffer>): Promise<boolean> {
  const pixels = prepareDigit(await greyImageFromBytes(await image));
  const middle = pixels?.[14 * side + 14] ?? 0;
  return middle > 0.8 && (pixels?.[14 * side + 4] ?? 1) < 0.1;
}

const png = await sharp({
  create: { width: 64, height: 64, channels: 3, background: "red", noise: { type: "gaussian", mean: 128, sigma: 30 } },
})
  .png()
  .toBuffer();
const jpeg = await sharp(png).jpeg().toBuffer();
const gif = await sharp(png).gif().toBuffer();
const huge = Buffer.from(png);
// The size stands in a PNG's first chunk, which now has a wrong checksum as well.
huge.writeUInt32BE(60_000, 16);
huge.writeUInt32BE(60_000, 20);

describe("greyImageFromBytes", () => {
  it.each([
    ["black on white", paper("white") + bar("black")],
    ["white on black", paper("black") + bar("white")],
    ["black on nothing", bar("black")],
    ["white on nothing", bar("white")],
    ["red on a green of the same lightness", paper("#008000") + bar("#e00000")],
    ["yellow on white", paper("white") + bar("#ffef40")],
  ])("shows ink that is %s", async (_, body) => {
    expect(await showsBar(sharp(svg(body)).png().toBuffer())).toBe(true);
  });

  it.each([
    [
      "a grey JPEG",
      () =>
        sharp(svg(paper("white") + bar("black")))
          .greyscale()
          .jpeg()
          .toBuffer(),
    ],
    [
      "a CMYK JPEG",
      () =>
        sharp(svg(paper("white") + bar("black")))
          .toColourspace("cmyk")
          .jpeg()
          .toBuffer(),
    ],
    [
      "a PNG of 16 bits",
      () =>
        sharp(svg(paper("white") + bar("black")))
          .toColourspace("rgb16")
          .png()
          .toBuffer(),
    ],
    [
      "a PNG with a palette",
      () =>
        sharp(svg(paper("white") + bar("black")))
          .png({ palette: true, colours: 4 })
          .toBuffer(),
    ],
    [
      "a picture on its side, as its EXIF says",
      () =>
        sharp(svg(paper("white") + bar("black")))
          .rotate(90)
          .withMetadata({ orientation: 8 })
          .jpeg()
          .toBuffer(),
    ],
  ])("reads %s", async (_, make) => {
    expect(await showsBar(make())).toBe(true);
  });

  it("shrinks a large picture and keeps its shape", async () => {
    const large = await sharp({ create: { width: 3000, height: 1500, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    const { width, height } = await greyImageFromBytes(large);
    expect([width, height]).toEqual([640, 320]);
  });

  it.each([
    ["nothing", Buffer.alloc(0), "content"],
    ["text", Buffer.from("seven"), "mediaType"],
    ["an SVG", svg(bar("black")), "mediaType"],
    ["a GIF", gif, "mediaType"],
    ["a PNG that ends early", png.subarray(0, png.length >> 1), "content"],
    ["a JPEG that ends early", jpeg.subarray(0, jpeg.length >> 1), "content"],
    ["only a signature", png.subarray(0, 8), "content"],
    ["a signature and garbage", Buffer.concat([jpeg.subarray(0, 4), Buffer.alloc(500, 7)]), "content"],
    ["a PNG that says it is huge", huge, "maxPixels"],
  ])("refuses %s", async (_, bytes, rule) => {
    await expect(greyImageFromBytes(bytes)).rejects.toMatchObject({ name: "ImageFault", rule });
  });

  it("refuses too many pixels before it decodes them", async () => {
    const wide = await sharp({ create: { width: 16_000, height: 4_000, channels: 3, background: "white" } })
      .png()
      .toBuffer();
    await expect(greyImageFromBytes(wide)).rejects.toMatchObject({ rule: "maxPixels" });
  });

  it("refuses too many bytes before it reads them", async () => {
    await expect(greyImageFromBytes(new Uint8Array(25_000_001))).rejects.toMatchObject({ rule: "maxBytes" });
  });
});
