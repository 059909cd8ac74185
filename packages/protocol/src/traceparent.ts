/** Version, trace id, parent id and flags (https://www.w3.org/TR/trace-context/). A later version may append fields. */
const sound = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\w-]{0,200})?$/;

/** True for a valid `traceparent`. An invalid one is ignored. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === "string" && sound.test(value);
}
