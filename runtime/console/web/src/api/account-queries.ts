import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ApiToken, AuditOutcome, AuditPage, GuestRole, Invitation, Link, Member, Session, TokenWish } from "./account-types.ts";
import { call } from "./client.ts";

const ofMember = (member: string | undefined) => (member === undefined ? "" : `?member=${encodeURIComponent(member)}`);

/** One's own sessions, or for the owner those of a member. */
export const useSessions = (member?: string) =>
  useQuery({
    queryKey: ["sessions", member ?? "own"],
    queryFn: async ({ signal }) => (await call<{ sessions: Session[] }>("GET", `/api/sessions${ofMember(member)}`, { signal })).sessions,
    refetchInterval: 30_000,
  });

export const useTokens = () =>
  useQuery({ queryKey: ["tokens"], queryFn: async ({ signal }) => (await call<{ tokens: ApiToken[] }>("GET", "/api/tokens", { signal })).tokens });

export const useMembers = () =>
  useQuery({
    queryKey: ["members"],
    queryFn: async ({ signal }) => (await call<{ members: Member[] }>("GET", "/api/members", { signal })).members,
    refetchInterval: 30_000,
  });

export const useInvitations = () =>
  useQuery({
    queryKey: ["invitations"],
    queryFn: async ({ signal }) => (await call<{ invitations: Invitation[] }>("GET", "/api/invitations", { signal })).invitations,
    refetchInterval: 30_000,
  });

/** A change whose refusal is shown where it is made; afterwards the lists that it touches are read anew. */
function useChange<Given, Made>(lists: readonly string[], change: (given: Given) => Promise<Made>) {
  const client = useQueryClient();
  return useMutation({
    meta: { shownInPlace: true },
    mutationFn: change,
    // Not waited for: what asked for the change must hear of it before the list loses its row.
    onSettled: () => {
      for (const list of lists) void client.invalidateQueries({ queryKey: [list] });
    },
  });
}

export const useEndSession = () => useChange(["sessions", "members"], (id: string) => call<void>("DELETE", `/api/sessions/${id}`));
export const useEndSessions = (member?: string) =>
  useChange(["sessions", "members"], () => call<{ ended: number }>("DELETE", `/api/sessions${ofMember(member)}`));
export const useChangePassword = () =>
  useChange(["sessions"], (passwords: { current: string; password: string }) => call<void>("POST", "/api/password", { body: passwords }));

export const useMakeToken = () => useChange(["tokens"], (wish: TokenWish) => call<ApiToken & { token: string }>("POST", "/api/tokens", { body: wish }));
export const useRevokeToken = () => useChange(["tokens"], (id: string) => call<void>("DELETE", `/api/tokens/${id}`));

export const useInvite = () =>
  useChange(["invitations"], (wish: { name: string; role: GuestRole; expiresInHours: number }) => call<Link>("POST", "/api/invitations", { body: wish }));
export const useRevokeInvitation = () => useChange(["invitations"], (id: string) => call<void>("DELETE", `/api/invitations/${id}`));
export const useChangeRole = (id: string) => useChange(["members"], (role: GuestRole) => call<Member>("PATCH", `/api/members/${id}`, { body: { role } }));
export const useRemoveMember = (id: string) => useChange(["members", "invitations"], () => call<void>("DELETE", `/api/members/${id}`));
export const usePasswordLink = (id: string) => useChange(["invitations"], () => call<Link>("POST", `/api/members/${id}/password-link`, { body: {} }));

/** What a link is for; asked by POST, so that its token stands in no address. */
export const useLook = (token: string) =>
  useQuery({
    queryKey: ["invitation", token],
    queryFn: () => call<Pick<Invitation, "name" | "role" | "kind" | "expiresAt">>("POST", "/api/invitations/look", { body: { token } }),
    staleTime: Infinity,
  });
export const useAccept = () =>
  useChange([], (acceptance: { token: string; password: string }) => call<void>("POST", "/api/invitations/accept", { body: acceptance }));

export const useAuditLog = (search: string, outcome: AuditOutcome | undefined) =>
  useInfiniteQuery({
    queryKey: ["audit", search, outcome ?? "all"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: "50", ...(search !== "" && { search }), ...(outcome && { outcome }), ...(pageParam !== "" && { cursor: pageParam }) };
      return call<AuditPage>("GET", `/api/audit?${new URLSearchParams(query)}`, { signal });
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // Only the newest page is watched: whoever reads on in older ones isn't disturbed.
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? 10_000 : false),
  });
