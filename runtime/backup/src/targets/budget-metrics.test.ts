import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { silentLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { withBudgets } from "./budget-metrics.ts";
import { Meter } from "./meter.ts";
import { targetSchema } from "./target-settings.ts";

test("the metrics tell the counts of the moment at which they are read, as the status does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "meter-"));
  try {
    const clock = { now: () => Date.parse("2026-03-16T00:00:00Z") };
    const meter = await Meter.open({ own: join(folder, "main.json") }, clock, silentLog);
    const settings = targetSchema.parse({ name: "main", repository: "/folder", limits: { requests: 100 } });
    const metrics = withBudgets(createMetrics(), [{ name: "main", settings, meter }], clock);
    expect(await metrics.text()).toContain('backup_target_requests{target="main",class="a"} 0');
    for (let count = 0; count < 72; count++) meter.count("a", 0, 0);
    const text = await metrics.text();
    expect(text).toContain('backup_target_requests{target="main",class="a"} 72');
    expect(text).toContain('backup_budget_used_ratio{target="main",what="requests"} 0.72');
    await meter.flush();
  } finally {
    await rm(folder, { recursive: true });
  }
});
