import { BlockList } from "node:net";
import { Failure } from "../cli/failure.ts";

/** The Internet of a rehearsal. Source: RFC 5737: this range is nobody's. */
export const addresses = {
  subnet: "198.51.100.0/24",
  others: "198.51.100.128/25",
  internet: "198.51.100.2",
  buckets: "198.51.100.3",
  home: "198.51.100.9",
} as const;

/**
 * Some networks use even a range that is nobody's: a mirror in it would be out of reach of this whole computer for as long as the rehearsal's network stands.
 * Shape of `found`: a host's name → its addresses. Throws: Failure that names the host.
 */
export function mustHideNone(found: Readonly<Record<string, readonly string[]>>): void {
  const [network = "", prefix = "24"] = addresses.subnet.split("/");
  const range = new BlockList();
  range.addSubnet(network, Number(prefix));
  for (const [host, own] of Object.entries(found))
    for (const address of own)
      if (!address.includes(":") && range.check(address))
        throw new Failure(
          `${host} is ${address} on this computer, in the range ${addresses.subnet} that a rehearsal takes for its own.`,
          "Give that host an address outside the range, or change the range in infra/rehearsal/addresses.ts.",
        );
}
