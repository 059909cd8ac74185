// The S3 of the tests, with a client to look into its buckets.
import { S3 } from "@aws-sdk/client-s3";
import { type S3Server, s3Credentials, s3Missing, startS3 as startServer } from "@deepaas/conformance/servers";

export const hasMoto = s3Missing === undefined;
/** The reason, for the title of a test. */
export const needsMoto = "(needs DEEPAAS_MOTO_PYTHON, a Python with the package moto[s3,server])";

export const testCredentials = s3Credentials;

export interface TestS3 extends S3Server {
  readonly client: S3;
}

export async function startS3(): Promise<TestS3> {
  const server = await startServer();
  // A copy, because the SDK adds members to it.
  const credentials = { ...testCredentials };
  const client = new S3({ endpoint: server.endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  return {
    ...server,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
