import { type JobState, jobStates } from "@freehold/kernel/api/job-state";
import { isJobState } from "../../api/job-types.ts";

/** Which jobs are listed. The page's address holds it, so that a filter can be kept and sent. */
export interface JobFilter {
  states: readonly JobState[];
  wanted: string;
  schedule: string;
  /** Of which days, counted back from now. */
  days: "" | "1" | "7" | "30";
}

export const noFilter: JobFilter = { states: [], wanted: "", schedule: "", days: "" };

export const isFiltered = ({ states, wanted, schedule, days }: JobFilter): boolean => states.length > 0 || wanted !== "" || schedule !== "" || days !== "";

export function filterOf(search: URLSearchParams): JobFilter {
  const days = search.get("days");
  return {
    states: (search.get("state") ?? "").split(",").filter(isJobState),
    wanted: search.get("search") ?? "",
    schedule: search.get("schedule") ?? "",
    days: days === "1" || days === "7" || days === "30" ? days : "",
  };
}

export const searchOf = ({ states, wanted, schedule, days }: JobFilter): Record<string, string> => ({
  ...(states.length > 0 && { state: states.join(",") }),
  ...(wanted !== "" && { search: wanted }),
  ...(schedule !== "" && { schedule }),
  ...(days !== "" && { days }),
});

/** What the worker is asked; the beginning is a full hour, so that each look asks the same. */
export function queryOf({ states, wanted, schedule, days }: JobFilter, nowMs: number): Record<string, string> {
  const hour = 3_600_000;
  return {
    ...(states.length > 0 && states.length < jobStates.length && { state: states.join(",") }),
    ...(wanted.trim() !== "" && { search: wanted.trim() }),
    ...(schedule !== "" && { schedule }),
    ...(days !== "" && { from: new Date(Math.floor(nowMs / hour) * hour - Number(days) * 24 * hour).toISOString() }),
  };
}

export const withState = (states: readonly JobState[], state: JobState): JobState[] =>
  states.includes(state) ? states.filter((known) => known !== state) : jobStates.filter((known) => known === state || states.includes(known));
