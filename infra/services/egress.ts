import type { Service } from "../components/service.ts";
import type { Ground } from "../ground.ts";
import { ports } from "../ports.ts";

/** The tenants' way to the Internet, and to nothing else. The manager brings it onto the network of each tenant that may use it. */
export function egressService(home: Ground): Service {
  // Private ranges are refused in any case; these may be others.
  const ranges = [home.settings.jobs.subnets, home.settings.tenants.subnets].filter((range) => range !== undefined);
  return home.service("egress", {
    environment: { DENIED_RANGES: ranges.join(",") },
    networks: [home.networks.egress],
    memoryMb: 96,
    health: { command: `exec 3<>/dev/tcp/127.0.0.1/${ports.egress}` },
  });
}
