import type { HomeClient } from "./home-client.ts";

export interface Snapshot {
  id: string;
  createdAt: string;
  sizeBytes: number;
  addedBytes: number;
  files: number;
  durationMs: number;
}

export const listSnapshots = async (home: HomeClient) => (await home.get<{ snapshots: Snapshot[] }>("/api/backups")).snapshots;

export const takeSnapshot = (home: HomeClient) => home.post<Snapshot>("/api/backups");

export const describeSnapshot = ({ id, createdAt, files, sizeBytes, addedBytes, durationMs }: Snapshot) =>
  `${id.slice(0, 8)}  ${createdAt}  ${files} files, ${megabytes(sizeBytes)} (${megabytes(addedBytes)} new), ${(durationMs / 1_000).toFixed(1)} s`;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
