// A picture with one value per pixel, and the few operations that both drawing and reading digits need.

export interface GreyImage {
  width: number;
  height: number;
  /** Row by row, 0 .. 1. */
  data: Float32Array;
}

export function createGreyImage(width: number, height: number): GreyImage {
  return { width, height, data: new Float32Array(width * height) };
}

export function mapGrey(image: GreyImage, change: (value: number, index: number) => number): GreyImage {
  const { width, height, data } = image;
  const out = createGreyImage(width, height);
  for (let index = 0; index < data.length; index++) out.data[index] = change(data[index] ?? 0, index);
  return out;
}

/** The mean over a square of 2 * radius + 1 pixels; beyond the border the outermost pixels are repeated. */
export function boxBlur(image: GreyImage, radius: number): GreyImage {
  if (radius < 1) return image;
  return alongRowsAndColumns(image, (line, out) => {
    const last = line.length - 1;
    const at = (index: number): number => line[Math.min(last, Math.max(0, index))] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i <= last; i++) {
      out[i] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  });
}

/** Writes what becomes of a line; `out` may be longer than `line`. */
export type LineFilter = (line: Float32Array, out: Float32Array) => void;

/** Filters rows, then columns; every line grows by `growth`. */
export function alongRowsAndColumns(image: GreyImage, filter: LineFilter, growth = 0): GreyImage {
  return filterAndTurn(filterAndTurn(image, filter, growth), filter, growth);
}

/** Filters each row and transposes, so that a second call filters the columns and turns the picture back. */
function filterAndTurn({ width, height, data }: GreyImage, filter: LineFilter, growth: number): GreyImage {
  const out = new Float32Array(width + growth);
  const turned = createGreyImage(height, out.length);
  for (let y = 0; y < height; y++) {
    filter(data.subarray(y * width, (y + 1) * width), out);
    for (let x = 0; x < out.length; x++) turned.data[x * height + y] = out[x] ?? 0;
  }
  return turned;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A copy of the part in the box, which lies within the picture. */
export function cut(image: GreyImage, { left, top, width, height }: Box): GreyImage {
  const out = createGreyImage(width, height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * image.width + left;
    out.data.set(image.data.subarray(start, start + width), y * width);
  }
  return out;
}

/** Bilinear when it grows; when it shrinks, a weighted mean of the covered area, so that thin lines fade instead of breaking. */
export function resize(image: GreyImage, width: number, height: number): GreyImage {
  if (width === image.width && height === image.height) return image;
  const columns = taps(image.width, width);
  const rows = taps(image.height, height);
  const middle = new Float32Array(width * image.height);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const { from, weight } of columns[x] ?? []) sum += weight * (image.data[y * image.width + from] ?? 0);
      middle[y * width + x] = sum;
    }
  }
  const out = createGreyImage(width, height);
  for (let y = 0; y < height; y++) {
    for (const { from, weight } of rows[y] ?? []) {
      for (let x = 0; x < width; x++)
        out.data[y * width + x] = (out.data[y * width + x] ?? 0) + weight * (middle[from * width + x] ?? 0);
    }
  }
  return out;
}

interface Tap {
  from: number;
  weight: number;
}

function taps(length: number, target: number): Tap[][] {
  const step = length / target;
  const reach = Math.max(1, step);
  return Array.from({ length: target }, (_, index) => {
    const centre = (index + 0.5) * step - 0.5;
    const found: Tap[] = [];
    for (let k = Math.ceil(centre - reach); k <= Math.floor(centre + reach); k++) {
      const weight = 1 - Math.abs(k - centre) / reach;
      if (weight > 0) found.push({ from: Math.min(length - 1, Math.max(0, k)), weight });
    }
    const total = found.reduce((sum, tap) => sum + tap.weight, 0);
    return found.map(({ from, weight }) => ({ from, weight: weight / total }));
  });
}
