// The steps in which a number changes.
import type { Schema } from "./schema.ts";

/** A longer slider cannot be set to a value. */
const mostSteps = 1_000_000;

/** Returns the step of the slider; undefined if the number needs none. It spans less than three powers of ten. */
export function sliderStep(schema: Schema): number | undefined {
  const { minimum, maximum } = schema;
  if (typeof minimum !== "number" || typeof maximum !== "number" || !(minimum < maximum)) return undefined;
  const step = stepOf(schema, (maximum - minimum) / 50);
  return (minimum > 0 && maximum / minimum >= 1_000) || (maximum - minimum) / step > mostSteps ? undefined : step;
}

/** Returns the value one step up (`direction` 1) or down (-1), within the bounds of the schema. */
export function steppedValue(schema: Schema, text: string, direction: 1 | -1): number {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return Number(schema.minimum ?? 0);
  const next = value + direction * stepOf(schema, Math.abs(value) || 0.1);
  // Without the digits that binary fractions add: 0.1 + 0.2 is 0.3.
  return Number(Math.min(Number(maximum), Math.max(Number(minimum), next)).toPrecision(12));
}

/** Returns the step of the schema, else the power of ten below `size`. */
function stepOf({ type, multipleOf }: Schema, size: number): number {
  if (typeof multipleOf === "number") return multipleOf;
  return type === "integer" ? 1 : Number((10 ** Math.floor(Math.log10(size))).toPrecision(12));
}
