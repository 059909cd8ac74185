// `deepaas doctor`: the bucket or the folder that several nodes share.
import { randomUUID } from "node:crypto";
import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeepaasError, errorText } from "@deepaas/core";
import type { BlobRef } from "@deepaas/core/ports";
import type { BucketStep } from "@deepaas/s3";
import { bucketOptions, sharedFiles } from "../serve/open-stores.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { error, type Fault, type Finding, findingsOf, ok, warning } from "./finding.ts";
import { reasonText } from "./server-place.ts";

const what = "files";
const requestMs = 5_000;

type Settings = Pick<RunSettings, "files" | "s3Endpoint" | "insecure">;

/** `refs`: files to which runs of the database refer. */
export async function examineFiles(settings: Settings, refs: readonly BlobRef[]): Promise<readonly Finding[]> {
  const { files } = settings;
  try {
    // Rejects what `deepaas run` does.
    const blobs = await sharedFiles(settings);
    const isBucket = files?.startsWith("s3:") === true;
    const faults = isBucket ? await bucketFaults(settings) : folderFaults(files as string);
    if (faults.some(({ level }) => level === "error")) return findingsOf(what, faults);
    return findingsOf(what, [...faults, ...(await absentFaults(refs, blobs))]);
  } catch (reason) {
    const { hint = "correct --files and --s3-endpoint" } = Object(reason) as { readonly hint?: string };
    return findingsOf(what, [error(reasonText(reason), hint)]);
  }
}

const stepTexts: Readonly<Record<BucketStep["step"], readonly [done: string, right: string]>> = {
  list: ["lists", "s3:ListBucket"],
  write: ["writes", "s3:PutObject"],
  read: ["reads", "s3:GetObject"],
  parts: ["uploads in parts", "s3:PutObject, s3:AbortMultipartUpload and s3:ListBucketMultipartUploads"],
  delete: ["deletes", "s3:DeleteObject"],
};

async function bucketFaults(settings: Settings): Promise<readonly Fault[]> {
  const { examineBucket } = await import("@deepaas/s3");
  const steps = await examineBucket({ ...bucketOptions(settings), attempts: 2, timeoutMs: requestMs });
  const failed = steps.flatMap(({ step, error: reason }) => (reason ? [{ step, reason }] : []));
  const at = settings.s3Endpoint === undefined ? "" : ` at ${new URL(settings.s3Endpoint).host}`;
  const place = `${settings.files}${at}`;
  if (failed.length === 0) return [ok(`${place}: ${steps.map(({ step }) => stepTexts[step][0]).join(", ")}`)];
  return failed.map(({ step, reason }) => {
    const isDenied = /AccessDenied/.test(reasonText(reason));
    const advice = isDenied
      ? `give the key of AWS_ACCESS_KEY_ID the right ${stepTexts[step][1]}`
      : "create the bucket, or correct --files, --s3-endpoint and the credentials";
    return error(`${place}: ${step}: ${errorText(reason)}`, advice);
  });
}

/** Magic numbers of Linux: ext, XFS, Btrfs, tmpfs, overlay, ZFS, F2FS. */
const localTypes: Readonly<Record<number, string>> = {
  61267: "ext4",
  1481003842: "XFS",
  2435016766: "Btrfs",
  16914836: "tmpfs",
  2035054128: "overlayfs",
  801189825: "ZFS",
  4076150800: "F2FS",
};

function folderFaults(folder: string): readonly Fault[] {
  if (!existsSync(folder)) {
    const advice = "mount it: else the first node that starts makes a folder which only its machine has";
    return [warning(`${folder} does not exist`, advice)];
  }
  const file = join(folder, `.doctor-${randomUUID()}`);
  try {
    writeFileSync(file, "deepaas doctor");
  } catch (reason) {
    const advice = "let the user of the nodes write to it, or name another folder with --files";
    return [error(`${folder} cannot be written: ${errorText(reason)}`, advice)];
  } finally {
    rmSync(file, { force: true });
  }
  const { type } = statfsSync(folder);
  const name = localTypes[type];
  if (name === undefined) return [ok(`${folder} can be written`)];
  const advice = "nodes on several machines need a network file system, such as NFS, or a bucket";
  return [warning(`${folder} can be written; it is on ${name}, which only this machine has`, advice)];
}

/** A folder or bucket that is not that of the other nodes has not what they have written. */
async function absentFaults(
  refs: readonly BlobRef[],
  blobs: { get(ref: BlobRef): Promise<unknown> },
): Promise<readonly Fault[]> {
  const isThere = await Promise.all(
    refs.map((ref) =>
      blobs.get(ref).then(
        () => true,
        (reason: unknown) => {
          if (DeepaasError.is(reason) && reason.code === "not_found") return false;
          throw reason;
        },
      ),
    ),
  );
  const absent = isThere.filter((one) => !one).length;
  if (refs.length === 0 || absent === 0) return [];
  const text = `${absent} of the ${refs.length} newest files of the runs are not there`;
  return [error(text, "name the same bucket and prefix, or the same folder, on all nodes; else restore the files")];
}
