// Growing and shrinking of the light parts of a picture.

import { alongRowsAndColumns, cut, type GreyImage, mapGrey } from "./grey-image.ts";

/** The largest value in a square of 2 * radius + 1 pixels: light parts grow. */
export function dilate(image: GreyImage, radius: number): GreyImage {
  if (radius < 1) return image;
  return alongRowsAndColumns(image, (line, out) => {
    for (let i = 0; i < line.length; i++) {
      let most = line[i] ?? 0;
      for (let k = Math.max(0, i - radius), end = Math.min(line.length - 1, i + radius); k <= end; k++) {
        const value = line[k] ?? 0;
        if (value > most) most = value;
      }
      out[i] = most;
    }
  });
}

/** The smallest value in a square of 2 * radius + 1 pixels: light parts shrink. */
function erode(image: GreyImage, radius: number): GreyImage {
  const negative = dilate(
    mapGrey(image, (value) => -value),
    radius,
  );
  return mapGrey(negative, (value) => -value);
}

/** Fills what is darker than its surroundings and narrower than 2 * radius + 1 pixels; wider parts keep their edges. */
export function close(image: GreyImage, radius: number): GreyImage {
  const margin = 2 * radius;
  // A window that ended at the border would see only one side of falling light, and raise the darker border of a bare sheet.
  const extended = alongRowsAndColumns(image, goOnBeyondTheEnds, 2 * margin);
  const closed = erode(dilate(extended, radius), radius);
  return cut(closed, { left: margin, top: margin, width: image.width, height: image.height });
}

/** Each end is mirrored in both directions, so that a slope goes on as a slope. */
function goOnBeyondTheEnds(line: Float32Array, out: Float32Array): void {
  const margin = (out.length - line.length) / 2;
  const last = line.length - 1;
  const at = (index: number): number => line[Math.min(last, Math.max(0, index))] ?? 0;
  for (let i = 0; i < out.length; i++) {
    const index = i - margin;
    if (index < 0) out[i] = 2 * at(0) - at(-index);
    else if (index > last) out[i] = 2 * at(last) - at(2 * last - index);
    else out[i] = at(index);
  }
}
