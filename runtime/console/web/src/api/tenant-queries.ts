import type { Finding, ListedEvent, Tenant, TenantPage, TenantUsage } from "@freehold/kernel/api/tenant";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, readText } from "./client.ts";

interface TenantWish {
  id: string;
  name?: string;
  people?: string[];
  memoryMb?: number;
  internet?: boolean;
  budget?: { dailyUsd: number | null; monthlyUsd: number | null };
}

const pathOf = (id: string, what = "") => `/api/tenants/${encodeURIComponent(id)}${what}`;
/** Units: milliseconds. Whoever waits for one to wake looks at the page meanwhile. */
const oftenMs = 2_000;

export const useTenants = () =>
  useInfiniteQuery({
    queryKey: ["tenants"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => call<TenantPage>("GET", `/api/tenants?limit=100${pageParam === "" ? "" : `&cursor=${pageParam}`}`, { signal }),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: oftenMs,
  });

export const useTenant = (id: string) =>
  useQuery({ queryKey: ["tenant", id], queryFn: ({ signal }) => call<Tenant>("GET", pathOf(id), { signal }), refetchInterval: oftenMs });

export const useTenantUsage = (id: string, everyMs = 10_000) =>
  useQuery({
    queryKey: ["tenant", id, "usage"],
    queryFn: ({ signal }) => call<TenantUsage>("GET", pathOf(id, "/usage"), { signal }),
    refetchInterval: everyMs,
  });

export const useTenantEvents = (id: string) =>
  useInfiniteQuery({
    queryKey: ["tenant", id, "events"],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      call<{ events: ListedEvent[]; nextBefore: number | null }>("GET", pathOf(id, `/events?limit=30${pageParam === 0 ? "" : `&before=${pageParam}`}`), {
        signal,
      }),
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: 5_000,
  });

export const useTenantLog = (id: string, isOpen: boolean) =>
  useQuery({
    queryKey: ["tenant", id, "log"],
    queryFn: ({ signal }) => readText(pathOf(id, "/logs?lines=300"), signal),
    enabled: isOpen,
    refetchInterval: 5_000,
  });

export const useDiagnosis = (id: string, isOpen: boolean) =>
  useQuery({
    queryKey: ["tenant", id, "diagnosis"],
    queryFn: async ({ signal }) => (await call<{ findings: Finding[] }>("GET", pathOf(id, "/diagnostics"), { signal })).findings,
    enabled: isOpen,
  });

/** A change of one or more tenants; afterwards what is shown of them is read anew. */
function useChange<Given, Made>(change: (given: Given) => Promise<Made>, shownInPlace: boolean) {
  const client = useQueryClient();
  return useMutation({
    meta: { shownInPlace },
    mutationFn: change,
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["tenants"] });
      void client.invalidateQueries({ queryKey: ["tenant"] });
    },
  });
}

export type TenantAct = "wake" | "hibernate" | "restart" | "start" | "stop" | "keep";
export const useTenantAct = (id: string) => useChange((act: TenantAct) => call<Tenant>("POST", pathOf(id, `/${act}`), { body: {} }), false);
export const useBackUpTenant = (id: string) => useChange(() => call<unknown>("POST", pathOf(id, "/backup"), { body: {} }), false);
export const useAddTenant = () => useChange((wish: TenantWish) => call<Tenant & { token?: string }>("POST", "/api/tenants", { body: wish }), true);
export const useChangeTenant = (id: string) => useChange((wish: Omit<TenantWish, "id">) => call<Tenant>("PATCH", pathOf(id), { body: wish }), true);
export const useRemoveTenant = (id: string) => useChange((graceDays: number) => call<Tenant>("DELETE", pathOf(id, `?graceDays=${graceDays}`)), true);
export const useNewToken = (id: string) => useChange(() => call<{ token: string }>("POST", pathOf(id, "/token"), { body: {} }), true);
export const useRestoreTenant = (id: string) =>
  useChange((wish: { at: string; into?: string }) => call<unknown>("POST", pathOf(id, "/restore"), { body: wish }), true);

/** A ticket into a tenant: asked for once, and never kept, since it works once. */
export const useEnterTenant = (wish: { host: string; path: string; visit: string }) =>
  useQuery({
    queryKey: ["enter-tenant", wish],
    queryFn: () => call<{ url: string }>("POST", "/api/tenant-door/tickets", { body: wish }),
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
