// The address of a view is the fragment of the URL: `#/models/digits?args=…`. So every view has a link under any base path,
// and the server needs no route for it.
import { computed, signal } from "@preact/signals";

export interface View {
  /** Decoded segments of the path: `["models", "digits"]`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** What each page gets. */
export interface PageProps {
  readonly view: View;
}

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** The view that the address names. */
export const view = computed((): View => viewOf(hash.value));

export function viewOf(text: string): View {
  const [path = "", query = ""] = splitOnce(text.replace(/^#\/?/, ""), "?");
  return { segments: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** Returns the link to a view. Query members that are undefined, false or empty are left out. */
export function linkTo(segments: readonly string[], query: Readonly<Record<string, QueryValue>> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false || value === "") continue;
    for (const one of [value].flat()) search.append(name, String(one));
  }
  const text = search.toString();
  return `#/${segments.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** `replace`: the browser's back does not return to the present view. */
export function goTo(link: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (!replace) {
    location.hash = link;
    return;
  }
  history.replaceState(history.state, "", link);
  hash.value = location.hash;
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
