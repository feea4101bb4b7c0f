import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
export const root = join(import.meta.dirname, "../..");
// Another tag where several checkouts share one Docker.
const tag = process.env["FREEHOLD_TEST_IMAGE_TAG"] ?? "test";
export const images = { bucket: `freehold/bucket:${tag}`, postgres: `freehold/postgres:${tag}`, backup: `freehold/backup-tools:${tag}` };

export async function docker(...argv: string[]): Promise<string> {
  const { stdout } = await execute("docker", argv, { maxBuffer: 64 * 1_024 * 1_024, env: { ...process.env, DOCKER_BUILDKIT: "0" } });
  return stdout.trim();
}

/** Builds what the tests run: the same Dockerfiles as in a home; the sources are mounted. */
export async function buildImages(): Promise<void> {
  const folder = (name: string) => join(root, "runtime/images", name);
  await docker("build", "--quiet", "--tag", images.bucket, folder("bucket"));
  await docker("build", "--quiet", "--tag", images.postgres, folder("postgres"));
  await docker("build", "--quiet", "--tag", images.backup, "--build-arg", "BASE=node:24-trixie-slim", folder("backup"));
}

/** What a container has written, both ways. */
export async function logOf(container: string): Promise<string> {
  const { stdout, stderr } = await execute("docker", ["logs", container], { maxBuffer: 64 * 1_024 * 1_024 });
  return stdout + stderr;
}
