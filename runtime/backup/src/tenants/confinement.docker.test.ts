import { beforeAll, expect, test } from "@jest/globals";
import { buildImages, docker, images, root } from "../../../../tests/support/backup-images.ts";

beforeAll(() => buildImages(), 300_000);

/** In the container that the service runs in, as its user and without any capability. */
const race = async (...argv: string[]) => {
  const walls = ["--rm", "--network", "none", "--user", "1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init", "--memory", "512m"];
  const mounts = ["--tmpfs", "/tenants:uid=1000,mode=0700,size=64m", "--volume", `${root}:/app:ro`];
  const program = ["node", "/app/runtime/backup/src/testing/swap-race.ts", "/tenants", ...argv];
  return JSON.parse(await docker("run", ...walls, ...mounts, images.backup, ...program)) as { confined: boolean; hot: number; frozen: number };
};

test("a tenant that swaps a folder for a link while it is copied gets nothing of another tenant's into its stage", async () => {
  expect(await race("15")).toEqual({ confined: true, hot: 0, frozen: 0 });
}, 60_000);

test("without the confinement it would, and the pass while it stands still, which then compares every byte, takes it out again", async () => {
  const { confined, hot, frozen } = await race("60", "unconfined");
  expect(confined).toBe(false);
  expect(hot).toBeGreaterThan(0);
  expect(frozen).toBe(0);
}, 60_000);
