/** Builds a small image from a Dockerfile and a few files of this machine. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./child.ts";
import type { Ended } from "./child.ts";

const BUILD_MS = 600_000;

/** `files` maps a place in the build's context to a file or folder of this machine. */
export async function buildImage(name: string, dockerfile: string, files: Readonly<Record<string, string>>): Promise<Ended> {
  const context = mkdtempSync(join(tmpdir(), "freehold-image-"));
  try {
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    for (const [place, source] of Object.entries(files)) {
      mkdirSync(dirname(join(context, place)), { recursive: true });
      cpSync(source, join(context, place), { recursive: true, dereference: true });
    }
    return await run(["docker", "build", "--quiet", "--pull=false", "--tag", name, context], { timeoutMs: BUILD_MS });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}
