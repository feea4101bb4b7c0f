import { endOf, type Budget, type Period } from "../budgets/budget.ts";
import { refusal, type Refusal } from "../errors.ts";
import type { Refused, Shortage } from "./ledger.ts";
import type { Limits } from "./limits.ts";

/** A client that is told to wait longer gives up; the window is a minute. Units: seconds. */
const longestWaitSeconds = 60;

/** Tells the caller why its call does not pass and when it may. Units: `now` in milliseconds since 1970. */
export function refusalOf({ short, waitMs }: Refused, { limits, budget }: { limits: Limits; budget: Budget | undefined }, now: number): Refusal {
  if (short === "budget-day" || short === "budget-month") return budgetRefusal(short === "budget-day" ? "day" : "month", budget, now);
  if (short === "day") {
    const end = endOf("day", now);
    const message = `This key may make ${limits.requestsPerDay} requests a day and has made them. Come back after ${timeOf(end)}, or ask the owner to raise it.`;
    return refusal("limit.day", message, { retryAfterSeconds: secondsTo(end, now) });
  }
  const retryAfterSeconds = Math.min(longestWaitSeconds, Math.max(1, Math.ceil(waitMs / 1_000)));
  return refusal("limit.reached", `This key is at its limit of ${limitText(short, limits)}. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
}

function limitText(short: Shortage, limits: Limits): string {
  switch (short) {
    case "requests":
      return `${limits.requestsPerMinute} requests a minute`;
    case "inputTokens":
      return `${limits.inputTokensPerMinute} input tokens a minute`;
    case "outputTokens":
      return `${limits.outputTokensPerMinute} output tokens a minute`;
    case "concurrent":
      return `${limits.concurrent ?? "no more"} calls at once`;
    default:
      return "what its running calls may still cost";
  }
}

/** Source of the headers: code.claude.com, LLM gateway protocol, 2026-11: without further ones the client shows the sentence as it stands. */
function budgetRefusal(period: Period, budget: Budget | undefined, now: number): Refusal {
  const end = endOf(period, now);
  const limitUsd = (period === "day" ? budget?.dayUsd : budget?.monthUsd) ?? 0;
  const message = `This key's budget of $${limitUsd} a ${period} is used up until ${timeOf(end)}; ask the owner of the home to raise it in the console.`;
  return refusal("budget.reached", message, {
    retryAfterSeconds: secondsTo(end, now),
    headers: {
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-reset": String(Math.ceil(end / 1_000)),
      "anthropic-ratelimit-unified-overage-disabled-reason": "org_spend_cap_reached",
    },
  });
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
const secondsTo = (ms: number, now: number): number => Math.max(1, Math.ceil((ms - now) / 1_000));
