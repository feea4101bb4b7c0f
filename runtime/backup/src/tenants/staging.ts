import { mkdir, readFile, rm } from "node:fs/promises";
import { AppError, messageOf, systemCodeOf } from "@freehold/kernel/errors";
import { writeFileAtomic } from "@freehold/kernel/files";
import { z } from "zod";
import { backupError, hasCode } from "../errors.ts";
import type { RunContext } from "../restic.ts";
import { exists, namesIn, removeTree } from "../tree.ts";
import type { Manager, Tenant } from "./manager.ts";
import { doubtFreshCopies, foreknow, frozenPass, hotPass, isUnchanged, type Pass, type PassParts } from "./passes.ts";
import { tallyOf, tallySchema } from "./tally.ts";
import { isTenantId } from "./tenant-id.ts";
import { homeOf, stagedHomeOf, stageOf, stageRecordOf } from "./tenant-layout.ts";

export interface StagingParts extends PassParts {
  manager: Pick<Manager, "list" | "find" | "freeze" | "thaw">;
}

/** A tenant's home, ready for restic. */
const stagedSchema = z.object({
  id: z.string(),
  /** How long its processes stood still; 0 for one that slept. */
  pauseMs: z.number(),
  tally: tallySchema,
  /** Files that could not be read. */
  skipped: z.array(z.string()),
});

export type StagedTenant = z.output<typeof stagedSchema>;

export interface MissedTenant {
  id: string;
  code: string;
  message: string;
}

export interface StagedTenants {
  staged: StagedTenant[];
  missed: MissedTenant[];
}

/** Brings every tenant's stage to one moment of now. A tenant that fails is left out and named; the others go on. Throws: AppError `backup.stopped`. */
export async function stageTenants(parts: StagingParts, context: RunContext): Promise<StagedTenants> {
  const { layout, log } = parts;
  await mkdir(layout.stages, { recursive: true, mode: 0o700 });
  const stage = (await managerAnswers(parts)) ? stageTenant : stageUnasked;
  const result: StagedTenants = { staged: [], missed: [] };
  for (const id of (await namesIn(layout.tenantsDir)).filter(isTenantId).toSorted()) {
    if (!(await exists(homeOf(layout, id)))) continue;
    try {
      result.staged.push(await stage(parts, id, context));
    } catch (thrown) {
      if (hasCode(thrown, "backup.stopped")) throw thrown;
      // It was removed meanwhile: nothing is missed.
      if (!(await exists(homeOf(layout, id)))) continue;
      result.missed.push({ id, code: thrown instanceof AppError ? thrown.code : "backup.tool-failed", message: messageOf(thrown) });
      log.error("tenant.not-staged", { tenant: id, error: thrown });
    }
  }
  await dropStagesOfNobody(parts);
  return result;
}

/** What restic must not read: stages that are no whole copy of a moment of this run. */
export async function unusableStages({ layout }: StagingParts, { staged }: StagedTenants): Promise<string[]> {
  const usable = new Set(staged.map(({ id }) => id));
  return (await namesIn(layout.stages)).filter((name) => !usable.has(name)).map((name) => stageOf(layout, name));
}

async function managerAnswers({ manager, log }: StagingParts): Promise<boolean> {
  try {
    await manager.list();
    return true;
  } catch (error) {
    log.warn("tenants.manager-away", { error });
    return false;
  }
}

const runningStates = ["awake", "waking", "falling-asleep", "restoring"];
const runs = (tenant: Tenant | undefined): boolean => runningStates.includes(tenant?.state ?? "");

/** Whether nothing of the tenant can have run between two looks: it slept, and was not woken and put to sleep again meanwhile. */
const sleptThrough = (before: Tenant | undefined, after: Tenant | undefined): boolean =>
  !runs(before) && before?.state === after?.state && before?.readyAt === after?.readyAt;

async function stageTenant(parts: StagingParts, id: string, context: RunContext): Promise<StagedTenant> {
  const before = await parts.manager.find(id);
  const record = await takeRecord(parts, id);
  const first = await hotPass(parts, id, context, { trusted: record !== undefined, looks: runs(before) });
  if (sleptThrough(before, await parts.manager.find(id))) {
    if (record !== undefined && !first.changed) return keepRecord(parts, { ...record, pauseMs: 0 });
    return writeRecord(parts, id, { ...first, pauseMs: 0 });
  }
  // A second pass finds so little to do that little can change before the tenant stands still.
  const second = await hotPass(parts, id, context, { trusted: true, looks: true, known: foreknow(first, []) });
  const doubted = await doubtFreshCopies(parts, id, [first, second]);
  return writeRecord(parts, id, await frozenPass(parts, id, context, foreknow(second, doubted)));
}

/** Without the manager nobody can be asked to stand still: only a stage that is still equal to its home is of now. */
async function stageUnasked(parts: StagingParts, id: string, context: RunContext): Promise<StagedTenant> {
  const record = await readRecord(parts, id);
  if (record !== undefined && (await isUnchanged(parts, id, context))) return { ...record, pauseMs: 0 };
  throw backupError(
    "backup.manager-away",
    `The home of ${id} has changed, and the manager is not there to hold it still. It is saved once the manager answers.`,
  );
}

/** The record is gone while the stage is worked on: after a kill it is a copy of no one moment. */
async function takeRecord(parts: StagingParts, id: string): Promise<StagedTenant | undefined> {
  const record = await readRecord(parts, id);
  await rm(stageRecordOf(parts.layout, id), { force: true });
  return record;
}

async function readRecord({ layout }: StagingParts, id: string): Promise<StagedTenant | undefined> {
  try {
    return stagedSchema.parse(JSON.parse(await readFile(stageRecordOf(layout, id), "utf8")));
  } catch (thrown) {
    if (systemCodeOf(thrown) === "ENOENT" || thrown instanceof SyntaxError || thrown instanceof z.ZodError) return undefined;
    throw thrown;
  }
}

async function writeRecord(parts: StagingParts, id: string, { skipped, doubtful, pauseMs }: Pass & { pauseMs: number }): Promise<StagedTenant> {
  if (doubtful)
    throw backupError(
      "backup.tool-failed",
      `Files in the home of ${id} can't be read (${skipped.slice(0, 3).join(", ")} …), and this kernel has no Landlock to prove what their copies are. Unlock or remove them.`,
    );
  return keepRecord(parts, { id, pauseMs, skipped, tally: await tallyOf(stagedHomeOf(parts.layout, id)) });
}

async function keepRecord({ layout }: StagingParts, record: StagedTenant): Promise<StagedTenant> {
  await writeFileAtomic(stageRecordOf(layout, record.id), JSON.stringify(record), 0o600);
  return record;
}

/** A stage whose tenant has no home any more; its snapshots stay. */
async function dropStagesOfNobody({ layout }: StagingParts): Promise<void> {
  for (const name of await namesIn(layout.stages)) if (!(isTenantId(name) && (await exists(homeOf(layout, name))))) await removeTree(stageOf(layout, name));
}
