import type { Log } from "@freehold/kernel/log";
import { fault } from "../errors.ts";
import { tenantId, type BoxPlace } from "./box-place.ts";
import type { Keepers } from "./keeper-runs.ts";
import type { OwnContainers } from "./own-containers.ts";
import type { TenantBox } from "./tenant-box.ts";

interface HomeParts {
  place: BoxPlace;
  log: Log;
  own: OwnContainers;
  keepers: Keepers;
  now: () => Date;
}

const dayMs = 86_400_000;

/** The tenants' folders on the volume. */
export function createHomes({
  place,
  log,
  own,
  keepers,
  now,
}: HomeParts): Pick<TenantBox, "prepare" | "erase" | "swapHome" | "disks" | "nextDue" | "tidy" | "removeLeft"> {
  return {
    prepare: async ({ id, config, subnet }) => {
      await own.find(id);
      const input = { settings: config, subnet, gatewayPort: place.gatewayPort };
      const { written, unreadable } = await keepers.run({ do: "prepare", id, config: input });
      if (written === true) log.info("tenant.config-written", { id, unreadable });
    },
    erase: async (id) => {
      await own.mustBeAbsent(id);
      await keepers.run({ do: "erase", id });
      log.info("tenant.home-erased", { id });
    },
    swapHome: async (id, fromFolder) => {
      const from = restoredFolder(fromFolder);
      await own.mustBeAbsent(id);
      // What was restored may hold links to anywhere: what opens files in it sees nothing but that folder. After the swap it is gone, and that is fine.
      const settled = await keepers.run({ do: "settle" }, from).catch((thrown: unknown) => {
        if ((thrown as { code?: string }).code !== "container.folder-missing") throw thrown;
      });
      await keepers.run({ do: "swap", id, from, replaced: `replaced-${stamp(now())}` });
      log.info("tenant.home-swapped", { id, from, databases: settled?.["databases"] });
    },
    disks: async (ids) => {
      const known = ids.filter((id) => tenantId.test(id));
      const kibibytes = known.length === 0 ? {} : await keepers.run({ do: "measure", ids: known });
      return new Map(Object.entries(kibibytes).map(([id, size]) => [id, Math.ceil(Number(size) / 1_024)]));
    },
    // The database is the tenant's own: what opens it sees nothing else.
    nextDue: async (id) => {
      if (!tenantId.test(id)) return null;
      const { dueAt } = await keepers.run({ do: "due" }, `${id}/home`);
      return typeof dueAt === "number" ? dueAt : null;
    },
    removeLeft: () => keepers.removeLeft(),
    tidy: async () => {
      const { removed } = await keepers.run({ do: "tidy", before: stamp(new Date(now().getTime() - dayMs)) });
      if (Array.isArray(removed) && removed.length > 0) log.info("tenant.replaced-homes-removed", { removed });
    },
  };
}

/** A time that is also a name of a folder, and sorts as the times do. */
const stamp = (time: Date) => time.toISOString().replaceAll(/[:.]/g, "-");

/** One level, since a deeper part of the path could be a link that was restored. Throws: `tenant.folder-missing` for anything but a folder in `.restore/`; a leading `/tenants/`, as the backup service sees the volume, is taken off. */
function restoredFolder(given: string): string {
  const folder = given.replace(/^\/tenants\//, "").replace(/\/$/, "");
  if (/^\.restore\/[A-Za-z0-9][A-Za-z0-9._-]*$/.test(folder)) return folder;
  throw fault("tenant.folder-missing", `${JSON.stringify(given)} is no restored folder: it must lie in .restore/ of the tenants' volume.`);
}
