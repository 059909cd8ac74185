export { type BucketStep, examineBucket } from "./examine-bucket.ts";
export type { S3BlobsOptions, S3Credentials } from "./options.ts";
export { s3Blobs } from "./s3-blobs.ts";
