// Draws labelled digits: a habit, a hand, a pen, a scan, and then the same preparation that a caller's image goes through.

import { drawInk } from "./draw.ts";
import { boxBlur, type GreyImage, mapGrey, resize } from "./grey-image.ts";
import { penPath } from "./pen-path.ts";
import { prepareDigit } from "./prepare-digit.ts";
import type { Random } from "./random.ts";
import { skeletons } from "./skeletons.ts";

export interface Sample {
  label: number;
  /** What the network sees, see `prepareDigit`. */
  pixels: Float32Array;
}

export function drawSample(random: Random): Sample {
  // A scan may be so poor that no digit is found in it; such a one teaches nothing.
  for (;;) {
    const label = random.integer(10);
    const pixels = prepareDigit(scan(drawDigit(label, random), random));
    if (pixels) return { label, pixels };
  }
}

/** As ink: 0 is bare paper, 1 is full ink. */
function drawDigit(label: number, random: Random): GreyImage {
  const lines = penPath(random.pick(skeletons[label] ?? []), random);
  const isTiny = random.chance(0.35);
  const height = isTiny ? random.uniform(6.5, 13) : random.uniform(13, 40);
  // In so few pixels a line is one or two of them wide, however fine the pen was.
  const pen = isTiny ? random.uniform(0.8, 2.5) : height * Math.exp(random.uniform(Math.log(0.035), Math.log(0.22)));
  // Bolder than this a pen fills the loops, and nobody could read the digit. A 1 has none.
  const width = Math.min(pen, height * (label === 1 ? 0.4 : 0.24));
  const margin = (): number => random.uniform(0, 0.35) * height;
  const margins = { left: margin(), top: margin(), right: margin(), bottom: margin() };
  return drawInk(lines, { frame: { height, margins }, pen: { width, pressure: random.uniform(0, 0.35) }, random });
}

/** What a scanner or a camera makes of ink: blur, shading, noise, specks, either polarity. */
function scan(ink: GreyImage, random: Random): GreyImage {
  const sharp = random.chance(0.4) ? ink : smear(ink, random);
  const paper = random.uniform(0.6, 1);
  const pen = paper - random.uniform(0.35, 1) * paper;
  const noise = random.chance(0.5) ? 0 : random.uniform(0, 0.07);
  const isShaded = random.chance(0.25);
  const [fall, sink] = isShaded ? [random.normal(0.25), random.normal(0.25)] : [0, 0];
  const isNegative = random.chance(0.5);
  return mapGrey(sharp, (value, index) => {
    const x = (index % sharp.width) / sharp.width - 0.5;
    const y = Math.floor(index / sharp.width) / sharp.height - 0.5;
    const light = (paper + (pen - paper) * value) * (1 + fall * x + sink * y) + (noise ? random.normal(noise) : 0);
    const seen = Math.min(1, Math.max(0, light));
    return isNegative ? 1 - seen : seen;
  });
}

/** Out of focus, or enlarged from fewer pixels. */
function smear(ink: GreyImage, random: Random): GreyImage {
  const factor = random.uniform(1, 3);
  const larger = resize(ink, Math.round(ink.width * factor), Math.round(ink.height * factor));
  return resize(
    boxBlur(larger, 1),
    Math.round(ink.width * Math.min(1.3, factor)),
    Math.round(ink.height * Math.min(1.3, factor)),
  );
}
