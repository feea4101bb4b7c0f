import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

export default function globalTeardown(): void {
  const run = process.env["FREEHOLD_TEST_RUN"];
  if (run !== undefined) rmSync(run, { recursive: true, force: true });
  const id = process.env["FREEHOLD_TEST_POSTGRES_CONTAINER"];
  if (id !== undefined) spawnSync("docker", ["rm", "--force", "--volumes", id]);
}
