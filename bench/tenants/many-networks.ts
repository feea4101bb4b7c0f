import { slotSubnet } from "../../infra/slot-subnet.ts";
import { createBoxHome, type BoxHome } from "../../tests/support/box-home.ts";
import { docker } from "../../tests/support/job-place.ts";

/** Units: milliseconds. */
export interface ManyNetworks {
  /** How many there were at one time, each with its own range and all of its members. */
  atOnce: number;
  ms: number;
  removedMs: number;
}

/**
 * As many tenants' networks at one time as there are tenants, each with edge, gateway and egress on it: what Docker would have to hold if all were awake.
 * A place of its own, without a manager: that would remove networks of nobody. Shape: the range is the first two numbers, `10.233`.
 */
export async function layNetworks({ count, range, tenantImage }: { count: number; range: string; tenantImage: string }): Promise<ManyNetworks> {
  const home = createBoxHome("networks", { tenantImage, range });
  try {
    return await lay(home, { count, range });
  } finally {
    home.remove();
  }
}

async function lay(home: BoxHome, { count, range }: { count: number; range: string }): Promise<ManyNetworks> {
  const plans = Array.from({ length: count }, (_, index) => home.plan(`net${index + 1}`, { subnet: slotSubnet(`${range}.0.0/17`, index + 1) ?? "" }));
  const began = performance.now();
  await severalAtOnce(plans, async (plan) => {
    await home.networks.ensure(plan);
    await home.networks.join(plan);
  });
  const ms = performance.now() - began;
  const atOnce = plans.filter(({ id, subnet }) => isWhole(home, home.nameOf(id), subnet)).length;
  const removing = performance.now();
  await severalAtOnce(plans, ({ id }) => home.networks.remove(id));
  return { atOnce, ms, removedMs: performance.now() - removing };
}

/** As many as a manager works on. */
async function severalAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const working = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([1, 2, 3, 4].map(working));
}

function isWhole(home: BoxHome, network: string, subnet: string): boolean {
  const text = docker("network", "inspect", network);
  const [found] = JSON.parse(text) as [{ Internal: boolean; IPAM: { Config: { Subnet: string }[] }; Containers: Record<string, { Name: string }> }];
  const members = Object.values(found.Containers).map(({ Name }) => Name.replace(`${home.prefix}-`, ""));
  return found.Internal && found.IPAM.Config[0]?.Subnet === subnet && members.toSorted().join(" ") === "edge egress gateway";
}
