// Patterns of a model's author, matched against text of callers. JavaScript's own matcher backtracks: `^(a+)+$` takes minutes
// for 30 characters.
import { RE2JS } from "re2js";

/** What `\s` and `.` mean in JavaScript; RE2 knows fewer spaces and line ends. */
const spaces = String.raw`\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;
const noSpaces = String.raw`\0-\x08\x0e-\x1f!-\x9f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\u{10ffff}`;
const noLineEnds = String.raw`[^\n\r\u2028\u2029]`;
const token = /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\.|\[\^?|\]|\./gsu;

/**
 * A pattern of JSON Schema, matched in linear time. The constructor throws a SyntaxError for what no linear matcher can do
 * (lookahead, lookbehind, backreferences) and for a repetition of more than 1,000 times. TypeBox calls only `test`.
 */
export class LinearPattern extends RegExp {
  readonly #matcher: RE2JS;

  constructor(pattern: string) {
    super(pattern, "u");
    this.#matcher = compile(pattern);
  }

  override test(text: string): boolean {
    return this.#matcher.test(text);
  }
}

function compile(pattern: string): RE2JS {
  try {
    const translated = RE2JS.translateRegExp(new RegExp(withRe2Meaning(pattern), "u"));
    return RE2JS.compile(translated.replace(/(\\[pP]\{)(?:Script|sc|General_Category|gc)=/g, "$1"));
  } catch (error) {
    const { message } = error as Error;
    throw new SyntaxError(
      `the pattern cannot be matched in linear time (${message}): lookahead, lookbehind, backreferences and repetitions of more than 1,000 are not possible`,
    );
  }
}

/** Rewrites what RE2 reads differently. */
function withRe2Meaning(pattern: string): string {
  let inClass = false;
  return pattern.replace(token, (part) => {
    switch (part) {
      case "[":
      case "[^":
        // RE2 reads `[:` in a class as the start of a POSIX class.
        if (inClass) return `\\${part}`;
        inClass = true;
        return part;
      case "]":
        inClass = false;
        return part;
      case ".":
        return inClass ? part : noLineEnds;
      case "\\s":
        return inClass ? spaces : `[${spaces}]`;
      case "\\S":
        return inClass ? noSpaces : `[${noSpaces}]`;
      case "\\b":
        return inClass ? "\\x08" : part;
      default:
        return part.length === 12 ? `\\u{${codePoint(part).toString(16)}}` : part;
    }
  });
}

function codePoint(pair: string): number {
  return String.fromCharCode(Number.parseInt(pair.slice(2, 6), 16), Number.parseInt(pair.slice(8), 16)).codePointAt(
    0,
  ) as number;
}
