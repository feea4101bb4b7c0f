import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { labels } from "./container-plan.ts";

export const containerStates = ["created", "running", "exited"] as const;
export type ContainerState = (typeof containerStates)[number];

/** A job container as `GET /containers/:name` shows it. Shape: times are ISO 8601. */
export interface ContainerView {
  name: string;
  jobId: string;
  attempt: number;
  slot: number;
  state: ContainerState;
  exitCode: number | null;
  oomKilled: boolean;
  startedAt: string | null;
  finishedAt: string | null;
}

export type ContainerSummary = Pick<ContainerView, "name" | "jobId" | "attempt" | "slot" | "state">;

export function viewOf(info: Pick<ContainerInspectInfo, "Name" | "State" | "Config">, prefix: string): ContainerView {
  const state = stateOf(info.State.Status);
  return {
    ...identityOf(info.Name, info.Config.Labels, prefix),
    state,
    exitCode: state === "exited" ? info.State.ExitCode : null,
    oomKilled: info.State.OOMKilled,
    startedAt: timeOf(info.State.StartedAt),
    finishedAt: timeOf(info.State.FinishedAt),
  };
}

export function summaryOf(info: Pick<ContainerInfo, "Names" | "Labels" | "State">, prefix: string): ContainerSummary {
  return { ...identityOf(info.Names[0] ?? "", info.Labels, prefix), state: stateOf(info.State) };
}

function identityOf(dockerName: string, given: Record<string, string>, prefix: string) {
  return {
    name: dockerName.replace(/^\//, "").slice(prefix.length + 1),
    jobId: given[labels.job] ?? "",
    attempt: Number(given[labels.attempt]),
    slot: Number(given[labels.slot]),
  };
}

function stateOf(status: string): ContainerState {
  if (status === "created") return "created";
  return status === "running" || status === "paused" || status === "restarting" ? "running" : "exited";
}

/** Docker says year 1 for "never". */
const timeOf = (time: string) => (time === "" || time.startsWith("0001-") ? null : time);
