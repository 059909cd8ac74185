// Colours: only on a terminal, and never with NO_COLOR.
import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** Returns the text in a style, or as it is if the stream does not show colours. `stream`: default stdout. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}
