import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Approval, ApprovalAnswer } from "./approval-types.ts";
import { call } from "./client.ts";

interface Filter {
  state: "pending" | "answered";
  job?: string;
}

interface ApprovalsPage {
  approvals: Approval[];
  nextCursor: string | null;
}

const pageOf = (filter: Readonly<Record<string, string>>, signal: AbortSignal) =>
  call<ApprovalsPage>("GET", `/api/approvals?${new URLSearchParams(filter)}`, { signal });

/** What waits, or of one job; the page shows the newest hundred, which nobody lets pile up. */
export const useApprovals = ({ state, job }: Filter, { enabled = true, everyMs = 4_000 }: { enabled?: boolean; everyMs?: number } = {}) =>
  useQuery({
    queryKey: ["approvals", state, job ?? "all"],
    queryFn: async ({ signal }) => (await pageOf({ state, ...(job !== undefined && { job }) }, signal)).approvals,
    enabled,
    refetchInterval: everyMs,
  });

/** What was answered, page by page; once older pages are shown they stay as they are. */
export const useAnswered = () =>
  useInfiniteQuery({
    queryKey: ["approvals", "answered", "pages"],
    queryFn: ({ pageParam, signal }) => pageOf({ state: "answered", limit: "50", ...(pageParam !== "" && { cursor: pageParam }) }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? 10_000 : false),
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
