import type { ChannelKind, Delivery, NoticeKind } from "@freehold/kernel/api/notice";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";

/** Where notices go. Shape: of secrets only the names; mail shows its other settings too. */
export interface Channel extends Record<string, unknown> {
  id: string;
  name: string;
  kind: ChannelKind;
  events: NoticeKind[];
  enabled: boolean;
  target: string;
  secrets: string[];
}

/** What is sent of a channel; what isn't given of a known one stays. */
export interface ChannelWish extends Record<string, unknown> {
  name: string;
  events: NoticeKind[];
  enabled: boolean;
  kind: ChannelKind;
}

export const useChannels = () =>
  useQuery({
    queryKey: ["channels"],
    queryFn: async ({ signal }) => (await call<{ channels: Channel[] }>("GET", "/api/notices/channels", { signal })).channels,
  });

export const useDeliveries = () =>
  useInfiniteQuery({
    queryKey: ["deliveries"],
    queryFn: ({ pageParam, signal }) =>
      call<{ deliveries: Delivery[]; nextCursor: string | null }>(
        "GET",
        `/api/notices/deliveries?${new URLSearchParams({ limit: "50", ...(pageParam !== "" && { cursor: pageParam }) })}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? 5_000 : false),
  });

function useNoticeChange<Given, Made>(change: (given: Given) => Promise<Made>, shownInPlace = false) {
  const client = useQueryClient();
  return useMutation({
    ...(shownInPlace && { meta: { shownInPlace } }),
    mutationFn: change,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["channels"] }), client.invalidateQueries({ queryKey: ["deliveries"] })]),
  });
}

/** A new channel, or a change of the one with an id. */
export const useSaveChannel = (id: string | undefined) =>
  useNoticeChange(
    (wish: ChannelWish) =>
      id === undefined ? call<Channel>("POST", "/api/notices/channels", { body: wish }) : call<Channel>("PATCH", `/api/notices/channels/${id}`, { body: wish }),
    true,
  );

export const useSwitchChannel = (id: string) =>
  useNoticeChange((enabled: boolean) => call<Channel>("PATCH", `/api/notices/channels/${id}`, { body: { enabled } }));

export const useDeleteChannel = (id: string) => useNoticeChange(() => call<void>("DELETE", `/api/notices/channels/${id}`));

export const useTestChannel = (id: string) =>
  useNoticeChange(() => call<{ delivered: boolean; error: string | null }>("POST", `/api/notices/channels/${id}/test`, { body: {} }));

export const useRetryDelivery = () => useNoticeChange((id: string) => call("POST", `/api/notices/deliveries/${id}/retry`, { body: {} }));

/** What receivers of webhooks check signatures with; asked for only when it is to be shown. */
export const useSigningSecret = (enabled: boolean) =>
  useQuery({
    queryKey: ["signing-secret"],
    queryFn: async ({ signal }) => (await call<{ secret: string }>("GET", "/api/notices/signing-secret", { signal })).secret,
    enabled,
  });
