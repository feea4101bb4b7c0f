import { MutationCache, QueryCache, QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toastProblem } from "../parts/toasts.tsx";
import { ApiError, call } from "./client.ts";
import { roles, type Backups, type HomeState, type Providers, type Role, type Snapshot, type User } from "./types.ts";

/** Whoever's session has ended sees the sign-in page, whichever call found it out. */
function noticeSignedOut(error: Error): boolean {
  const signedOut = error instanceof ApiError && error.status === 401;
  if (signedOut) queryClient.setQueryData(sessionKey, null);
  return signedOut;
}

export const mayPass = (error: Error) => error instanceof ApiError && (error.status === 0 || error.status >= 502);

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => void (query.queryKey !== sessionKey && noticeSignedOut(error)) }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (noticeSignedOut(error) || mutation.meta?.["shownInPlace"] === true) return;
      toastProblem(error);
    },
  }),
  defaultOptions: {
    // A home on the laptop itself answers without any network: whether it can be reached is found out by asking, never taken from the browser.
    queries: { networkMode: "always", retry: (failures, error) => mayPass(error) && failures < 2, staleTime: 1_000 },
    mutations: { networkMode: "always" },
  },
});

const sessionKey = ["session"] as const;

/** Null for whoever isn't signed in. */
export const useSession = () =>
  useQuery({
    queryKey: sessionKey,
    staleTime: Infinity,
    queryFn: () =>
      call<{ user: User }>("GET", "/api/session").catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }),
  });

/** Who is signed in; only pages that nobody else sees ask. */
export function useMe(): User {
  const { data } = useSession();
  return data?.user ?? { id: "", name: "", role: "viewer" };
}

/** Whether whoever is signed in may do what asks for a role: the door refuses it in any case, the pages don't offer it. */
export const useMay = (least: Role): boolean => roles.indexOf(useMe().role) >= roles.indexOf(least);

/** Whoever just came in is asked for anew: their pages show nothing of who was there before. */
export const useSignIn = () =>
  useMutation({
    meta: { shownInPlace: true },
    mutationFn: (who: { name: string; password: string }) => call<void>("POST", "/api/session", { body: who }),
    onSuccess: () => queryClient.refetchQueries({ queryKey: sessionKey }),
  });

export const useSignOut = () =>
  useMutation({
    mutationFn: () => call<void>("DELETE", "/api/session"),
    onSuccess: () => {
      // The session's own query stays: whoever watches it must see that it has ended.
      queryClient.setQueryData(sessionKey, null);
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
  });

export const useHome = (everyMs = 20_000) =>
  useQuery({ queryKey: ["home"], queryFn: ({ signal }) => call<HomeState>("GET", "/api/home", { signal }), refetchInterval: everyMs });

export const useProviders = (everyMs: number | false = false) =>
  useQuery({ queryKey: ["providers"], queryFn: ({ signal }) => call<Providers>("GET", "/api/models/providers", { signal }), refetchInterval: everyMs });

export const useBackups = () =>
  useQuery({ queryKey: ["backups"], queryFn: ({ signal }) => call<Backups>("GET", "/api/backups", { signal }), refetchInterval: 30_000 });

export function useBackUp() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: ["back-up"],
    mutationFn: () => call<Snapshot>("POST", "/api/backups"),
    onSettled: () => client.invalidateQueries({ queryKey: ["backups"] }),
  });
}
