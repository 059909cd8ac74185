// A registry of npm packages on this machine, so that a test can install what the workspace publishes as a user does, without a
// network: the packages of the workspace, packed, and all that is installed in it.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { tempFolder } from "./temp-folder.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const installed = join(root, "node_modules/.pnpm");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [member: string]: unknown;
}

/** A package in one version. */
interface Release {
  readonly manifest: Manifest;
  /** Returns the path of a tarball. */
  tarball(): Promise<string>;
}

export interface LocalRegistry extends AsyncDisposable {
  /** The names of the packages of the workspace. */
  readonly published: readonly string[];
  readonly url: string;
}

/** The environment of a user who has nothing but npm: an empty home, and this registry. */
export function npmEnv(home: string, registry: LocalRegistry): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|XDG_|DEEPAAS_|NODE_OPTIONS$)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    npm_config_registry: registry.url,
    npm_config_noproxy: "127.0.0.1",
    npm_config_yes: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
}

/** `names`: the packages of the workspace that are needed besides those that they depend on. */
export async function localRegistry(...names: readonly string[]): Promise<LocalRegistry> {
  const folder = tempFolder();
  const own = await packed(names, folder.path);
  const releases = new Map<string, readonly Release[]>(own.map((release) => [release.manifest.name, [release]]));
  const releasesOf = (name: string) => {
    const known = releases.get(name) ?? installedReleases(name, folder.path);
    releases.set(name, known);
    return known;
  };
  let url = "";
  const answer = async (path: string, response: ServerResponse) => {
    const [, name = "", version] = /^\/((?:@[^/]+\/)?[^/]+)(?:\/-\/(.+)\.tgz)?$/.exec(decodeURIComponent(path)) ?? [];
    const found = releasesOf(name);
    const release = found.find(({ manifest }) => manifest.version === version);
    if (release) response.end(readFileSync(await release.tarball()));
    else if (version !== undefined || found.length === 0) response.writeHead(404).end("{}");
    else response.setHeader("content-type", "application/json").end(JSON.stringify(document(name, found, url)));
  };
  const server = createServer((request, response) => {
    answer(request.url ?? "", response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    published: own.map(({ manifest }) => manifest.name),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      folder[Symbol.dispose]();
    },
  };
}

/** What a registry knows of a package. Without a checksum, npm believes the tarball. */
function document(name: string, releases: readonly Release[], url: string) {
  const versions = releases.map(({ manifest }) => {
    const tarball = `${url}/${name}/-/${manifest.version}.tgz`;
    return [manifest.version, { ...manifest, dist: { tarball } }] as const;
  });
  return { name, "dist-tags": { latest: versions.at(-1)?.[0] }, versions: Object.fromEntries(versions) };
}

/** The packages of the workspace as they would be published: packed by pnpm, which writes the real versions. */
async function packed(names: readonly string[], folder: string): Promise<readonly Release[]> {
  const filters = names.map((name) => `--filter=${name}...`);
  // They are built; building them again is for `npm publish`.
  const args = [...filters, "--recursive", "pack", "--pack-destination", folder, "--config.ignore-scripts=true"];
  await run("pnpm", args, { cwd: root });
  return Promise.all(
    globSync(join(folder, "*.tgz")).map(async (file) => {
      const { stdout } = await run("tar", ["-xzOf", file, "package/package.json"]);
      return { manifest: JSON.parse(stdout) as Manifest, tarball: async () => file };
    }),
  );
}

/** The versions of a package that are installed in the workspace, the oldest first. */
function installedReleases(name: string, folder: string): readonly Release[] {
  const prefix = `${name.replace("/", "+")}@`;
  const places = readdirSync(installed)
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => join(installed, entry, "node_modules", name))
    .filter((place) => existsSync(join(place, "package.json")));
  const found = places.map((place) => {
    const all = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;
    const manifest = { ...all, optionalDependencies: optionalHere(all) };
    return [manifest.version, { manifest, tarball: () => tarballOf(place, manifest, folder) }] as const;
  });
  return [...new Map(found).values()].sort((a, b) =>
    a.manifest.version.localeCompare(b.manifest.version, "en", { numeric: true }),
  );
}

/** Those for other platforms are not installed, and this registry must not speak of what it has not. */
function optionalHere({ optionalDependencies = {} }: Manifest): object {
  const isHere = (name: string) =>
    readdirSync(installed).some((entry) => entry.startsWith(`${name.replace("/", "+")}@`));
  return Object.fromEntries(Object.entries(optionalDependencies as object).filter(([name]) => isHere(name)));
}

async function tarballOf(place: string, { name, version }: Manifest, folder: string): Promise<string> {
  const file = join(folder, `installed-${name.replace("/", "+")}-${version}.tgz`);
  // Equal files are hard links in a store of pnpm, and npm unpacks no links. It unpacks what is not compressed, too.
  const args = ["-cf", file, "--hard-dereference", "--exclude=node_modules", "-C", dirname(place), basename(place)];
  await run("tar", args);
  return file;
}
