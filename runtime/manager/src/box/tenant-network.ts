import type { NetworkInspectInfo } from "dockerode";
import { messageOf } from "@freehold/kernel/errors";
import type { Engine } from "../engine.ts";
import { fault } from "../errors.ts";
import { addressOf, memberNames, tenantName, type BoxPlace, type MemberName } from "./box-place.ts";
import { fits, isOurs, planNetwork } from "./network-plan.ts";
import type { BoxPlan } from "./tenant-box.ts";

export interface TenantNetworks {
  /** The network as the plan wants it, without its members yet. */
  ensure(plan: BoxPlan): Promise<void>;
  /** Brings the home's services onto it, and the egress proxy off it where the tenant has no Internet. */
  join(plan: Pick<BoxPlan, "id" | "subnet" | "internet">): Promise<void>;
  /** Takes the home's services off it and removes it; a network that is not ours stays. */
  remove(id: string): Promise<void>;
}

export function createTenantNetworks({ engine, place }: { engine: Engine; place: BoxPlace }): TenantNetworks {
  const container = (member: MemberName) => `${place.prefix}-${member}`;
  const remove = async (found: NetworkInspectInfo) => {
    // Only our own services are taken off: a stranger's container stays where it is, and the engine then refuses to remove the network.
    for (const member of memberNames) if (await belongs(engine, container(member), found)) await takeOff(found, member);
    await engine.removeNetwork(found.Id);
  };
  const takeOff = async (found: NetworkInspectInfo, member: MemberName) => {
    try {
      await engine.disconnect(found.Id, container(member));
    } catch (thrown) {
      if (!/is not connected to network/.test(messageOf(thrown))) throw thrown;
      // The engine ended in the midst of taking it off: its settings still name the network, and the engine refuses until it is really there.
      await connect(found.Id, { member, subnet: found.IPAM?.Config?.[0]?.Subnet ?? "" });
      await engine.disconnect(found.Id, container(member));
    }
  };
  const connect = (network: string, { member, subnet }: { member: MemberName; subnet: string }) =>
    engine.connect(network, container(member), { aliases: [member], address: addressOf(subnet, member) });
  return {
    ensure: async (plan) => {
      const wanted = planNetwork(plan, place);
      const found = await engine.inspectNetwork(wanted.Name);
      if (found !== undefined) {
        refuseForeign(found, plan.id, place.prefix);
        if (fits(found, wanted)) return;
        await remove(found);
      }
      await engine.createNetwork(wanted);
    },
    join: async (plan) => {
      const name = tenantName(place.prefix, plan.id);
      const found = await engine.inspectNetwork(name);
      const present = new Set(Object.values(found?.Containers ?? {}).map((one) => one.Name));
      for (const member of memberNames) {
        const wanted = member !== "egress" || plan.internet;
        if (wanted && !present.has(container(member))) await connect(name, { member, subnet: plan.subnet });
        if (!wanted && present.has(container(member))) await engine.disconnect(name, container(member));
      }
    },
    remove: async (id) => {
      const found = await engine.inspectNetwork(tenantName(place.prefix, id));
      if (found !== undefined && isOurs(found, id, place.prefix)) await remove(found);
    },
  };
}

/**
 * Whether a service is on a network, or will be when it starts again: the network lists only those that run, and a service that ended a moment
 * ago could never start again if its network were gone then.
 */
async function belongs(engine: Engine, container: string, { Name, Containers }: NetworkInspectInfo): Promise<boolean> {
  if (Object.values(Containers ?? {}).some((one) => one.Name === container)) return true;
  const info = await engine.inspect(container);
  return info?.NetworkSettings.Networks[Name] !== undefined;
}

function refuseForeign(found: NetworkInspectInfo, id: string, prefix: string): void {
  if (isOurs(found, id, prefix)) return;
  throw fault("tenant.foreign", `The network ${found.Name} exists and is not this stack's network of tenant ${id}, so it was left alone. Remove it by hand.`);
}
