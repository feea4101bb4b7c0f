import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";
import { isActive, type Delivery, type Job, type JobsPage, type NewJob } from "./job-types.ts";
import { mayPass } from "./queries.ts";

/** The jobs that fit a filter, newest first. */
export const useJobs = (filter: Readonly<Record<string, string>>) =>
  useInfiniteQuery({
    queryKey: ["jobs", filter],
    queryFn: ({ pageParam, signal }) =>
      call<JobsPage>("GET", `/api/jobs?${new URLSearchParams({ limit: "50", ...filter, ...(pageParam !== "" && { cursor: pageParam }) })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    // Often while something moves, seldom otherwise; a job that another device started still appears by itself.
    refetchInterval: ({ state: { data } }) => (data?.pages.some(({ jobs }) => jobs.some(isActive)) ? 2_000 : 8_000),
  });

export const useJob = (id: string) =>
  useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => call<Job>("GET", `/api/jobs/${id}`, { signal }),
    refetchInterval: ({ state: { data } }) => (data === undefined || isActive(data) ? 1_500 : false),
  });

export function useCreateJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (job: NewJob) => call<Job>("POST", "/api/jobs", { body: job }),
    // The key makes the same request again harmless: what was queued once isn't queued twice.
    retry: (failures, error) => mayPass(error) && failures < 2,
    onSuccess: (job) => {
      client.setQueryData(["job", job.id], job);
      return client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<Job>("POST", `/api/jobs/${id}/cancel`),
    onSuccess: (job) => {
      client.setQueryData(["job", job.id], job);
      return client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

/** Something done to a job, after which it is another: what is shown of it follows. */
function useJobChange<Given>(id: string, change: (given: Given) => Promise<Job>, shownInPlace = false) {
  const client = useQueryClient();
  return useMutation({
    ...(shownInPlace && { meta: { shownInPlace } }),
    mutationFn: change,
    onSuccess: (job) => void client.setQueryData(["job", id], job),
    onSettled: () => Promise.all([["job", id], ["jobs"], ["queue"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

/** Another attempt of a job that failed or was cancelled. */
export const useRetryJob = (id: string) => useJobChange(id, () => call<Job>("POST", `/api/jobs/${id}/retry`, { body: {} }));

export interface FollowUp {
  prompt: string;
  budgetUsd?: number;
}

/** Another turn of a job that has ended, in the same session and workspace. */
export const useResumeJob = (id: string) => useJobChange(id, (followUp: FollowUp) => call<Job>("POST", `/api/jobs/${id}/resume`, { body: followUp }), true);

export function useDeleteJob(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<void>("DELETE", `/api/jobs/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

/** What a repository's job has changed. Shape: `patch` is a unified diff, absent where it is too large. */
export interface JobDiff {
  base: string;
  branch: string;
  files: { path: string; oldPath?: string | null; status: string; additions: number; deletions: number; binary: boolean }[];
  patch?: string | null;
}

export const useDiff = (job: Job) =>
  useQuery({
    queryKey: ["diff", job.id],
    queryFn: ({ signal }) => call<JobDiff>("GET", `/api/jobs/${job.id}/diff`, { signal }),
    refetchInterval: isActive(job) ? 5_000 : false,
  });

/** What became of a delivery. */
export interface Delivered {
  url?: string | null;
  branch?: string | null;
}

export const useDeliver = (id: string) =>
  useMutation({ meta: { shownInPlace: true }, mutationFn: (mode: Delivery) => call<Delivered>("POST", `/api/jobs/${id}/deliver`, { body: { mode } }) });
