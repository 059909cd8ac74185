/** Version, trace, parent and flags (https://www.w3.org/TR/trace-context/); a later version may say more. */
const sound = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\w-]{0,200})?$/;

/** Whether a door may hand it on: what is no `traceparent` is treated as if it were not there. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === "string" && sound.test(value);
}
