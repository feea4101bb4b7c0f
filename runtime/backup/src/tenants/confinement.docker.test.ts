import { beforeAll, expect, test } from "@jest/globals";
import { buildImages, docker, images, root } from "../../../../tests/support/backup-images.ts";

beforeAll(() => buildImages(), 300_000);

/** In the container that the service runs in, as its user and without any capability. */
const race = (argv: readonly string[], volumes: readonly string[] = []) => inService("swap-race.ts", argv, volumes);
const inService = async (program: string, argv: readonly string[], volumes: readonly string[] = []) => {
  const walls = ["--rm", "--network", "none", "--user", "1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--init", "--memory", "512m"];
  const mounts = ["--tmpfs", "/tenants:uid=1000,mode=0700,size=64m", ...[`${root}:/app:ro`, ...volumes].flatMap((volume) => ["--volume", volume])];
  const command = ["node", `/app/runtime/backup/src/testing/${program}`, "/tenants", ...argv];
  return JSON.parse(await docker("run", ...walls, ...mounts, images.backup, ...command)) as Record<string, unknown>;
};

test("a tenant that swaps a folder for a link while it is copied gets nothing of another tenant's into its stage", async () => {
  expect(await race(["15"])).toEqual({ confined: true, hot: 0, frozen: 0 });
}, 60_000);

test("without the confinement, what came from another tenant with the same size and time is taken out by the pass while it stands still, which compares every byte", async () => {
  expect(await race(["0", "unconfined"])).toEqual({ confined: false, hot: 1, frozen: 0 });
}, 60_000);

test.each([
  ["led", { confined: true, astray: false }],
  ["led-unconfined", { confined: false, astray: true }],
])("whatever stands in rsync's place and follows a link comes out of the home only where it is not confined: %s", async (how, expected) => {
  const astray = `${root}/runtime/backup/src/testing/rsync-led-astray:/usr/local/bin/rsync:ro`;
  expect(await race(["0", how], [astray])).toEqual(expected);
});

test("whatever happens in a home between the steps of a backup, the pass that knows where to look leaves nothing different, byte by byte", async () => {
  expect(await inService("restless-home.ts", ["25"])).toEqual({ confined: true, homes: 25, known: 100, warnings: 0, found: [] });
}, 120_000);

test("whatever happens in a home while the passes before run, too, nothing is different after the one for which it stood still", async () => {
  expect(await inService("restless-home.ts", ["15", "busy"])).toMatchObject({ confined: true, homes: 15, found: [] });
}, 120_000);
