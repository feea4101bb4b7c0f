/**
 * The two images that all others start from: local, else pulled, else made here under the same names, so that
 * Dockerfiles never know. Made here, they carry the certificate authorities that this machine trusts besides the
 * public ones: where a network intercepts TLS, builds and containers need them too.
 */
import { readdirSync } from "node:fs";
import { Failure } from "../cli/failure.ts";
import type { Cache } from "./cache.ts";
import { run, tail } from "./child.ts";
import { makeDebianImage } from "./debian-image.ts";
import { buildImage } from "./image-build.ts";
import { makeNodeImage } from "./node-image.ts";
import type { Progress } from "./progress.ts";
import { DEBIAN_IMAGE, NODE_IMAGE, NODE_VERSION } from "./versions.ts";

export const BASE_IMAGES = [DEBIAN_IMAGE, NODE_IMAGE] as const;
export type BaseImage = (typeof BASE_IMAGES)[number];
export const BASE_LABEL = "freehold.base";

/** Where administrators of Debian-like machines put authorities of their own. */
const AUTHORITIES = "/usr/local/share/ca-certificates";
const PULL_MS = 300_000;

/** The origin of each base image that is there: made here (its recipe) or pulled. */
export async function presentImages(): Promise<Map<string, string>> {
  const format = `{{range .RepoTags}}{{.}} {{end}}|{{index .Config.Labels "${BASE_LABEL}"}}`;
  const { stdout } = await run(["docker", "image", "inspect", "--format", format, ...BASE_IMAGES], { timeoutMs: 20_000 });
  const found = new Map<string, string>();
  for (const line of stdout.trim().split("\n")) {
    const [tags = "", label = ""] = line.split("|");
    for (const tag of tags.trim().split(" ")) found.set(tag, label.startsWith("<no") || label === "" ? "pulled" : `made here, recipe ${label}`);
  }
  return new Map(BASE_IMAGES.flatMap((name) => (found.has(name) ? [[name, found.get(name) ?? ""]] : [])));
}

/** Throws: Failure when an image can be neither pulled nor made. */
export async function makeImages(cache: Cache, progress: Progress, arch: string): Promise<void> {
  const present = await presentImages();
  for (const name of BASE_IMAGES) {
    if (present.has(name) || (await pull(progress, name))) continue;
    cache.mustHaveSpace();
    if (name === DEBIAN_IMAGE) {
      await progress.step({ what: name, why: "made by debootstrap, as no image registry answers; 1 to 2 minutes" }, (latest) =>
        makeDebianImage(cache, { name, authorities: AUTHORITIES, latest }),
      );
    } else {
      await progress.step({ what: name, why: `Debian plus Node ${NODE_VERSION} from npm` }, () =>
        makeNodeImage(cache, { name, base: DEBIAN_IMAGE, dockerArch: arch }),
      );
    }
  }
}

/** Whether the image could be pulled. A registry that is out of reach fails at once. */
async function pull(progress: Progress, name: BaseImage): Promise<boolean> {
  const began = Date.now();
  const pulled = await run(["docker", "pull", "--quiet", name], { timeoutMs: PULL_MS });
  if (pulled.code !== 0) return false;
  progress.note(`${name}: pulled in ${((Date.now() - began) / 1_000).toFixed(0)} s`);
  if (ownAuthorities().length > 0) await progress.step({ what: `${name}: adding this machine's certificate authorities` }, () => addAuthorities(name));
  return true;
}

function ownAuthorities(): string[] {
  try {
    return readdirSync(AUTHORITIES, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".crt"));
  } catch {
    return [];
  }
}

/** Puts the authorities into a pulled image, under its own name. */
export async function addAuthorities(name: string, folder: string = AUTHORITIES): Promise<void> {
  const dockerfile = [
    `FROM ${name}`,
    "COPY authorities/ /usr/local/share/ca-certificates/",
    "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && update-ca-certificates && rm -rf /var/lib/apt/lists/*",
    "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt",
    "",
  ].join("\n");
  const built = await buildImage(name, dockerfile, { authorities: folder });
  if (built.code !== 0)
    throw new Failure(`${name} could not be given this machine's authorities:\n${tail(built.said, 8)}`, "Run the command again once the network is in order.");
}
