import type { ListedEvent, Tenant, TenantState } from "@freehold/kernel/api/tenant";

export const stateWords: Readonly<Record<TenantState, string>> = {
  provisioning: "Being set up",
  asleep: "Asleep",
  waiting: "Waiting for memory",
  waking: "Waking",
  awake: "Awake",
  "falling-asleep": "Falling asleep",
  stopped: "Stopped",
  failed: "Failed",
  restoring: "Being restored",
  removing: "Removed, kept for a while",
  removed: "Removed",
};

/** Tenants stand beside the console under the same domain: `console.home.example` → `u1.home.example`. */
export function originOf(id: string, { protocol, host }: { protocol: string; host: string }): string {
  return `${protocol}//${id}.${host.replace(/^console\./, "")}`;
}

export const formatMb = (mb: number): string => (mb >= 1_024 ? `${(mb / 1_024).toFixed(mb >= 10_240 ? 0 : 1)} GB` : `${Math.round(mb)} MB`);

/** Shape: `a of b`. */
export const ofLimit = (used: number | null | undefined, limit: number): string =>
  used === null || used === undefined ? formatMb(limit) : `${formatMb(used)} of ${formatMb(limit)}`;

/** `woken-by-schedule` reads as “Woken by schedule”. */
export const eventWords = ({ kind }: Pick<ListedEvent, "kind">): string => {
  const words = kind.replaceAll(/[-.]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** What else an event says, as text. */
export const eventDetail = ({ detail }: Pick<ListedEvent, "detail">): string =>
  Object.entries(detail)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(", ");

export type Offer = "wake" | "hibernate" | "start" | "restart" | "stop" | "keep";

/** What can be done with a tenant as it stands, the likeliest first. */
export function offersFor({ state, desired }: Pick<Tenant, "state" | "desired">): Offer[] {
  if (state === "removed") return [];
  if (state === "removing" || desired === "removed") return ["keep"];
  if (desired === "stopped" || state === "stopped") return ["start"];
  if (state === "failed") return ["restart", "stop"];
  if (state === "asleep" || state === "falling-asleep") return ["wake", "stop"];
  return ["hibernate", "restart", "stop"];
}

/** Names, one a line or between commas. */
export const namesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ),
];

/** A moment as the API takes it: that of a local date and time. */
export const momentOf = (local: string): string | undefined => {
  const time = Date.parse(local);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
};
