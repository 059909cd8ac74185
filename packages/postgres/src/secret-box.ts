// Encrypts the secrets of a run: they would lie in plain text in the write-ahead log, in backups and in replicas.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { DeepaasError, type JsonObject } from "@deepaas/core";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts with AES-256-GCM. The text is bound to its run: a row that was moved to another run is not decrypted. */
export class SecretBox {
  readonly #key: Buffer | undefined;

  constructor(key: Buffer | undefined) {
    this.#key = key;
  }

  /** Returns null if there are none. Throws `failed_precondition` if the store has no key. */
  seal(runId: string, secrets: JsonObject): Buffer | null {
    if (Object.keys(secrets).length === 0) return null;
    if (!this.#key) {
      const message =
        "The run has secret arguments, and the store has no key to encrypt them. Set DEEPAAS_SECRET_KEY, or the option secretKey of postgresStore, to 32 random bytes in base64.";
      throw new DeepaasError("failed_precondition", message);
    }
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv).setAAD(Buffer.from(runId));
    const body = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]);
  }

  /** Throws `internal` if the store has another key than the one that encrypted, or the row is damaged. */
  open(runId: string, sealed: Buffer | null): JsonObject {
    if (sealed === null) return {};
    try {
      const iv = sealed.subarray(0, ivBytes);
      const decipher = createDecipheriv(algorithm, this.#key ?? Buffer.alloc(0), iv, { authTagLength: tagBytes })
        .setAAD(Buffer.from(runId))
        .setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
      const body = Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
      return JSON.parse(body.toString("utf8")) as JsonObject;
    } catch (error) {
      const message = `The secrets of run ${runId} cannot be decrypted: secretKey is not the one with which they were encrypted.`;
      throw new DeepaasError("internal", message, { cause: error });
    }
  }
}
