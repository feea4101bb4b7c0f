import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

const passing = /out of (host )?capacity|TooManyRequests|429/i;
/** Oracle's limits are not capacity: waiting does not change them. */
const lasting = /LimitExceeded|QuotaExceeded/i;

/** Whether, and how long to wait before, a VM that could not be had is asked for again. Units: milliseconds. */
export function retryAfterMs(errors: readonly string[], random: number): number | undefined {
  const [newest = ""] = errors;
  if (!passing.test(newest) || lasting.test(newest) || errors.length > 20) return undefined;
  return Math.min(60_000, 10_000 * errors.length) + Math.round(random * 5_000);
}

/**
 * Asks for the VM again within the same update, where Oracle is out of machines for a moment. Inputs can't be changed here:
 * another domain or size is what `freehold claim` is for. Engines before 3.244 don't call it for errors of a provider.
 */
export const capacityRetry = () =>
  new pulumi.ErrorHook("a1-capacity", async ({ errors, failedOperation }) => {
    const waitMs = failedOperation === "create" ? retryAfterMs(errors, Math.random()) : undefined;
    if (waitMs === undefined) return false;
    await delay(waitMs);
    return true;
  });
