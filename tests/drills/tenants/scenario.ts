import { createDice, type Dice } from "../../support/dice.ts";
import { bucketErrors, type BucketError } from "./flaky-bucket.ts";

export const operations = [
  "visit",
  "start",
  "stop",
  "hibernate",
  "restart",
  "resize",
  "backup",
  "backup",
  "restore",
  "restore-into",
  "remove",
  "remove-later",
  "keep",
] as const;
export type OperationKind = (typeof operations)[number];

/** What is killed, ended or taken away; `bucket-…` makes requests to the bucket fail. */
export const faults = [
  "manager-killed",
  "backup-killed",
  "backup-killed-at-request",
  "docker-killed",
  "docker-restarted",
  "caddy-killed",
  "caddy-restarted",
  "caddy-made-anew",
  "tenant-killed",
  "tenant-removed",
  "bucket",
] as const;
export type FaultKind = (typeof faults)[number];

export interface Fault {
  kind: FaultKind;
  /** Units: milliseconds after the operation began. */
  afterMs: number;
  /** Units: milliseconds until what was killed is started again. */
  awayMs: number;
  /** Of the bucket: which request it is, or how many fail. */
  requests: number;
  error: BucketError;
  /** Whether the engine that comes next lets containers run on without it. */
  keepsContainers: boolean;
}

export interface Step {
  operation: OperationKind;
  /** Which of the run's two tenants. */
  tenant: 0 | 1;
  memoryMb: number;
  finalBackup: boolean;
  /** Which of the snapshots that were confirmed, counted from the newest. */
  back: number;
  fault: Fault | undefined;
  /** Whether all comes to rest before the next step. */
  rests: boolean;
}

const pick = <T>(dice: Dice, from: readonly T[]): T => from[dice(from.length)] as T;

/** The engine's faults end whatever runs; so many in one run would look like an assistant that dies again and again, which is given up on purpose. */
const mostEngineFaults = 2;

/** What happens in one run: the same for the same seed. */
export function planRun(seed: number): Step[] {
  const dice = createDice(seed * 1_000_003);
  let engineFaults = 0;
  return Array.from({ length: 4 + dice(3) }, (): Step => {
    const fault = dice(10) < 7 ? planFault(dice) : undefined;
    const isEngine = fault?.kind.startsWith("docker-") === true;
    if (isEngine) engineFaults += 1;
    return {
      operation: pick(dice, operations),
      tenant: dice(2) as 0 | 1,
      memoryMb: pick(dice, [1_024, 1_280, 1_536]),
      finalBackup: dice(3) === 0,
      back: dice(3),
      fault: isEngine && engineFaults > mostEngineFaults ? undefined : fault,
      rests: dice(2) === 0,
    };
  });
}

const planFault = (dice: Dice): Fault => ({
  kind: pick(dice, faults),
  afterMs: dice(2_500),
  awayMs: dice(1_500),
  requests: 1 + dice(20),
  error: pick(dice, bucketErrors),
  keepsContainers: dice(2) === 0,
});
