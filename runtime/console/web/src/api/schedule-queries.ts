import type { ScheduleView } from "@freehold/kernel/api/schedule";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";
import type { ImportReport, ImportWish, NextRuns, RunsPage, SchedulesPage, ScheduleWish, ScheduleWithTotals } from "./schedule-types.ts";
import type { Job } from "./job-types.ts";

const pageOf = (cursor: string) => new URLSearchParams({ limit: "50", ...(cursor !== "" && { cursor }) });

export const useSchedules = () =>
  useInfiniteQuery({
    queryKey: ["schedules"],
    queryFn: ({ pageParam, signal }) => call<SchedulesPage>("GET", `/api/schedules?${pageOf(pageParam)}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: 10_000,
  });

export const useSchedule = (id: string) =>
  useQuery({
    queryKey: ["schedule", id],
    queryFn: ({ signal }) => call<ScheduleWithTotals>("GET", `/api/schedules/${id}`, { signal }),
    refetchInterval: 10_000,
  });

export const useRuns = (id: string) =>
  useInfiniteQuery({
    queryKey: ["runs", id],
    queryFn: ({ pageParam, signal }) => call<RunsPage>("GET", `/api/schedules/${id}/runs?${pageOf(pageParam)}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? 5_000 : false),
  });

export const useNextRuns = (id: string, count: number) =>
  useQuery({
    queryKey: ["next-runs", id, count],
    queryFn: ({ signal }) => call<NextRuns>("GET", `/api/schedules/${id}/next?count=${count}`, { signal }),
    refetchInterval: 30_000,
  });

/** What a schedule means that is still being written; its fault is the worker's own explanation. */
export const usePreview = (schedule: string, timeZone: string) =>
  useQuery({
    queryKey: ["schedule-preview", schedule, timeZone],
    queryFn: ({ signal }) => call<NextRuns>("GET", `/api/schedules/preview?${new URLSearchParams({ schedule, timeZone, count: "5" })}`, { signal }),
    enabled: schedule.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

function useScheduleChange<Given, Made>(change: (given: Given) => Promise<Made>, shownInPlace = false) {
  const client = useQueryClient();
  return useMutation({
    ...(shownInPlace && { meta: { shownInPlace } }),
    mutationFn: change,
    onSettled: () => Promise.all(["schedules", "schedule", "runs", "next-runs"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useCreateSchedule = () => useScheduleChange((wish: ScheduleWish) => call<ScheduleView>("POST", "/api/schedules", { body: wish }), true);

export const useChangeSchedule = (id: string) =>
  useScheduleChange((wish: Partial<ScheduleWish>) => call<ScheduleView>("PATCH", `/api/schedules/${id}`, { body: wish }), true);

export const useDeleteSchedule = (id: string) => useScheduleChange(() => call<void>("DELETE", `/api/schedules/${id}`));

export const useRunSchedule = (id: string) => useScheduleChange(() => call<Job>("POST", `/api/schedules/${id}/run`, { body: {} }));

export const usePauseSchedule = (id: string) =>
  useScheduleChange((paused: boolean) => call<ScheduleView>("POST", `/api/schedules/${id}/${paused ? "pause" : "resume"}`, { body: {} }));

export const useImport = () =>
  useScheduleChange(
    ({ dryRun, ...wish }: ImportWish & { dryRun: boolean }) => call<ImportReport>("POST", "/api/schedules/import", { body: { ...wish, dryRun } }),
    true,
  );
