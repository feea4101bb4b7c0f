import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "./client.ts";
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

/** What became of a job's repository. */
export interface JobRepository {
  url: string;
  branch: string | null;
  newBranch: string;
  credential: string | null;
  base: { branch: string; commit: string } | null;
  mode: Delivery;
  delivery: string;
  deliveredCommit: string | null;
  pullRequestUrl: string | null;
  problem: string | null;
  deliveryEndedAt: string | null;
}

export const isDelivering = ({ mode, deliveryEndedAt }: JobRepository, job: Job): boolean => mode !== "none" && deliveryEndedAt === null && !isActive(job);

export const hasRepository = (job: Job | undefined): boolean => (job?.repositoryUrl ?? null) !== null;

/** Null for a job without a repository, of which nothing is asked. */
export const useRepository = (job: Job | undefined) =>
  useQuery({
    queryKey: ["repository", job?.id],
    queryFn: ({ signal }) =>
      call<JobRepository>("GET", `/api/jobs/${job?.id}/repository`, { signal }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }),
    enabled: hasRepository(job),
    refetchInterval: ({ state: { data } }) =>
      data !== null && data !== undefined && job !== undefined && (isActive(job) || isDelivering(data, job)) ? 3_000 : false,
  });

/** What a repository's job has changed. Shape: `patch` is a unified diff. */
export interface JobDiff {
  base: string;
  branch: string;
  files: { path: string; oldPath?: string | null; status: string; additions: number; deletions: number; binary: boolean }[];
  patch?: string;
  /** Whether the patch is cut. */
  truncated?: boolean;
}

export const useDiff = (job: Job) =>
  useQuery({
    queryKey: ["diff", job.id],
    queryFn: ({ signal }) => call<JobDiff>("GET", `/api/jobs/${job.id}/diff`, { signal }),
    refetchInterval: isActive(job) ? 5_000 : false,
  });

/** Sends a job's work to where its repository came from; how it goes on stands in the repository. */
export function useDeliver(id: string) {
  const client = useQueryClient();
  return useMutation({
    meta: { shownInPlace: true },
    mutationFn: (wish: { mode: Delivery; credential?: string }) => call<JobRepository>("POST", `/api/jobs/${id}/deliver`, { body: wish }),
    onSuccess: (repository) => void client.setQueryData(["repository", id], repository),
  });
}
