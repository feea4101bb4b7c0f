import ipaddr from "ipaddr.js";

/** Addresses of clouds' own services that no range of private addresses covers. Source: Azure's documentation of 168.63.129.16. */
const cloudAddresses = new Set(["168.63.129.16"]);

/**
 * Why nothing may be sent to an address, or undefined. Only what the Internet reaches is a target: not this machine, not the home's own networks, not a
 * cloud's metadata, whatever way the address is written.
 * Shape: `ownNetworks` in CIDR notation.
 */
export function refusalOf(address: string, ownNetworks: readonly string[]): string | undefined {
  if (!ipaddr.isValid(address)) return `${address} is no address`;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range !== "unicast") return `${address} is not an address of the Internet (${range})`;
  if (cloudAddresses.has(parsed.toString())) return `${address} is a service of the cloud itself`;
  const inside = ownNetworks.find((network) => {
    const [start, bits] = ipaddr.parseCIDR(network);
    return start.kind() === parsed.kind() && parsed.match(start, bits);
  });
  return inside === undefined ? undefined : `${address} lies in ${inside}, a network of this home`;
}
