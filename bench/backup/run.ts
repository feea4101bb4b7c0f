/** Measures backups of a live tenant beside tar and restic alone; see ../README.md. Ends with 1 when a goal is missed. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../../tests/support/box-home.ts";
import { buildImages, docker, root } from "../../tests/support/backup-images.ts";
import { serveLeaseManager } from "../../tests/support/lease-manager.ts";
import { judge, longestGap, parts, longestPause, type Contender, type Figures, type Held, type Work } from "./figures.ts";
import { judgeDatabases, measured, resticBackup, resticInit, restores, tarBackup, timed } from "./peers.ts";
import { createPlace, gatewayOf, startService, startTenant, startWriter, tenant, watchPauses, type Place } from "./place.ts";
import { page } from "./report.ts";
import { differences, listTree } from "./tree.ts";

const { values } = parseArgs({
  options: {
    image: { type: "string" },
    mb: { type: "string", default: "2000" },
    backups: { type: "string", default: "25" },
    rows: { type: "string", default: "20" },
    hours: { type: "string", default: "24" },
    only: { type: "string", default: parts.join(",") },
    "without-tar": { type: "boolean", default: false },
    out: { type: "string", default: join(import.meta.dirname, "results") },
  },
});
const [mb, backups, rows, hours] = [Number(values.mb), Number(values.backups), Number(values.rows), Number(values.hours)];
const asked = parts.filter((part) => values.only.split(",").includes(part));
const withTar = !values["without-tar"];
const idleSeconds = 20;
const loadNow = () => loadavg()[0] ?? 0;
const told = (thrown: unknown): undefined => {
  console.error(thrown);
};
const pause = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1_000));
const epoch = () => performance.timeOrigin + performance.now();

function say<T>(what: string, found: T): T {
  console.log(`${new Date().toISOString().slice(11, 19)} ${what}: ${JSON.stringify(found)}`);
  return found;
}

async function snapshot({ home }: Place) {
  const { status, body } = await home.snapshot();
  if (status !== 201 || body.tenants.length !== 1) throw new Error(`No snapshot of the tenant was made: ${JSON.stringify(body)}`);
  return body;
}
const freeholdBackup = (place: Place): Promise<Work> => measured(place, "home", () => snapshot(place));

interface UnderLoad {
  held: Held[];
  idle: Figures["idle"];
  stage?: Contender["underLoad"];
  restic?: Contender["underLoad"];
  tar?: Contender["underLoad"];
}

/** Backups one after the other while the tenant's container is written in. */
async function underLoad(place: Place): Promise<UnderLoad> {
  const [watch, writer] = [watchPauses(place), await startWriter(place, rows)];
  await pause(5);
  const began = epoch();
  await pause(idleSeconds);
  const idle = say("without a backup", { seconds: idleSeconds, longestMs: longestGap(writer.gaps, began, epoch()) });
  const held: Held[] = [];
  for (let count = 0; count < backups; count++) {
    const from = epoch();
    const { pauseMs } = await snapshot(place);
    const until = epoch();
    await pause(1);
    const one = {
      containerMs: longestPause(watch.pauses, from, until),
      writerMs: longestGap(writer.gaps, from, until),
      leaseMs: pauseMs,
      tookMs: until - from,
    };
    held.push(say(`backup ${count + 1}`, one));
  }
  await resticBackup(place);
  const stage = await judgeDatabases(place, "stage");
  const restic = await judgeDatabases(place, "restic");
  const tar = await judgeDatabases(place, "tar");
  await writer.stop();
  watch.stop();
  return say("under load", { held, idle, stage, restic, tar });
}

interface Day {
  freehold: Sum;
  restic: Sum;
  requests: number;
}

type Sum = NonNullable<Contender["day"]>;

async function requestsOf({ home }: Place): Promise<number> {
  const counts = await Promise.all(["a", "b", "free"].map((kind) => home.metric(String.raw`backup_target_requests\{target="hourly",class="${kind}"\}`)));
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Hourly runs by a clock that is put forward. */
async function aDay(place: Place): Promise<Day> {
  const none = () => ({ bytes: 0, objects: 0, runs: 0 });
  const day = { freehold: none(), restic: none() };
  const add = (to: Sum, { bytes, objects }: Work) => {
    to.bytes += bytes;
    to.objects += objects;
    to.runs += 1;
  };
  const before = await requestsOf(place);
  for (let hour = 1; hour <= hours; hour++) {
    await place.aheadBy(hour);
    await place.content("hour", hour);
    add(day.freehold, await freeholdBackup(place));
    add(day.restic, await resticBackup(place));
    say(`hour ${hour}`, day);
  }
  return { ...day, requests: (await requestsOf(place)) - before };
}

type Restored = NonNullable<Contender["restore"]>;

interface BroughtBack {
  freehold: Restored;
  restic: Restored;
  tar: Restored | undefined;
}

interface TenantRestore {
  id: string;
  state: string;
  problem: unknown;
  failures: number;
}

/** The tenant sleeps; what is restored is compared with the home as it lies there. */
async function bringBack(place: Place, seen: { restored: (folder: string) => void }): Promise<BroughtBack> {
  const { id } = await snapshot(place);
  await resticBackup(place);
  const live = await listTree(join(place.folder, "home"));
  const alone = async (way: keyof typeof restores): Promise<Restored> => {
    const seconds = await timed(() => place.peer(restores[way].script));
    const found = await listTree(join(await docker("volume", "inspect", "--format", "{{.Mountpoint}}", `${place.box.prefix}-peers`), restores[way].folder));
    return say(way, { seconds, different: differences(live, found).length });
  };
  const [restic, tar] = [await alone("restic"), withTar ? await alone("tar") : undefined];
  await place.peer("rm -rf /peers/restic /peers/tar /peers/home.tar.gz");
  const began = performance.now();
  const handedOver = new Promise<{ seconds: number; folder: string }>((resolve) => {
    seen.restored = (folder) => resolve({ seconds: (performance.now() - began) / 1_000, folder });
  });
  const { status, body } = await place.home.post<TenantRestore>(`/tenants/${tenant}/restores`, { snapshot: id });
  if (status !== 202) throw new Error(`The restore was refused: ${JSON.stringify(body)}`);
  const { seconds, folder } = await Promise.race([handedOver, failureOf(place, body.id)]);
  const different = differences(live, await listTree(join(place.box.folder, folder)));
  say(
    "differs",
    different.slice(0, 20).map((path) => [path, live.get(path)]),
  );
  await place.box.box.swapHome(tenant, folder);
  return { freehold: say("Freehold", { seconds, different: different.length }), restic, tar };
}

async function failureOf({ home }: Place, id: string): Promise<never> {
  for (;;) {
    const { body } = await home.get<TenantRestore>(`/restores/${id}`);
    if (body.state === "failed" || (body.problem !== null && body.failures > 2)) throw new Error(`The restore failed: ${JSON.stringify(body.problem)}`);
    await pause(0.5);
  }
}

async function measure(place: Place): Promise<Figures> {
  const before = loadNow();
  const seen = { restored: (_folder: string): void => undefined };
  const host = await gatewayOf(place.home.network);
  const manager = await serveLeaseManager({ box: place.box.box, tenant, host, onRestored: async (folder) => seen.restored(folder) });
  try {
    await place.content("fill", 1);
    const size = say("home", { mb, files: (await listTree(join(place.folder, "home"))).size });
    await startService(place, manager.url);
    await resticInit(place);
    const first = say("first", { freehold: await freeholdBackup(place), restic: await resticBackup(place) });
    const firstBootMs = say("OpenClaw starts, ms", await startTenant(place));
    const load: UnderLoad = asked.includes("pause") ? await underLoad(place) : { held: [], idle: undefined };
    if (asked.includes("pause")) await place.content("day", 1);
    const changed = asked.includes("pause") ? say("1 % changed", { freehold: await freeholdBackup(place), restic: await resticBackup(place) }) : undefined;
    const day = asked.includes("day") ? await aDay(place) : undefined;
    await place.box.box.stop(tenant, 30_000);
    // It takes everything each time, so its last run is like its first and like each of a day.
    const whole = withTar ? say("tar", await tarBackup(place)) : undefined;
    const restored = asked.includes("restore") ? await bringBack(place, seen) : undefined;
    const bootMs = restored === undefined ? undefined : await startTenant(place).catch(told);
    const tarDay = whole && day && { bytes: whole.bytes * hours, objects: hours, runs: 1 };
    return {
      date: new Date().toISOString().slice(0, 10),
      parts: asked,
      machine: `${cpus()[0]?.model ?? "?"}, ${cpus().length} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
      load: { before, after: loadNow() },
      size,
      rows,
      held: load.held,
      idle: load.idle,
      contenders: [
        { name: "Freehold", first: first.freehold, changed: changed?.freehold, day: day?.freehold, underLoad: load.stage, restore: restored?.freehold },
        { name: "restic, live", first: first.restic, changed: changed?.restic, day: day?.restic, underLoad: load.restic, restore: restored?.restic },
        { name: "tar + gzip, live", first: whole, day: tarDay, underLoad: load.tar, restore: restored?.tar },
      ],
      dayRequests: day?.requests,
      bootMs: say("the restored tenant boots, ms", bootMs),
      firstBootMs,
    };
  } finally {
    manager.close();
  }
}

await buildImages();
const place = await createPlace(values.image ?? build(join(root, "runtime/images/tenant")), mb);
try {
  const figures = await measure(place);
  mkdirSync(values.out, { recursive: true });
  const text = page(figures);
  const name = asked.length === parts.length ? figures.date : `${figures.date}-${asked.join("-")}`;
  writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(figures, null, 2)}\n`);
  writeFileSync(join(values.out, `${name}.md`), text);
  console.log(text);
  process.exitCode = judge(figures).every(({ met }) => met) ? 0 : 1;
} finally {
  await place.remove();
}
