import type { QueueView } from "@freehold/kernel/api/queue";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "./client.ts";

/** Null where the worker is too old to tell. */
export const useQueue = () =>
  useQuery({
    queryKey: ["queue"],
    queryFn: ({ signal }) =>
      call<QueueView>("GET", "/api/queue", { signal }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }),
    refetchInterval: ({ state: { data } }) => (data === null ? false : 3_000),
  });

function useQueueChange<Given>(change: (given: Given) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["queue"] }), client.invalidateQueries({ queryKey: ["jobs"] })]),
  });
}

export const usePauseQueue = () =>
  useQueueChange((reason: string) => call("POST", "/api/queue/pause", { body: reason.trim() === "" ? {} : { reason: reason.trim() } }));

export const useResumeQueue = () => useQueueChange(() => call("POST", "/api/queue/resume", { body: {} }));

export const useClearLimit = () => useQueueChange(() => call("POST", "/api/queue/limit/clear", { body: {} }));

export const useChangeQueue = () => useQueueChange((change: { waitForLimits?: boolean; slots?: number }) => call("PATCH", "/api/queue", { body: change }));
