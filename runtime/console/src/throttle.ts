/** So many tries at once, then one per interval. Units: milliseconds. */
export interface Limit {
  burst: number;
  intervalMs: number;
}

/** Wrong passwords of one address: five, then one a minute. */
export const addressLimit: Limit = { burst: 5, intervalMs: 60_000 };
/** Wrong passwords of all addresses together: 50, then one in two seconds. */
export const everyoneLimit: Limit = { burst: 50, intervalMs: 2_000 };
/** Links of notices that answered nothing, of one address: twenty, then one in five seconds. */
export const linkLimit: Limit = { burst: 20, intervalMs: 5_000 };
/** An address that signed in within this time is spared the common limit, so that strangers can't lock the owner out. */
export const knownAddressMs = 30 * 24 * 60 * 60_000;

/** How long until the next try is allowed, when tries are used up until a time. Units: milliseconds; 0 = now. */
export function waitMs({ burst, intervalMs }: Limit, usedUpUntilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil(usedUpUntilMs - (burst - 1) * intervalMs - nowMs));
}

/** What counts as one address: an IPv4 address, or the /64 of an IPv6 one, since a single host owns all of a /64. */
export function addressKey(address: string | undefined): string {
  if (address === undefined || address === "") return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(":") ? `${firstGroups(address).join(":")}::/64` : address;
}

function firstGroups(address: string): string[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array.from({ length: zeros }, () => "0"), ...back];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
}

/** Words for a wait, as a person says them. Shape: `40 seconds`, `2 minutes`. */
export function inWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds < 90) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
