// The connected parts of an ink map.

import type { GreyImage } from "./grey-image.ts";

export interface Component {
  label: number;
  area: number;
  /** The mean ink of its pixels. */
  strength: number;
  left: number;
  top: number;
  /** Inclusive. */
  right: number;
  bottom: number;
}

export interface Components {
  found: Component[];
  /** For each pixel the label of its component, 0 for none. */
  labels: Int32Array;
}

/** Pixels above `threshold` that touch, also at a corner. */
export function findComponents(image: GreyImage, threshold: number): Components {
  const { width, data } = image;
  const labels = new Int32Array(data.length);
  const found: Component[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if ((data[start] ?? 0) <= threshold || labels[start]) continue;
    const label = found.length + 1;
    const component = { label, area: 0, strength: 0, left: width, top: image.height, right: 0, bottom: 0 };
    labels[start] = label;
    stack.push(start);
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      const x = index % width;
      const y = (index - x) / width;
      component.area++;
      component.strength += data[index] ?? 0;
      component.left = Math.min(component.left, x);
      component.right = Math.max(component.right, x);
      component.top = Math.min(component.top, y);
      component.bottom = Math.max(component.bottom, y);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(image.height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const next = ny * width + nx;
          if (labels[next] || (data[next] ?? 0) <= threshold) continue;
          labels[next] = label;
          stack.push(next);
        }
      }
    }
    component.strength /= component.area;
    found.push(component);
  }
  return { found, labels };
}

export function longestSide({ left, top, right, bottom }: Component): number {
  return Math.max(right - left, bottom - top) + 1;
}

/** The empty distance between two boxes; 0 when they touch or overlap. */
export function gapBetween(a: Component, b: Component): number {
  const x = Math.max(0, a.left - b.right - 1, b.left - a.right - 1);
  const y = Math.max(0, a.top - b.bottom - 1, b.top - a.bottom - 1);
  return Math.hypot(x, y);
}
