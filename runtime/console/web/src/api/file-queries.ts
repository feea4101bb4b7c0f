import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, readText, upload } from "./client.ts";
import type { FileEntry, Folder } from "./types.ts";

export const contentUrl = (jobId: string, path: string) => `/api/jobs/${jobId}/files/content?path=${encodeURIComponent(path)}`;

export const useFolder = (jobId: string, path: string, moving: boolean) =>
  useQuery({
    queryKey: ["files", jobId, path],
    queryFn: ({ signal }) => call<Folder>("GET", `/api/jobs/${jobId}/files?path=${encodeURIComponent(path)}`, { signal }),
    refetchInterval: moving ? 2_500 : false,
  });

export const useFileText = (jobId: string, path: string, version: string) =>
  useQuery({ queryKey: ["file", jobId, path, version], queryFn: ({ signal }) => readText(contentUrl(jobId, path), signal), placeholderData: keepPreviousData });

export const archiveUrl = (jobId: string, path: string) => `/api/jobs/${jobId}/files/archive?format=zip&path=${encodeURIComponent(path)}`;

/** Changes a job's workspace; its folders are read anew afterwards. */
function useFilesChange<Given, Made>(jobId: string, change: (given: Given) => Promise<Made>, shownInPlace = false) {
  const client = useQueryClient();
  return useMutation({
    ...(shownInPlace && { meta: { shownInPlace } }),
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ["files", jobId] }),
  });
}

export const useNewFolder = (jobId: string) =>
  useFilesChange(jobId, (path: string) => call<FileEntry>("POST", `/api/jobs/${jobId}/files/folder`, { body: { path } }), true);

export const useRename = (jobId: string) =>
  useFilesChange(jobId, (names: { from: string; to: string }) => call("POST", `/api/jobs/${jobId}/files/rename`, { body: names }), true);

export const useDeleteFile = (jobId: string) =>
  useFilesChange(jobId, (path: string) => call<{ undo: string }>("DELETE", `/api/jobs/${jobId}/files?path=${encodeURIComponent(path)}`));

export const useUndo = (jobId: string) => useFilesChange(jobId, (undo: string) => call("POST", `/api/jobs/${jobId}/files/undo`, { body: { undo } }));

export interface Upload {
  path: string;
  file: File;
  onProgress: (share: number) => void;
}

export const useUpload = (jobId: string) =>
  useFilesChange(jobId, ({ path, file, onProgress }: Upload) => upload<FileEntry>("PUT", contentUrl(jobId, path), { file, onProgress }));

export interface Uploaded {
  id: string;
  name: string;
  sizeBytes: number;
}

/** Sends a file ahead of the job that it is for. */
export const uploadForLater = (file: File, onProgress: (share: number) => void) =>
  upload<Uploaded>("POST", `/api/uploads?name=${encodeURIComponent(file.name)}`, { file, onProgress });
