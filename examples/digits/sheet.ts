// A photograph may show a sheet of paper on a table. The table is painted over with paper, so that only the sheet is left to read.

import { type Component, type Components, findComponents } from "./components.ts";
import { boxBlur, createGreyImage, type GreyImage, mapGrey, resize } from "./grey-image.ts";

/** The side of the small copy on which the sheet is looked for. A smaller picture is a scan of one digit and has no table. */
const searchSide = 96;
const leastShare = 0.3;
const leastExtent = 0.5;
/** Of its box, which a turned rectangle does not fill, and of its outline: a digit fills less of either. */
const leastBoxFill = 0.68;
const leastSolidity = 0.88;
/** The lighter half of a shaded picture reaches far along the border; a sheet on a table hardly does. */
const mostBorder = 0.12;
/** The sheet's edge and its shadow are left out as well, in pixels of the small copy. */
const edge = 2;

/** The same picture with the sheet alone; undefined when there is no sheet with something around it. */
export function sheetAlone(image: GreyImage): GreyImage | undefined {
  const shrink = searchSide / Math.max(image.width, image.height);
  if (shrink > 1) return undefined;
  const small = resize(
    image,
    Math.max(1, Math.round(image.width * shrink)),
    Math.max(1, Math.round(image.height * shrink)),
  );
  const negative = mapGrey(small, (value) => 1 - value);
  const sheet = findSheet(small) ?? findSheet(negative);
  return sheet && paintAround(image, small, sheet);
}

/** 1 on the sheet and on what is written on it. */
function findSheet(small: GreyImage): GreyImage | undefined {
  const components = findComponents(small, otsuThreshold(small));
  const largest = components.found.reduce<Component | undefined>((a, b) => (a && a.area >= b.area ? a : b), undefined);
  if (!largest || largest.area < leastShare * small.data.length) return undefined;
  const width = largest.right - largest.left + 1;
  const height = largest.bottom - largest.top + 1;
  if (width < leastExtent * small.width || height < leastExtent * small.height) return undefined;
  const outline = fillOutline(small, components, largest.label);
  const covered = outline.data.reduce((sum, value) => sum + value, 0);
  if (covered < leastBoxFill * width * height || largest.area < leastSolidity * covered) return undefined;
  if (borderShare(outline) > mostBorder) return undefined;
  const inner = mapGrey(boxBlur(outline, edge), (value) => (value > 0.99 ? 1 : 0));
  return inner.data.includes(1) ? inner : undefined;
}

/** All that lies between two pixels of the component both in its row and in its column. */
function fillOutline({ width, height }: GreyImage, { labels }: Components, label: number): GreyImage {
  const rows = Array.from({ length: height }, () => ({ first: width, last: -1 }));
  const columns = Array.from({ length: width }, () => ({ first: height, last: -1 }));
  labels.forEach((found, index) => {
    if (found !== label) return;
    const x = index % width;
    const y = Math.floor(index / width);
    const row = rows[y];
    const column = columns[x];
    if (row) Object.assign(row, { first: Math.min(row.first, x), last: x });
    if (column) Object.assign(column, { first: Math.min(column.first, y), last: y });
  });
  return mapGrey(createGreyImage(width, height), (_, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    const row = rows[y];
    const column = columns[x];
    if (!row || !column) return 0;
    return x >= row.first && x <= row.last && y >= column.first && y <= column.last ? 1 : 0;
  });
}

function borderShare({ width, height, data }: GreyImage): number {
  let [inside, border] = [0, 0];
  data.forEach((value, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) return;
    border++;
    inside += value;
  });
  return inside / border;
}

/** Spreads the sheet's colour outwards, by means over ever larger squares: its shading goes on, and no new edge appears. */
function paintAround(image: GreyImage, small: GreyImage, sheet: GreyImage): GreyImage {
  let paint = mapGrey(small, (value, index) => value * (sheet.data[index] ?? 0));
  let known = sheet;
  for (let radius = 2; known.data.some((weight) => weight < 1e-6); radius *= 2) {
    const spread = boxBlur(paint, radius);
    const weight = boxBlur(known, radius);
    const [before, beforeKnown] = [paint, known];
    const isNew = (index: number): boolean => (beforeKnown.data[index] ?? 0) < 1e-6 && (weight.data[index] ?? 0) > 1e-6;
    paint = mapGrey(before, (value, index) =>
      isNew(index) ? (spread.data[index] ?? 0) / (weight.data[index] ?? 1) : value,
    );
    known = mapGrey(beforeKnown, (value, index) => (isNew(index) ? 1 : value));
  }
  const around = resize(paint, image.width, image.height);
  const mask = resize(sheet, image.width, image.height);
  return mapGrey(image, (value, index) => ((mask.data[index] ?? 0) > 0.99 ? value : (around.data[index] ?? 0)));
}

/** The threshold that leaves the two classes with the least variance (N. Otsu, 1979). */
function otsuThreshold({ data }: GreyImage): number {
  const bins = 64;
  const counts = new Float64Array(bins);
  for (const value of data) {
    const bin = Math.min(bins - 1, Math.floor(value * bins));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const total = counts.reduce((sum, count, bin) => sum + bin * count, 0);
  let [best, bestBetween, below, sumBelow] = [0, -1, 0, 0];
  counts.forEach((count, bin) => {
    below += count;
    sumBelow += bin * count;
    const above = data.length - below;
    if (below === 0 || above === 0) return;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > bestBetween) [best, bestBetween] = [bin, between];
  });
  return (best + 1) / bins;
}
