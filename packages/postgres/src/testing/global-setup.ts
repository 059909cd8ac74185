// One PostgreSQL for all test files of this package. Each test has a schema of its own.
import { postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

export default async function setUp({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (postgresMissing !== undefined) return undefined;
  const server = await startPostgres({ max_connections: "300" });
  provide("postgresUrl", server.url);
  return async () => server[Symbol.asyncDispose]();
}
