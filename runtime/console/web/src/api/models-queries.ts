import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";
import type { Grouping, KeptBody, KeyUse, KeyWish, Outcome, RequestsPage, ShownKey, UsageReport, VirtualKey } from "./models-types.ts";

export type KeyKind = "own" | "job" | "ended";

/** As many as are listed, newest first. */
export const mostKeys = 200;

const filters: Readonly<Record<KeyKind, string>> = { own: "of=owner&live=true", job: "of=jobs&live=true", ended: "of=owner&live=false" };

export const useKeys = (kind: KeyKind) =>
  useQuery({
    queryKey: ["keys", kind],
    queryFn: async ({ signal }) => (await call<{ keys: VirtualKey[] }>("GET", `/api/models/keys?${filters[kind]}&limit=${mostKeys}`, { signal })).keys,
    refetchInterval: 20_000,
  });

/** What a key has used today and this month. */
export const useKeyUse = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: ["key-use", id],
    queryFn: async ({ signal }) => (await call<{ use: KeyUse }>("GET", `/api/models/keys/${id}`, { signal })).use,
    enabled,
    refetchInterval: 20_000,
  });

/** Changes keys, shown where the change is made; afterwards the list is read anew. */
function useKeyChange<Given, Made>(change: (given: Given) => Promise<Made>) {
  const client = useQueryClient();
  return useMutation({
    meta: { shownInPlace: true },
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ["keys"] }),
  });
}

export const useCreateKey = () => useKeyChange((wish: KeyWish) => call<ShownKey>("POST", "/api/models/keys", { body: wish }));

export const useChangeKey = (id: string) => useKeyChange((wish: KeyWish) => call<VirtualKey>("PATCH", `/api/models/keys/${id}`, { body: wish }));

export const useRotateKey = (id: string) =>
  useKeyChange((graceSeconds: number) => call<ShownKey>("POST", `/api/models/keys/${id}/rotate`, { body: { graceSeconds } }));

export const useRevokeKey = (id: string) => useKeyChange(() => call<void>("DELETE", `/api/models/keys/${id}`));

export function useResetProvider(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<void>("POST", `/api/models/providers/${name}/reset`),
    onSettled: () => client.invalidateQueries({ queryKey: ["providers"] }),
  });
}

export const useUsage = (by: Grouping | "day", from: string) =>
  useQuery({
    queryKey: ["usage", by, from],
    queryFn: ({ signal }) => call<UsageReport>("GET", `/api/models/usage?by=${by}&from=${from}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });

export const useRequests = (outcome: Outcome | undefined) =>
  useInfiniteQuery({
    queryKey: ["requests", outcome ?? "all"],
    queryFn: ({ pageParam, signal }) =>
      call<RequestsPage>(
        "GET",
        `/api/models/requests?${new URLSearchParams({ limit: "50", ...(outcome && { outcome }), ...(pageParam !== "" && { cursor: pageParam }) })}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // Only the newest page is watched: whoever reads on in older ones isn't disturbed.
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? 5_000 : false),
  });

/** Asked for by hand alone: each reading stands in the audit log. */
export const useReadBody = (requestId: string) =>
  useMutation({ meta: { shownInPlace: true }, mutationFn: () => call<KeptBody>("GET", `/api/models/requests/${requestId}/body`) });

export const useDeleteBody = (requestId: string) =>
  useMutation({ meta: { shownInPlace: true }, mutationFn: () => call<void>("DELETE", `/api/models/requests/${requestId}/body`) });
