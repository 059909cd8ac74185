import { agoText, timeText } from "./texts.ts";

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={timeText(at)}>
      {agoText(at)}
    </time>
  );
}
