import type { ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import { labels, stackOf, tenantId, tenantName, type BoxPlace } from "./box-place.ts";

/** Tenants' containers by id; a container that only has the name of one is never given out. */
export interface OwnContainers {
  find(id: string): Promise<ContainerInspectInfo | undefined>;
  /** Throws: `tenant.not-running`. */
  present(id: string): Promise<ContainerInspectInfo>;
  /** Paused ones too. Throws: `tenant.not-running`. */
  running(id: string): Promise<ContainerInspectInfo>;
  /** Throws: `tenant.running` where there is a container, in whatever state. */
  mustBeAbsent(id: string): Promise<void>;
}

export function createOwnContainers(engine: Engine, { prefix }: Pick<BoxPlace, "prefix">): OwnContainers {
  const find = async (id: string) => {
    if (!tenantId.test(id)) throw fault("tenant.bad-id", `${JSON.stringify(id)} is no tenant's id: 2 to 32 lower-case letters, digits and dashes.`);
    const info = await engine.inspect(tenantName(prefix, id));
    if (info !== undefined) refuseForeign(info, id, prefix);
    return info;
  };
  const present = async (id: string) => {
    const info = await find(id);
    if (info === undefined) throw fault("tenant.not-running", `Tenant ${id} has no container now. Start it.`);
    return info;
  };
  return {
    find,
    present,
    running: async (id) => {
      const info = await present(id);
      if (!info.State.Running) throw fault("tenant.not-running", `Tenant ${id} doesn't run now. Start it.`);
      return info;
    },
    mustBeAbsent: async (id) => {
      if ((await find(id)) !== undefined) throw fault("tenant.running", `Tenant ${id} still has a container, so its home stays as it is. Stop it first.`);
    },
  };
}

function refuseForeign(info: ContainerInspectInfo, id: string, prefix: string): void {
  if (info.Config.Labels[labels.stack] === stackOf(prefix) && info.Config.Labels[labels.tenant] === id) return;
  throw fault("tenant.foreign", `The container ${info.Name.slice(1)} is not this stack's container of tenant ${id}, so it was left alone. Remove it by hand.`);
}
