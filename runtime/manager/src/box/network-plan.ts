import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";
import { addressOf, labels, stackOf, tenantName, type BoxPlace } from "./box-place.ts";
import type { BoxPlan } from "./tenant-box.ts";

/** A tenant's network: no way out, and no address of the host on it. */
export function planNetwork({ id, subnet }: Pick<BoxPlan, "id" | "subnet">, { prefix }: Pick<BoxPlace, "prefix">): NetworkCreateOptions {
  return {
    Name: tenantName(prefix, id),
    Driver: "bridge",
    Internal: true,
    EnableIPv6: false,
    // Named although the engine would take the same: one that is killed while it removes a network for which it has chosen panics at each start from then on
    // (Docker 20.10, libnetwork's reservePools), until somebody deletes its list of networks.
    IPAM: { Driver: "default", Config: [{ Subnet: subnet, Gateway: addressOf(subnet, "bridge") }] },
    // Without its address a container can't reach what listens on the host, whatever the host's firewall says.
    Options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    Labels: { [labels.stack]: stackOf(prefix), [labels.tenant]: id },
  };
}

/** Whether the network is this stack's network of this tenant. */
export const isOurs = (found: Pick<NetworkInspectInfo, "Labels">, id: string, prefix: string) =>
  found.Labels?.[labels.stack] === stackOf(prefix) && found.Labels[labels.tenant] === id;

/** Whether the network is as the plan wants it; another range or a way out means that it must be made anew. */
export function fits(found: NetworkInspectInfo, wanted: NetworkCreateOptions): boolean {
  return (
    found.Internal &&
    !found.EnableIPv6 &&
    found.Driver === wanted.Driver &&
    found.IPAM?.Config?.[0]?.Subnet === wanted.IPAM?.Config?.[0]?.Subnet &&
    found.Options?.["com.docker.network.bridge.inhibit_ipv4"] === "true"
  );
}
