// From the bytes of a PNG or JPEG to grey, with every limit checked before a pixel is decoded.

import type { Sharp } from "sharp";
import type { GreyImage } from "./grey-image.ts";

/** What is wrong with an image, for its sender. */
export class ImageFault extends Error {
  readonly rule: string;

  constructor(rule: "content" | "mediaType" | "maxPixels" | "maxBytes" | "ink", message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ImageFault";
    this.rule = rule;
  }
}

export const maxPixels = 50_000_000;
export const maxBytes = 25_000_000;
/** Larger pictures are shrunk to this side while they are decoded: a digit needs no more. */
const workingSide = 640;

/** Rejects with an `ImageFault`. */
export async function greyImageFromBytes(bytes: Uint8Array): Promise<GreyImage> {
  if (bytes.length === 0) throw new ImageFault("content", "The image is empty.");
  if (bytes.length > maxBytes) throw new ImageFault("maxBytes", `The image has more than ${maxBytes} bytes.`);
  // By its first bytes, so that no other of the decoder's many formats is ever tried.
  if (!isPng(bytes) && !isJpeg(bytes)) throw new ImageFault("mediaType", "The image is neither a PNG nor a JPEG.");
  const { default: sharp } = await import("sharp");
  // The header alone is read without a limit, to say which limit it was; nothing is decoded then.
  const { width, height } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw new ImageFault("content", "The image cannot be decoded: it is damaged.", cause);
    });
  if (width * height > maxPixels) throw new ImageFault("maxPixels", `The image has more than ${maxPixels} pixels.`);
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "truncated" });
  const { data, info } = await decode(image).catch((cause: unknown) => {
    throw new ImageFault("content", "The image cannot be decoded: it is damaged or incomplete.", cause);
  });
  return toGrey({ data, width: info.width, height: info.height });
}

function isPng(bytes: Uint8Array): boolean {
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a].every((byte, index) => bytes[index] === byte);
}

function isJpeg(bytes: Uint8Array): boolean {
  return [0xff, 0xd8, 0xff].every((byte, index) => bytes[index] === byte);
}

function decode(image: Sharp) {
  return image
    .autoOrient()
    .resize({ width: workingSide, height: workingSide, fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
}

interface Rgba {
  data: Uint8Array;
  width: number;
  height: number;
}

const channels = 4;

/** Along the colour axis on which the pixels differ most, so that red ink on green paper is as clear as black on white. */
function toGrey({ data, width, height }: Rgba): GreyImage {
  const opaque = onBackground(data);
  const axis = mainAxis(opaque);
  const grey = new Float32Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    for (const [channel, weight] of axis.entries())
      grey[pixel] = (grey[pixel] ?? 0) + weight * (opaque[pixel * 3 + channel] ?? 0);
  }
  // The axis has no direction and no zero: light and dark are told apart later, only the distances count.
  const least = grey.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return { width, height, data: grey.map((value) => Math.min(1, value - least)) };
}

/** RGB, 0 .. 1. What is transparent gets the colour that it was most likely drawn for. */
function onBackground(data: Uint8Array): Float32Array {
  const pixels = data.length / channels;
  let [alphaSum, lightSum] = [0, 0];
  for (let at = 0; at < data.length; at += channels) {
    const alpha = (data[at + 3] ?? 0) / 255;
    alphaSum += alpha;
    lightSum += (alpha * ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0))) / 765;
  }
  const light = lightSum / Math.max(1, alphaSum);
  const isMostlyOpaque = alphaSum > 0.6 * pixels;
  const behind = isMostlyOpaque ? light : light < 0.5 ? 1 : 0;
  const out = new Float32Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = (data[pixel * channels + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel++) {
      out[pixel * 3 + channel] = (alpha * (data[pixel * channels + channel] ?? 0)) / 255 + (1 - alpha) * behind;
    }
  }
  return out;
}

/** The first principal component by power iteration, scaled so that grey stays grey. */
function mainAxis(rgb: Float32Array): readonly [number, number, number] {
  const mean = [0, 0, 0];
  const pixels = rgb.length / 3;
  for (let at = 0; at < rgb.length; at++) mean[at % 3] = (mean[at % 3] ?? 0) + (rgb[at] ?? 0) / pixels;
  const covariance = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < rgb.length; at += 3) {
    for (let cell = 0; cell < 9; cell++) {
      const row = Math.floor(cell / 3);
      const column = cell % 3;
      covariance[cell] =
        (covariance[cell] ?? 0) +
        ((rgb[at + row] ?? 0) - (mean[row] ?? 0)) * ((rgb[at + column] ?? 0) - (mean[column] ?? 0));
    }
  }
  let axis: [number, number, number] = [0.58, 0.6, 0.55];
  for (let round = 0; round < 20; round++) {
    const [r, g, b] = axis;
    const product = [0, 3, 6].map(
      (row) => (covariance[row] ?? 0) * r + (covariance[row + 1] ?? 0) * g + (covariance[row + 2] ?? 0) * b,
    );
    const length = Math.hypot(...product);
    if (length < 1e-9) break;
    axis = [(product[0] ?? 0) / length, (product[1] ?? 0) / length, (product[2] ?? 0) / length];
  }
  const scale = axis.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return [axis[0] / scale, axis[1] / scale, axis[2] / scale];
}
