import { useIsMutating } from "@tanstack/react-query";
import { Archive, CloudUpload } from "lucide-react";
import { useState } from "react";
import { useBackUp, useBackups, useMay } from "../api/queries.ts";
import type { Backups, Snapshot } from "../api/types.ts";
import { formatBytes, formatCount, formatDuration } from "../format.ts";
import { Command } from "../parts/command.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { ProblemNotice } from "../parts/problem-notice.tsx";
import { SkeletonRows } from "../parts/skeleton.tsx";
import { Ago, useNow } from "../parts/time.tsx";
import { toastDone } from "../parts/toasts.tsx";
import { useTitle } from "./title.ts";

export function BackupsPage() {
  useTitle("Backups");
  const backups = useBackups();
  const mayOperate = useMay("operator");
  const snapshots = backups.data?.snapshots.toSorted((left, right) => Date.parse(right.createdAt) - Date.parse(left.createdAt)) ?? [];
  const lastError = errorOf(backups.data);
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Backups</h1>
          <p className="muted">Every job, file and database of this home, encrypted here before it leaves. One is made each hour by itself.</p>
        </div>
        {mayOperate && <BackUpNow />}
      </header>
      {backups.isError && <ProblemNotice error={backups.error} title="The backups can't be listed now" onRetry={() => void backups.refetch()} />}
      {lastError !== undefined && <ProblemNotice error={lastError} title="The last backup failed" />}
      {backups.isPending && <SkeletonRows count={4} />}
      {backups.data !== undefined && snapshots.length === 0 && (
        <EmptyState title="No backup yet" icon={<Archive />}>
          The first one comes by itself within the hour{mayOperate ? ", or now by the button above" : ""}.
        </EmptyState>
      )}
      {snapshots.length > 0 && <Snapshots snapshots={snapshots} />}
      <HowToRestore />
    </main>
  );
}

function errorOf(backups: Backups | undefined): Error | undefined {
  const last = backups?.lastError ?? null;
  if (last === null) return undefined;
  return new Error(typeof last === "string" ? last : (last.detail ?? last.message ?? last.code ?? "It did not say why; the backup's log does."));
}

function BackUpNow() {
  const backUp = useBackUp();
  // Counted, not remembered: whoever leaves the page and comes back sees that one is still running.
  const running = useIsMutating({ mutationKey: ["back-up"] }) > 0;
  const start = () =>
    backUp.mutate(undefined, {
      onSuccess: (snapshot) => toastDone("Backed up", `${formatBytes(snapshot.addedBytes)} new in ${formatDuration(snapshot.durationMs)}`),
    });
  return (
    <button type="button" className="button primary" disabled={running} onClick={start}>
      <CloudUpload aria-hidden="true" />
      {running ? <BackingUp /> : "Back up now"}
    </button>
  );
}

function BackingUp() {
  const [since] = useState(() => Date.now());
  const now = useNow(1_000);
  return <>Backing up… {formatDuration(Math.max(0, Math.floor((now - since) / 1_000) * 1_000))}</>;
}

function Snapshots({ snapshots }: { snapshots: Snapshot[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-frame" tabIndex={0} role="region" aria-label="Snapshots">
      <table>
        <thead>
          <tr>
            <th scope="col">Made</th>
            <th scope="col">Snapshot</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col" className="number">
              New
            </th>
            <th scope="col" className="number">
              Files
            </th>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col">Databases</th>
          </tr>
        </thead>
        <tbody>
          {snapshots.map((snapshot) => (
            <tr key={snapshot.id}>
              <td>
                <Ago iso={snapshot.createdAt} />
              </td>
              <td>
                <code>{snapshot.id.slice(0, 12)}</code>
              </td>
              <td className="number">{formatBytes(snapshot.sizeBytes)}</td>
              <td className="number">{formatBytes(snapshot.addedBytes)}</td>
              <td className="number">{formatCount(snapshot.files)}</td>
              <td className="number">{formatDuration(snapshot.durationMs)}</td>
              <td>{snapshot.databases.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HowToRestore() {
  return (
    <section className="how-to">
      <h2>How to bring a backup back</h2>
      <p>In the project's folder. The services stop, the databases and files of that moment come back, the services start again.</p>
      <Command text="npm run freehold -- restore latest" />
      <p className="muted">
        Or one of the snapshots above: <code>npm run freehold -- restore &lt;snapshot&gt;</code>. A home whose volumes are gone restores the newest backup by
        itself when it starts.
      </p>
    </section>
  );
}
