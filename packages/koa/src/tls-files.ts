// The certificate and key of an HTTPS server, loaded again when their files change.
import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";
import { errorText, type Logger } from "@deepaas/core";

export interface TlsOptions {
  /** The certificate with its chain: a path, or the PEM text itself. */
  readonly cert: string;
  /** The private key: a path, or the PEM text itself. */
  readonly key: string;
}

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** A poll sees every kind of replacement: a renamed file, a changed link, a mounted secret. */
const pollMs = 1_000;

const isPem = (text: string): boolean => text.includes("-----BEGIN ");

/** Throws a TypeError for a wrong option, and an Error if the files cannot be read or do not fit each other. */
export function readTlsPair(options: TlsOptions): TlsPair {
  if (typeof options !== "object") throw new TypeError("createServer: tls must be an object with cert and key.");
  const { cert, key, ...others } = options;
  for (const [name, value] of Object.entries({ cert, key })) {
    if (typeof value !== "string" || value === "") {
      throw new TypeError(`createServer: tls.${name} must be the path of a PEM file, or its text.`);
    }
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`createServer: unknown option tls.${unknown}.`);
  const read = (name: "cert" | "key") => {
    if (isPem(options[name])) return options[name];
    try {
      return readFileSync(options[name], "utf8");
    } catch (error) {
      throw new Error(`createServer: the file of tls.${name} cannot be read.`, { cause: error });
    }
  };
  return checkedPair({ cert: read("cert"), key: read("key") });
}

/** Serves with the new pair when a file has changed. A pair that cannot be used is logged, and the last one stays. */
export function reloadTlsFiles(server: Server, { cert, key }: TlsOptions, logger: Logger): void {
  const paths = [cert, key].filter((one) => !isPem(one));
  if (paths.length === 0) return;
  let seen = "";
  let failure = "";
  let busy = false;
  const read = (one: string) => (isPem(one) ? one : readFile(one, "utf8"));
  const reload = async () => {
    const before = seen;
    try {
      seen = await stateOf(paths);
      if (seen === before) return;
      failure = "";
      const [newCert, newKey] = await Promise.all([read(cert), read(key)]);
      server.setSecureContext(checkedPair({ cert: newCert, key: newKey }));
      if (before !== "") logger.info({ cert: isPem(cert) ? undefined : cert }, "certificate reloaded");
    } catch (error) {
      // Once for each fault: a missing file is looked for again with every poll.
      const text = errorText(error);
      if (text !== failure) logger.error({ err: error }, "certificate not reloaded; the last one stays");
      failure = text;
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const poll = () => {
    if (busy) return;
    busy = true;
    void reload().finally(() => {
      busy = false;
    });
  };
  server.on("listening", () => {
    poll();
    timer ??= setInterval(poll, pollMs).unref();
  });
  server.on("close", () => {
    clearInterval(timer);
    timer = undefined;
  });
}

function checkedPair(pair: TlsPair): TlsPair {
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new Error("The certificate and the private key cannot be used together.", { cause: error });
  }
  return pair;
}

async function stateOf(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map((path) => stat(path)));
  return states.map(({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`).join(", ");
}
