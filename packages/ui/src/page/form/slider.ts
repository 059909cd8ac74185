// A number with both bounds has a slider: linear, or logarithmic if it spans three powers of ten.
import type { Schema } from "./schema.ts";

export interface Slider {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly logarithmic: boolean;
}

/** A logarithmic slider has this many positions. */
export const logPositions = 300;
/** A longer linear slider cannot be set to a value. */
const mostSteps = 1_000_000;

export function sliderOf({ type, minimum, maximum, multipleOf }: Schema): Slider | undefined {
  if (typeof minimum !== "number" || typeof maximum !== "number" || !(minimum < maximum)) return undefined;
  const integer = type === "integer";
  const step =
    typeof multipleOf === "number" ? multipleOf : integer ? 1 : 10 ** Math.floor(Math.log10((maximum - minimum) / 50));
  const logarithmic = minimum > 0 && maximum / minimum >= 1_000 && multipleOf === undefined;
  if (!logarithmic && (maximum - minimum) / step > mostSteps) return undefined;
  return { min: minimum, max: maximum, step: tidy(step), logarithmic };
}

/** Returns the position of a value, between 0 and `logPositions` if the slider is logarithmic. */
export function sliderPosition({ min, max, logarithmic }: Slider, value: number): number {
  const inside = Math.min(max, Math.max(min, Number.isFinite(value) ? value : min));
  return logarithmic ? Math.round((Math.log(inside / min) / Math.log(max / min)) * logPositions) : inside;
}

export function sliderValue({ min, max, step, logarithmic }: Slider, position: number): number {
  if (!logarithmic) return tidy(position);
  if (position <= 0) return min;
  if (position >= logPositions) return max;
  const value = min * (max / min) ** (position / logPositions);
  const rounded = Number(value.toPrecision(2));
  return step === 1 ? Math.max(min, Math.round(rounded)) : Math.min(max, Math.max(min, rounded));
}

/** Returns the value one step up (`direction` 1) or down (-1), within the bounds of the schema. */
export function steppedValue(schema: Schema, text: string, direction: 1 | -1): number {
  const { type, minimum, maximum, multipleOf } = schema;
  const value = Number(text);
  const low = typeof minimum === "number" ? minimum : Number.NEGATIVE_INFINITY;
  const high = typeof maximum === "number" ? maximum : Number.POSITIVE_INFINITY;
  if (text.trim() === "" || !Number.isFinite(value)) return Number.isFinite(low) ? low : 0;
  const step = typeof multipleOf === "number" ? multipleOf : type === "integer" ? 1 : stepFor(value);
  return tidy(Math.min(high, Math.max(low, value + direction * step)));
}

function stepFor(value: number): number {
  return value === 0 ? 0.1 : 10 ** Math.floor(Math.log10(Math.abs(value)));
}

/** Without the digits that binary fractions add: 0.1 + 0.2 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
