import { budgetOf, plannedRequests, requestsOf } from "./budget.ts";
import { targetSchema, type TargetSettings } from "./target-settings.ts";

/** What a month is made of; every number is a choice that the output names. */
const assumptions = {
  tenants: 20,
  homeMb: 60,
  /** Share of a home's bytes that restic takes as new each day, compressed: workspaces and small databases. */
  changedPerDay: 0.03,
  compressed: 0.6,
  restMb: 300,
  restChangedPerDay: 0.05,
  days: 31,
  packMb: 16,
};

const from = Date.parse("2026-02-28T23:59:59Z");
const until = Date.parse("2026-04-01T00:00:00Z");
const oci = { storageBytes: 20e9, requests: 50_000 };
const google = { storageBytes: 5e9, classA: 5_000, classB: 50_000 };
/** A segment every 5 minutes, and a base backup each day. */
const wal = { requests: 8_928 * 3 + 31 * 32, storageBytes: 2e9 };

const targets = [
  targetSchema.parse({
    name: "hourly",
    repository: "s3:https://s3.example/bucket/home",
    region: "x",
    accessKeyFile: "/k",
    secretKeyFile: "/k",
    limits: oci,
    reserved: wal,
  }),
  targetSchema.parse({
    name: "offsite",
    repository: "gs:bucket:/home",
    schedule: "0 3 * * *",
    emulatorUrl: "http://bucket:4443",
    keepHourly: 0,
    limits: google,
  }),
];

function month(target: TargetSettings) {
  const { tenants, homeMb, changedPerDay, compressed, restMb, restChangedPerDay, days, packMb } = assumptions;
  const firstMb = (tenants * homeMb + restMb) * compressed;
  const dailyMb = (tenants * homeMb * changedPerDay + restMb * restChangedPerDay) * compressed;
  const storedBytes = (firstMb + dailyMb * Math.min(days, target.keepDaily)) * 1e6;
  const packs = Math.ceil((firstMb + dailyMb * days) / packMb);
  const { a, b, free } = plannedRequests(target, from, until, { storedBytes });
  const counts = {
    month: "2026-03",
    a: a + packs,
    b,
    free,
    sentBytes: 0,
    receivedBytes: 0,
    runs: 0,
    runRequests: { a: 0, b: 0, free: 0 },
    storedBytes,
    storedAt: 0,
  };
  return budgetOf(target, counts, until - 1).map(({ what, limit, used }) => ({
    target: target.name,
    what,
    used: Math.round(used),
    limit,
    "%": Math.round((100 * used) / limit),
  }));
}

console.log("A month of 31 days:", JSON.stringify(assumptions), "\nRequests of one run:", JSON.stringify({ s3: requestsOf.s3, gs: requestsOf.gs }));
console.table(targets.flatMap(month));
