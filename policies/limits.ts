/** A number that something of ours must not exceed, and who says so. */
export interface Limit<T = number> {
  readonly value: T;
  readonly unit: string;
  readonly source: string;
  /** Day on which the source said so. Shape: yyyy-mm-dd. */
  readonly date: string;
  readonly note?: string;
}

const alwaysFree = { source: "Oracle docs, Always Free Resources", date: "2026-09-04" } as const;
const priceList = { source: "Oracle price API, parts B93297 and B93298", date: "2026-10-01" } as const;
const googleFree = { source: "Google Cloud, Free Tier", date: "2026-09-20" } as const;
const cloudflareDocs = { source: "Cloudflare docs, API limits", date: "2026-11-21" } as const;
const cloudflareR2 = {
  source: "secondary sources on R2 pricing, 2025-01 to 2026-05",
  date: "2026-05-31",
  note: "not confirmed by Cloudflare's own pages",
} as const;
const own = { source: "Freehold's own choice", date: "2026-11-21" } as const;

/** What Oracle gives away for ever, in the home region only. */
const oracle = {
  a1: {
    free: {
      ocpus: { value: 2, unit: "OCPU", ...alwaysFree, note: "1,500 OCPU-hours a month, over all A1 instances; 4 OCPU until June 2026" },
      memoryGb: { value: 12, unit: "GB", ...alwaysFree, note: "9,000 GB-hours a month, over all A1 instances; 24 GB until June 2026" },
    },
    payg: {
      ocpus: { value: 4, unit: "OCPU", ...priceList, note: "the docs page says 2 for all tenancies: 4 needs the owner's acceptance of what it may cost" },
      memoryGb: { value: 24, unit: "GB", ...priceList, note: "the docs page says 12 for all tenancies: 24 needs the owner's acceptance of what it may cost" },
      worstCaseUsdPerMonth: {
        value: 28.04,
        unit: "USD",
        ...priceList,
        note: "computed for a 31-day month at 4/24, should only 1,500 OCPU-hours and 9,000 GB-hours be free",
      },
    },
    ocpuHours: { value: 1_500, unit: "OCPU-hours a month", ...alwaysFree },
    memoryGbHours: { value: 9_000, unit: "GB-hours a month", ...alwaysFree },
  },
  shapes: { value: ["VM.Standard.A1.Flex", "VM.Standard.E2.1.Micro"], unit: "shapes", ...alwaysFree },
  microInstances: { value: 2, unit: "instances", ...alwaysFree, note: "1/8 OCPU and 1 GB each, in one availability domain" },
  blockGb: { value: 200, unit: "GB", ...alwaysFree, note: "boot and data volumes together" },
  bootVolumeGb: { value: 50, unit: "GB", ...alwaysFree, note: "default and minimum of a boot volume" },
  volumePerformance: { value: 10, unit: "VPU/GB", ...alwaysFree, note: "Balanced; that it costs nothing inside the 200 GB is not confirmed by Oracle" },
  volumeBackups: { value: 5, unit: "backups", ...alwaysFree, note: "of boot and data volumes together" },
  objectStorageGb: { value: 20, unit: "GB", ...alwaysFree, note: "all tiers together; above it when a trial ends, all objects are deleted" },
  objectStorageRequests: { value: 50_000, unit: "requests a month", ...alwaysFree },
  vcns: { value: 2, unit: "VCNs", ...alwaysFree },
  egressTb: { value: 10, unit: "TB a month", ...alwaysFree },
  loadBalancers: { value: 1, unit: "load balancer", ...alwaysFree },
  loadBalancerMbps: { value: 10, unit: "Mbps", ...alwaysFree },
  networkLoadBalancers: { value: 1, unit: "network load balancer", ...alwaysFree },
  secrets: { value: 150, unit: "secrets", ...alwaysFree },
  mails: { value: 3_000, unit: "e-mails a month", ...alwaysFree },
  logsGb: { value: 10, unit: "GB a month", ...alwaysFree },
  /** All three below it over 7 days, at the 95th percentile, and the VM counts as idle and may be stopped. */
  idlePercent: { value: 20, unit: "% of CPU, network and memory", source: "Oracle docs, Always Free Resources, idle compute instances", date: "2026-09-04" },
} as const;

const google = {
  regions: { value: ["US-WEST1", "US-CENTRAL1", "US-EAST1"], unit: "regions", ...googleFree, note: "added together" },
  storageGb: { value: 5, unit: "GB-months", ...googleFree },
  classAOperations: { value: 5_000, unit: "operations a month", ...googleFree, note: "uploads, lists, composes; deletes are free" },
  classBOperations: { value: 50_000, unit: "operations a month", ...googleFree, note: "downloads and reads of metadata" },
  egressGb: { value: 100, unit: "GB a month", ...googleFree, note: "from North America, not to China or Australia" },
  softDeleteSeconds: {
    value: 0,
    unit: "s",
    source: "Google Cloud docs, Soft delete",
    date: "2026-11-21",
    note: "on by default for 7 days, and what is deleted counts as stored meanwhile",
  },
} as const;

const cloudflare = {
  dnsRecords: { value: 200, unit: "records a zone", ...cloudflareDocs, note: "zones created before 2024-09-01: 1,000" },
  apiRequests: { value: 1_200, unit: "requests in 5 minutes", ...cloudflareDocs, note: "then blocked for 5 minutes" },
  r2StorageGb: { value: 10, unit: "GB-months", ...cloudflareR2 },
  r2ClassAOperations: { value: 1_000_000, unit: "operations a month", ...cloudflareR2 },
  r2ClassBOperations: { value: 10_000_000, unit: "operations a month", ...cloudflareR2 },
} as const;

/** What a home allows itself, wherever it stands. */
const home = {
  memoryMb: {
    local: { value: 12_288, unit: "MB", ...own, note: "as much as the free VM has" },
    oracle: { value: 10_752, unit: "MB", ...own, note: "the VM's 12 GB less 1.5 GB for its kernel, Docker and sshd" },
  },
  machineMb: { value: 1_536, unit: "MB", ...own, note: "what a VM keeps for its kernel, Docker and sshd" },
  containerMinimumMb: { value: 6, unit: "MB", source: "Docker docs, Runtime options with memory", date: "2026-11-21" },
  containerLogMb: { value: 100, unit: "MB a container", ...own, note: "max-size × max-file" },
  capabilities: { value: ["NET_BIND_SERVICE"], unit: "capabilities", ...own, note: "lets a process that is not root listen below port 1024, nothing else" },
  publicPorts: { value: [80, 443], unit: "ports", ...own, note: "all else is reached through the edge" },
  /** A source of packets wider than this is the Internet, not an owner's address. */
  ownersPrefixBits: { value: { ipv4: 8, ipv6: 32 }, unit: "bits", ...own },
} as const;

/** Every number that policies judge by and components take their defaults from; each stands here once. */
export const limits = { oracle, google, cloudflare, home } as const;

export const places = ["local", "oracle"] as const;
export type PlaceName = (typeof places)[number];

export const profiles = ["free", "payg"] as const;
export type ProfileName = (typeof profiles)[number];

/** A limit as people read it: value, unit, and who says so. */
export function quote({ value, unit, source, date }: Limit<unknown>): string {
  const shown = Array.isArray(value) ? value.join(", ") : typeof value === "number" ? `${value.toLocaleString("en-US")} ${unit}` : JSON.stringify(value);
  return `${shown} (${source}, ${date})`;
}
