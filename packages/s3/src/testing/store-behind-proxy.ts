// One store of blobs whose requests pass a `FaultProxy`.
import { type FaultProxy, faultProxy } from "@deepaas/conformance/servers";
import type { BlobStore } from "@deepaas/core/ports";
import { type S3BlobsOptions, s3Blobs } from "../index.ts";
import { type TestS3, testCredentials } from "./s3-server.ts";

export interface ProxiedStore extends AsyncDisposable {
  readonly bucket: string;
  readonly blobs: BlobStore;
  readonly proxy: FaultProxy;
  /** Another process with the same blobs, with or without the proxy. */
  another(options?: Partial<S3BlobsOptions>): BlobStore;
  /** Keys of the objects and of the unfinished uploads. */
  left(): Promise<readonly string[]>;
}

export async function storeBehindProxy(s3: TestS3, options: Partial<S3BlobsOptions> = {}): Promise<ProxiedStore> {
  const bucket = await s3.newBucket();
  const proxy = await faultProxy(s3.endpoint);
  const all = { bucket, endpoint: proxy.endpoint, credentials: testCredentials, ...options };
  return {
    bucket,
    blobs: s3Blobs(all),
    proxy,
    another: (others = {}) => s3Blobs({ ...all, ...others }),
    async left() {
      const { Contents = [] } = await s3.client.listObjectsV2({ Bucket: bucket });
      const { Uploads = [] } = await s3.client.listMultipartUploads({ Bucket: bucket });
      return [...Contents, ...Uploads].map(({ Key }) => Key as string);
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
