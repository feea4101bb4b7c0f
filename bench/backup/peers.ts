import { tenant, type Place } from "./place.ts";
import type { Contender, Work } from "./figures.ts";

const home = `/tenants/${tenant}/home`;
const shell = { tar: "/peers/home.tar.gz", excludes: `--exclude=${home}/cache --exclude=${home}/tmp --exclude='*-shm'` };
const restic = "restic --quiet -o s3.region=us-east-1 -o s3.bucket-lookup=path";

/** Units: seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

/** What a piece of work took and put into a folder of the bucket. */
export async function measured(place: Place, repository: "home" | "plain", work: () => Promise<unknown>): Promise<Work> {
  const before = await place.objects(repository);
  const seconds = await timed(work);
  const put = [...(await place.objects(repository))].filter(([name]) => !before.has(name));
  return { seconds, objects: put.length, bytes: put.reduce((sum, [, size]) => sum + size, 0) };
}

/** A backup of the live home by restic alone, with a cache of its own. */
export const resticBackup = (place: Place): Promise<Work> =>
  // 3: a file was away when its turn came.
  measured(place, "plain", () => place.peer(`${restic} backup ${shell.excludes} ${home} || [ $? -eq 3 ]`));

export const resticInit = (place: Place): Promise<unknown> => place.peer(`${restic} init`);

export async function tarBackup({ peer }: Place): Promise<Work> {
  // tar ends with 1 when a file changed while it was read, which is no reason for anybody to stop.
  const archive = `tar -C /tenants/${tenant} --format=posix --exclude=home/cache --exclude=home/tmp --exclude='*-shm' --warning=no-file-changed -cf - home | gzip -6 > ${shell.tar}`;
  const seconds = await timed(() => peer(archive));
  return { seconds, bytes: Number(await peer(`stat -c %s ${shell.tar}`)), objects: 1 };
}

/** Shape: the restored home below /peers. */
export const restores = {
  restic: { folder: `restic${home}`, script: `rm -rf /peers/restic; ${restic} restore latest --target /peers/restic` },
  tar: { folder: "tar/home", script: `rm -rf /peers/tar; mkdir /peers/tar; gzip -dc ${shell.tar} | tar -xpf - -C /peers/tar` },
};

/** Whether two databases of each copy are whole, and of one moment. */
export async function judgeDatabases(place: Place, source: "stage" | "restic" | "tar"): Promise<Contender["underLoad"]> {
  const names = "base-0.sqlite base-0.sqlite-wal base-1.sqlite base-1.sqlite-wal";
  const fetch = {
    stage: `for name in ${names}; do cp /tenants/.stage/${tenant}/home/data/$name /peers/judge/ 2>/dev/null || true; done`,
    restic: `${restic} restore latest:${home}/data --include 'base-[01].sqlite*' --target /peers/judge`,
    // Of these alone: a whole archive takes longer, so what lies beside one another in it is further apart in time.
    tar: `cd ${home}/data; tar --warning=no-file-changed --exclude='*-shm' -cf - base-[01].sqlite* | gzip -6 > ${shell.tar}; gzip -dc ${shell.tar} | tar -xf - -C /peers/judge`,
  };
  await place.peer(`rm -rf /peers/judge; mkdir /peers/judge; ${fetch[source]}`);
  const said = await place.peer("node --disable-warning=ExperimentalWarning /app/bench/backup/home-content.ts judge /peers/judge");
  return JSON.parse(said) as Contender["underLoad"];
}
