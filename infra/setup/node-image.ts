/** Makes `node:24-trixie-slim` from the Debian base, the Node binary and the npm that npm packages carry. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.ts";
import { nodeBinary } from "./bootstrap.mjs";
import type { Cache, Entry } from "./cache.ts";
import { run, tail } from "./child.ts";
import { buildImage } from "./image-build.ts";
import { BASE_IMAGE_RECIPE, NODE_VERSION, NPM_VERSION } from "./versions.ts";

const NPM_PACKAGE = "node_modules/npm";
/** Docker's names of processors, as Node calls them. */
const PROCESSORS: Readonly<Record<string, string>> = { amd64: "x64", arm64: "arm64" };

const dockerfile = (base: string): string =>
  [
    `FROM ${base}`,
    "COPY node /usr/local/bin/node",
    "COPY npm /usr/local/lib/node_modules/npm",
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\",
    " && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\",
    " && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node",
    `ENV NODE_VERSION=${NODE_VERSION} NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt`,
    `LABEL freehold.base=${BASE_IMAGE_RECIPE}`,
    'CMD ["node"]',
    "",
  ].join("\n");

/** Throws: Failure when the packages cannot be fetched or the image cannot be built. */
export async function makeNodeImage(cache: Cache, { name, base, dockerArch }: { name: string; base: string; dockerArch: string }): Promise<void> {
  const arch = PROCESSORS[dockerArch];
  if (arch === undefined)
    throw new Failure(`There is no Node package for Docker's processor ${dockerArch}.`, `Pull the image where you can: docker pull ${name}`);
  const node = await nodeBinary(cache.root, { platform: "linux", arch, why: "it goes into the base image of our services" });
  const npm = join(await cache.ensure(npmEntry), NPM_PACKAGE);
  const built = await buildImage(name, dockerfile(base), { node, npm });
  if (built.code !== 0) throw new Failure(`${name} could not be built:\n${tail(built.said, 8)}`, "See what Docker says above, then run the command again.");
}

const npmEntry: Entry = {
  name: `npm-${NPM_VERSION}`,
  proof: join(NPM_PACKAGE, "bin/npm-cli.js"),
  async make(folder) {
    const argv = ["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, `npm@${NPM_VERSION}`] as const;
    const fetched = await run(argv, { cwd: folder, timeoutMs: 300_000 });
    if (fetched.code === 0 && existsSync(join(folder, NPM_PACKAGE))) return;
    throw new Failure(
      `npm ${NPM_VERSION} could not be fetched:\n${tail(fetched.said, 5)}`,
      "Check the network and the npm registry (npm ping), then run the command again.",
    );
  },
};
