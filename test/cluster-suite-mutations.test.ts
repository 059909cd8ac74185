// Proves that the cluster suite can fail: nodes that are broken in one way, or started wrongly, fail the named requirement.
import { type ClusterNodeSetup, type ClusterRequirementId, clusterSuite } from "@deepaas/conformance";
import { type PostgresServer, postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { DeepaasError, type ModelService } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { suiteNodes } from "./support/suite-nodes.ts";

interface Fault {
  readonly setup?: Partial<ClusterNodeSetup>;
  /** Methods in place of those of a node. */
  readonly service?: (intact: ModelService) => Partial<ModelService>;
}

const faults: readonly (readonly [string, ClusterRequirementId, Fault])[] = [
  ["execute runs whatever their role is", "roles.serve", { setup: { role: "both" } }],
  ["have no limit", "limits.waiting", { setup: { queuedRuns: undefined } }],
  [
    "do not tell the first event to a watcher",
    "any.watch",
    {
      service: (intact) => ({
        async *watch(id, options) {
          for await (const event of intact.watch(id, options)) if (event.seq > 1) yield event;
        },
      }),
    },
  ],
  [
    "have no files",
    "any.artifact",
    { service: () => ({ artifact: () => Promise.reject(new DeepaasError("not_found", "It is on another node.")) }) },
  ],
  ["remove nothing", "any.remove", { service: () => ({ remove: async () => {} }) }],
  ["keep their weights", "weights.shared", { service: () => ({ predict: async () => ({ weights: "shipped" }) }) }],
];

describe.skipIf(postgresMissing !== undefined)("nodes that (needs postgresql)", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres({ max_connections: "300" });
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  test.each(faults)("%s fail %s", { timeout: 130_000 }, async (_what, id, { setup: wrong, service: broken }) => {
    await using nodes = suiteNodes(() => postgres, { urlOf: () => undefined, lose: async () => {} });
    const suite = clusterSuite(async (setup) => {
      const node = await nodes.startNode({ ...setup, ...wrong });
      return { ...node, service: { ...node.service, ...broken?.(node.service) } };
    });
    const [first] = suite.filter(({ cites }) => cites.includes(id));
    // Not because a node could not be started.
    await expect(first?.run()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_ASSERTION|not_found/) });
  });
});
