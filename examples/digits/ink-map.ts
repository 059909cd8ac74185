// From a picture to ink: which of light and dark is the background, what the light does to it, and how far each pixel is from it.

import { boxBlur, type GreyImage, mapGrey, resize } from "./grey-image.ts";
import { close } from "./morphology.ts";

export interface InkMap {
  /** 0 is background; ink is positive and not scaled. */
  ink: GreyImage;
  /** The standard deviation of the background. */
  noise: number;
}

/** The side of the small copy on which the light is estimated. */
const lightMapSide = 72;
/** A background is even if these parts of all pixels and of the border are this close to the commonest value. */
const evenShare = 0.35;
const evenBorderShare = 0.6;
const evenBand = 0.06;

/** The likelier reading first: of an evenly lit background, and of one that changes over the picture. */
export function inkMapsFromImage(image: GreyImage): [() => InkMap, () => InkMap] {
  const mode = commonestValue(image);
  const even = (): InkMap => withNoise(evenBackground(image, mode));
  const uneven = (): InkMap => withNoise(unevenBackground(image));
  return isEven(image, mode) ? [even, uneven] : [uneven, even];
}

function withNoise(ink: GreyImage): InkMap {
  return { ink, noise: noiseOf(ink) };
}

function evenBackground(image: GreyImage, mode: number): GreyImage {
  let balance = 0;
  for (const value of image.data) if (Math.abs(value - mode) > evenBand) balance += value - mode;
  const sign = balance < 0 ? -1 : 1;
  return mapGrey(image, (value) => Math.max(0, sign * (value - mode)));
}

/** The border counts three times: a bold digit may cover most of a tight crop, but rarely its border. */
function commonestValue(image: GreyImage): number {
  const bins = 64;
  const counts = new Float32Array(bins);
  image.data.forEach((value, index) => {
    const bin = Math.min(bins - 1, Math.floor(value * bins));
    counts[bin] = (counts[bin] ?? 0) + (isBorder(image, index) ? 3 : 1);
  });
  const smooth = boxBlur({ width: bins, height: 1, data: counts }, 1).data;
  let best = 0;
  smooth.forEach((count, bin) => {
    if (count > (smooth[best] ?? 0)) best = bin;
  });
  // The bin is coarse; the mean around its centre is not.
  const centre = (best + 0.5) / bins;
  let sum = 0;
  let count = 0;
  for (const value of image.data) {
    if (Math.abs(value - centre) > 1.5 / bins) continue;
    sum += value;
    count++;
  }
  return count ? sum / count : centre;
}

function isBorder({ width, height }: GreyImage, index: number): boolean {
  const x = index % width;
  return x === 0 || x === width - 1 || index < width || index >= width * (height - 1);
}

function isEven(image: GreyImage, mode: number): boolean {
  let [near, border, nearBorder] = [0, 0, 0];
  image.data.forEach((value, index) => {
    const isNear = Math.abs(value - mode) <= evenBand;
    if (isNear) near++;
    if (!isBorder(image, index)) return;
    border++;
    if (isNear) nearBorder++;
  });
  return near >= evenShare * image.data.length && nearBorder >= evenBorderShare * border;
}

function unevenBackground(image: GreyImage): GreyImage {
  const shrink = Math.min(1, lightMapSide / Math.max(image.width, image.height));
  const small = resize(
    image,
    Math.max(1, Math.round(image.width * shrink)),
    Math.max(1, Math.round(image.height * shrink)),
  );
  const isDarkOnLight = skewFromSurroundings(small) <= 0;
  const upright = isDarkOnLight ? image : mapGrey(image, (value) => 1 - value);
  const smallUpright = isDarkOnLight ? small : mapGrey(small, (value) => 1 - value);
  const radius = Math.max(2, Math.round(Math.min(small.width, small.height) * 0.16));
  // Takes the strokes away and leaves the edges of shadows.
  const closed = close(boxBlur(smallUpright, 1), radius);
  const light = resize(boxBlur(closed, 1), image.width, image.height);
  const ratio = mapGrey(upright, (value, index) => 1 - value / Math.max(0.12, light.data[index] ?? 1));
  // The closing follows the lightest noise, so bare paper is a little darker than it says.
  const bias = Math.max(0, median(ratio.data));
  return mapGrey(ratio, (value) => Math.max(0, (value - bias) / (1 - bias)));
}

/** Negative when the narrow parts are darker than what is around them. */
function skewFromSurroundings(image: GreyImage): number {
  const around = boxBlur(image, Math.max(2, Math.round(Math.min(image.width, image.height) * 0.16)));
  let skew = 0;
  image.data.forEach((value, index) => {
    skew += (value - (around.data[index] ?? 0)) ** 3;
  });
  return skew;
}

/** How much neighbours differ on most of the picture, which is background. */
function noiseOf(ink: GreyImage): number {
  const blurred = boxBlur(ink, 1);
  return 1.6 * median(mapGrey(ink, (value, index) => Math.abs(value - (blurred.data[index] ?? 0))).data);
}

function median(values: Float32Array): number {
  // A thousand values tell it well enough, and sorting all would be the slowest step of all.
  const count = Math.min(values.length, 1000);
  const sample = new Float32Array(count);
  for (let index = 0; index < count; index++) sample[index] = values[Math.floor((index * values.length) / count)] ?? 0;
  return sample.sort()[count >> 1] ?? 0;
}
