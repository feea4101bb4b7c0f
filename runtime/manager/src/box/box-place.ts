/** Where tenants' containers are made: the same for all of them. */
export interface BoxPlace {
  /** `freehold-<stack>`. */
  prefix: string;
  /** The volume with the tenants' folders. */
  volume: string;
  /** Holds Node and this service's sources; short-lived containers of it work on the tenants' folders. */
  keeperImage: string;
  /** The engine's name of the runtime that tenants' containers use, `runsc` for gVisor; the engine's own unless given. */
  runtime?: string;
  gatewayPort: number;
  /** What a tenant may use until it is ready, where its own share is less: OpenClaw's start is nearly all computing. No more than the machine has. */
  startCpus?: number;
}

export const labels = {
  stack: "freehold.stack",
  tenant: "freehold.tenant",
  generation: "freehold.generation",
  /** What the container was made from, without its environment: the doctor compares with it. */
  plan: "freehold.plan",
  keeper: "freehold.keeper",
} as const;

/** A tenant's id is also a label of its host's name, so nothing of it needs quoting anywhere. */
export const tenantId = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;

export const stackOf = (prefix: string) => prefix.replace(/^freehold-/, "");

export const tenantName = (prefix: string, id: string) => `${prefix}-tenant-${id}`;

export const openClawPort = 18_789;

/** Who is on a tenant's network besides the tenant: the names of the home's services, which are their aliases there. */
export const memberNames = ["edge", "gateway", "egress"] as const;
export type MemberName = (typeof memberNames)[number];

export const egressPort = 3_128;

/** Fixed places in a tenant's /28, so that a restart of a service changes no address. The engine keeps the first for the bridge. */
const offsets: Record<MemberName | "bridge" | "tenant", number> = { bridge: 1, tenant: 2, edge: 3, gateway: 4, egress: 5 };

/** Shape: IPv4 address. */
export function addressOf(subnet: string, who: keyof typeof offsets): string {
  const [base = ""] = subnet.split("/");
  const number = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + offsets[who];
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
