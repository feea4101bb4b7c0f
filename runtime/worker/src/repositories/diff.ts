export const fileStatuses = ["added", "modified", "deleted", "renamed", "copied", "type-changed"] as const;

export interface ChangedFile {
  path: string;
  /** Where it was before; of renamed and copied ones. */
  oldPath?: string;
  status: (typeof fileStatuses)[number];
  additions: number;
  deletions: number;
  binary: boolean;
}

const statuses: Record<string, ChangedFile["status"]> = {
  A: "added",
  M: "modified",
  D: "deleted",
  R: "renamed",
  C: "copied",
  T: "type-changed",
};

/** The changed files from git's own lists of them. Shape: both as `git diff -z` prints them. Source: git-diff(1), "Other diff formats". */
export function changedFiles(numstat: string, nameStatus: string): ChangedFile[] {
  const counts = countsByPath(numstat);
  const fields = nameStatus.split("\0");
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const status = statuses[fields[at]?.[0] ?? ""] ?? "modified";
    const moved = status === "renamed" || status === "copied";
    const path = fields[at + (moved ? 2 : 1)] ?? "";
    files.push({ path, ...(moved ? { oldPath: fields[at + 1] ?? "" } : {}), status, ...(counts.get(path) ?? { additions: 0, deletions: 0, binary: false }) });
    at += moved ? 3 : 2;
  }
  return files;
}

/** Of a moved file the paths come after the counts, as fields of their own. */
function countsByPath(numstat: string): Map<string, Pick<ChangedFile, "additions" | "deletions" | "binary">> {
  const counts = new Map<string, Pick<ChangedFile, "additions" | "deletions" | "binary">>();
  const fields = numstat.split("\0");
  for (let at = 0; at + 1 < fields.length;) {
    const [, additions = "", deletions = "", path = ""] = /^(-|\d+)\t(-|\d+)\t(.*)$/s.exec(fields[at] ?? "") ?? [];
    const moved = path === "";
    counts.set(moved ? (fields[at + 2] ?? "") : path, { additions: Number(additions) || 0, deletions: Number(deletions) || 0, binary: additions === "-" });
    at += moved ? 3 : 1;
  }
  return counts;
}
