import { useQuery } from "@tanstack/react-query";
import { call } from "./client.ts";

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
