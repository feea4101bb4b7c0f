import { describe, expect, test } from "@jest/globals";
import { parseSettings } from "../settings.ts";
import { cloudConfiguration } from "../testing/captured.ts";
import { readAnswer } from "./standing.ts";
import { backupRows, budgetRows, idleRows, renderRows, usageRows } from "./standing-rows.ts";

const settings = parseSettings("prod", cloudConfiguration());
const known = (type: string, inputs: Record<string, unknown>, outputs: Record<string, unknown> = {}) => ({ urn: `u::${type}`, type, inputs, outputs });
const vm = known("oci:Core/instance:Instance", { shapeConfig: { ocpus: 2, memoryInGbs: 12 }, availabilityDomain: "AD-1" }, { state: "RUNNING" });
const volume = known("oci:Core/volume:Volume", { sizeInGbs: "100" });

describe("what a home in the clouds uses", () => {
  test("is shown beside each free limit", () => {
    const rows = usageRows([vm, volume, known("oci:Core/vcn:Vcn", {})], settings);
    expect(rows.map(({ what, figure, limit, state }) => [what, figure, limit, state])).toEqual([
      ["machine", "running, AD-1", "", "ok"],
      ["processors", "2", "2 OCPU", "ok"],
      ["memory", "12", "12 GB", "ok"],
      ["block volumes, boot and data", "150", "200 GB", "ok"],
      ["networks", "1", "2 VCNs", "ok"],
      ["DNS records", "0", "200 records a zone", "ok"],
    ]);
  });

  test("wants a look where it is beyond a limit, and where Oracle stopped the machine", () => {
    const stopped = { ...vm, outputs: { state: "STOPPED" } };
    const rows = usageRows([stopped, vm, volume], settings);
    expect(rows.filter(({ state }) => state === "look").map(({ what, figure }) => [what, figure])).toEqual([
      ["machine", "stopped, AD-1"],
      ["processors", "4"],
      ["memory", "24"],
    ]);
  });

  test("a home without a machine says so", () => {
    expect(usageRows([volume], settings)[0]).toMatchObject({ figure: "none (taken down, or not had yet)", state: "ok" });
  });
});

describe("backups", () => {
  const target = { name: "hourly", nextRunAt: "2026-11-22T02:17:00Z", lastError: null, budget: [] };

  test("are shown by age and number, each place for itself", () => {
    const snapshots = [
      { target: "hourly", createdAt: "2026-11-22T01:17:00Z" },
      { target: "hourly", createdAt: "2026-11-22T00:17:00Z" },
    ];
    const rows = backupRows([target, { ...target, name: "offsite", nextRunAt: null }], snapshots, Date.parse("2026-11-22T02:00:00Z"));
    expect(rows).toEqual([
      { what: "backups hourly", figure: "43 min old, 2 kept", limit: "next 2026-11-22T02:17:00Z", state: "ok" },
      { what: "backups offsite", figure: "none yet", limit: "", state: "look" },
    ]);
  });

  test("that failed say why", () => {
    const lastError = { code: "backup.bucket-away", message: "no answer", at: "2026-11-22T01:17:00Z" };
    expect(backupRows([{ ...target, lastError }], [{ createdAt: "2026-11-19T00:00:00Z" }], Date.parse("2026-11-22T02:00:00Z"))).toMatchObject([
      { figure: "3 days old, 1 kept; backup.bucket-away: no answer", state: "look" },
    ]);
  });

  test("want a look once 80 % of a free amount is used, or the month will be beyond it", () => {
    const line = { what: "requests" as const, limit: 50_000, used: 41_000, forecast: 45_000 };
    const budget = [line, { ...line, used: 100, forecast: 60_000 }, { what: "storageBytes" as const, limit: 20e9, used: 1.5e9, forecast: 2e9 }];
    expect(budgetRows([{ ...target, budget }]).map(({ what, figure, limit, state }) => [what, figure, limit, state])).toEqual([
      ["bucket hourly, requests this month", "41,000 (45,000 by its end)", "50,000", "look"],
      ["bucket hourly, requests this month", "100 (60,000 by its end)", "50,000", "look"],
      ["bucket hourly, stored", "1.5 GB (2 GB by its end)", "20 GB", "ok"],
    ]);
  });
});

describe("the risk that Oracle takes the machine for idle", () => {
  const quiet = { cpu: 0.03, memory: 0.12, networkBytes: 12_500, days: 7 };
  const verdict = (figures: Parameters<typeof idleRows>[0]) => idleRows(figures, 2).at(-1);

  test("is there where all three measures are below 20 %, each shown with its limit", () => {
    expect(idleRows(quiet, 2).map(({ what, figure, limit, state }) => [what, figure, limit, state])).toEqual([
      ["processors, 95th percentile of 7 days", "3.0 %", "idle below 20.0 %", "ok"],
      ["network, mean of 7 days", "0.1 Mbps at most, 0.0 %", "idle below 20.0 %", "ok"],
      ["memory, mean of 7 days", "12.0 %", "idle below 20.0 %", "ok"],
      ["idle reclaim", "all three are below: Oracle may stop it; docs/prod.md says what helps", "", "look"],
    ]);
  });

  test.each([
    ["processors", { ...quiet, cpu: 0.2 }],
    ["network", { ...quiet, networkBytes: 50e6 }],
    ["memory", { ...quiet, memory: 0.31 }],
  ])("is gone where %s alone reach the limit", (_what, figures) => {
    expect(verdict(figures)).toMatchObject({ figure: "no risk", state: "ok" });
  });

  test("is told by the days that there are, and not at all without figures", () => {
    expect(verdict({ ...quiet, days: 1.5 })).toMatchObject({ figure: expect.stringContaining("by 1.5 of 7 days"), state: "look" });
    expect(verdict({ cpu: undefined, memory: undefined, networkBytes: undefined, days: 0 })).toMatchObject({ state: "unknown" });
  });

  test("is nobody's business on one's own machine, where the figures are shown all the same", () => {
    const rows = idleRows(quiet, undefined);
    expect(rows).toHaveLength(3);
    expect(rows.map(({ limit, state }) => [limit, state])).toEqual(rows.map(() => ["not judged here", "ok"]));
  });
});

test("an answer of the figures is one number, none, or a refusal", () => {
  const answer = (body: unknown) => `HTTP/1.0 200 OK\r\nVary: x\r\n\r\n${JSON.stringify(body)}`;
  expect(readAnswer(answer({ status: "success", data: { result: [{ value: [1, "0.25"] }] } }))).toBe(0.25);
  expect(readAnswer(answer({ status: "success", data: { result: [] } }))).toBeUndefined();
  expect(() => readAnswer(answer({ status: "error", error: "bad query" }))).toThrow("bad query");
});

test("the table marks what wants a look", () => {
  const rows = [
    { what: "drift", figure: "none", limit: "", state: "ok" as const },
    { what: "processors", figure: "4", limit: "2 OCPU", state: "look" as const },
  ];
  expect(renderRows(rows)).toBe("ok   drift       none\nLOOK processors  4     2 OCPU");
});
