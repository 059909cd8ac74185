// The certificate and key of an HTTPS server, loaded again when their files change.
import { readFileSync } from "node:fs";
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";
import { errorText, type Logger } from "@deepaas/core";
import { type FileWatch, watchFile } from "@deepaas/core/node";

export interface TlsOptions {
  /** The certificate with its chain: a path, or the PEM text itself. */
  readonly cert: string;
  /** The private key: a path, or the PEM text itself. */
  readonly key: string;
}

interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

const isPem = (text: string): boolean => text.includes("-----BEGIN ");

function readTlsPair(options: TlsOptions): TlsPair {
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

/**
 * Serves with the pair, and with a new one when a file has changed, from "listening" to "close". A new pair that cannot be used
 * is logged, and the last one stays. Throws a TypeError for a wrong option, and an Error if the pair cannot be used.
 */
export function serveTlsFiles(server: Server, options: TlsOptions, logger: Logger): void {
  let { cert, key } = readTlsPair(options);
  server.setSecureContext({ cert, key });
  const paths = [options.cert, options.key].filter((one) => !isPem(one));
  let failure = "";
  const reload = () => {
    try {
      const pair = readTlsPair(options);
      failure = "";
      if (pair.cert === cert && pair.key === key) return;
      server.setSecureContext(pair);
      ({ cert, key } = pair);
      logger.info({ files: paths }, "certificate reloaded");
    } catch (error) {
      // The two files change one after the other: a fault is logged once.
      const text = errorText(error);
      if (text !== failure) logger.error({ err: error }, "certificate not reloaded; the last one stays");
      failure = text;
    }
  };
  let watches: readonly FileWatch[] = [];
  server.on("listening", () => {
    watches = paths.map((path) => watchFile(path, reload));
    // It may have changed since it was read.
    if (paths.length > 0) reload();
  });
  server.on("close", () => {
    for (const watch of watches) watch.close();
    watches = [];
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
