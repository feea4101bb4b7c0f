import type { GoogleError, QuotaViolation } from "./types.ts";

/** Which quota is used up; the gateway's circuit goes by it. */
export type QuotaKind = "minute" | "day" | "spend" | "model-off" | "unknown";

export interface Quota {
  kind: QuotaKind;
  /** Units: milliseconds from now. When it may be asked again; undefined where waiting doesn't help. */
  waitMs: number | undefined;
}

/** Units: milliseconds. Longer waits make Claude Code give up at once. */
const maxMinuteWaitMs = 60_000;
const unknownWaitMs = 30_000;

/**
 * Reads a 429 of Google's. Limits are per project and model; several may be violated at once, and the longest-lasting decides:
 * a daily quota comes with a `retryDelay` of seconds that leads nowhere.
 * Source: google.rpc.QuotaFailure, RetryInfo; ai.google.dev/gemini-api/docs/rate-limits; bodies as users recorded them (2025-09 to 2026-10).
 */
export function readQuota(error: GoogleError, now: number): Quota {
  const violations = (error.details ?? []).flatMap((detail) => detail.violations ?? []);
  const message = error.message ?? "";
  if (violations.some(isZero) || /\blimit: 0\b/.test(message)) return { kind: "model-off", waitMs: undefined };
  if (/spending cap|prepa(y|id|yment)|credits? (are|is|have been) (depleted|exhausted)|billing account/i.test(message))
    return { kind: "spend", waitMs: undefined };
  const ids = [...violations.map(nameOf), message];
  if (ids.some((id) => /per[ _]?day/i.test(id))) return { kind: "day", waitMs: nextPacificMidnight(now) - now };
  const resetMs = toldResetMs(error, now);
  if (resetMs !== undefined && resetMs > maxMinuteWaitMs) return { kind: "day", waitMs: resetMs };
  const delay = resetMs ?? retryDelayMs(error);
  if (violations.length > 0 || /per[ _]?minute/i.test(message))
    return { kind: "minute", waitMs: Math.min(maxMinuteWaitMs, Math.max(1_000, delay ?? unknownWaitMs)) };
  return { kind: "unknown", waitMs: Math.min(maxMinuteWaitMs, Math.max(1_000, delay ?? unknownWaitMs)) };
}

const isZero = ({ quotaValue }: QuotaViolation) => quotaValue === "0";
const nameOf = ({ quotaId = "", quotaMetric = "" }: QuotaViolation) => `${quotaId} ${quotaMetric}`;

/** Cloud Code Assist's quotas last hours, and it says when they begin anew. */
function toldResetMs({ details = [] }: GoogleError, now: number): number | undefined {
  for (const { metadata } of details) {
    const at = Date.parse(metadata?.quotaResetTimeStamp ?? "");
    if (!Number.isNaN(at)) return Math.max(0, at - now);
    const [, hours, minutes, seconds] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?$/.exec(metadata?.quotaResetDelay ?? "-") ?? [];
    const sum = Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    if (sum > 0) return Math.ceil(sum * 1_000);
  }
  return undefined;
}

function retryDelayMs({ details = [], message = "" }: GoogleError): number | undefined {
  const text = details.find((detail) => detail.retryDelay !== undefined)?.retryDelay ?? /retry in (\d+(?:\.\d+)?s)/.exec(message)?.[1];
  const seconds = Number(/^(\d+(?:\.\d+)?)s$/.exec(text ?? "")?.[1]);
  return Number.isFinite(seconds) ? Math.ceil(seconds * 1_000) : undefined;
}

const dayMs = 86_400_000;
const pacificTime = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/Los_Angeles",
  hourCycle: "h23",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
});

/** Daily quotas begin anew at midnight Pacific time, also on the two days a year that are not 24 hours long. */
export function nextPacificMidnight(now: number): number {
  const guess = now - sinceMidnight(now) + dayMs;
  const past = sinceMidnight(guess);
  return past < dayMs / 2 ? guess - past : guess + (dayMs - past);
}

/** Units: milliseconds on the clock of California. */
function sinceMidnight(time: number): number {
  const parts = Object.fromEntries(pacificTime.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  return ((parts["hour"] ?? 0) * 3_600 + (parts["minute"] ?? 0) * 60 + (parts["second"] ?? 0)) * 1_000 + (time % 1_000);
}
