// Exchanges that are not replayed, and why.
import type { Exchange, Section } from "./transcript.ts";

export interface Exclusion {
  readonly what: string;
  readonly why: string;
  has(exchange: Exchange, section: Section): boolean;
}

export const exclusions: readonly Exclusion[] = [
  {
    what: "a model that ends its process, and the requests after it",
    why: "the server of the test runs models in its own process",
    has: ({ title, given }, section) =>
      /worker process dies|worker dies in training/.test(section.title) ||
      /sys\.exit|worker died in training|^GET \/ after$/.test(title) ||
      (given ?? []).some(({ query }) => query.includes("os_exit")),
  },
  {
    what: "a `dump_only` field in a request",
    why: "it is not an argument: it counts as unknown and is dropped",
    has: (exchange) => JSON.stringify(exchange.response?.body ?? "").includes("dump_only"),
  },
];

export function isExcluded(exchange: Exchange, section: Section): boolean {
  return exclusions.some(({ has }) => has(exchange, section));
}
