import { spawnSync } from "node:child_process";

export default function globalTeardown(): void {
  const id = process.env["FREEHOLD_TEST_POSTGRES_CONTAINER"];
  if (id !== undefined) spawnSync("docker", ["rm", "--force", "--volumes", id]);
}
