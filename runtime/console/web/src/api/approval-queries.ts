import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Approval, ApprovalAnswer } from "./approval-types.ts";
import { call } from "./client.ts";

interface Filter {
  state: "pending" | "answered";
  job?: string;
}

export const useApprovals = ({ state, job }: Filter, { enabled = true, everyMs = 4_000 }: { enabled?: boolean; everyMs?: number } = {}) =>
  useQuery({
    queryKey: ["approvals", state, job ?? "all"],
    queryFn: async ({ signal }) =>
      (await call<{ approvals: Approval[] }>("GET", `/api/approvals?${new URLSearchParams({ state, ...(job !== undefined && { job }) })}`, { signal }))
        .approvals,
    enabled,
    refetchInterval: everyMs,
  });

/** How many questions wait for an answer, for the badge beside the place where they are given. */
export const usePendingCount = (): number => useApprovals({ state: "pending" }, { everyMs: 10_000 }).data?.length ?? 0;

export function useAnswer(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (answer: ApprovalAnswer) => call<Approval>("POST", `/api/approvals/${id}/answer`, { body: answer }),
    // Also after a refusal: then somebody else has answered, and the list says so.
    onSettled: () => Promise.all([["approvals"], ["job"], ["jobs"], ["queue"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
