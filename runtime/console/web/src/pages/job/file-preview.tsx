import { Download, X } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { VList } from "virtua";
import { contentUrl, useFileText } from "../../api/file-queries.ts";
import type { FileEntry } from "../../api/types.ts";
import { formatBytes } from "../../format.ts";
import { Markdown } from "../../parts/markdown.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { largestPreviewBytes, previewKind, resolvePath } from "./file-kinds.ts";

interface Props {
  jobId: string;
  path: string;
  entry: FileEntry;
  onClose: () => void;
}

export function FilePreview({ jobId, path, entry, onClose }: Props) {
  const kind = previewKind(entry.name);
  const [source, setSource] = useState(false);
  return (
    <article className="preview" aria-label={entry.name}>
      <header>
        <h2>{entry.name}</h2>
        <span className="muted">{formatBytes(entry.sizeBytes)}</span>
        <span className="spacer" />
        {kind === "markdown" && (
          <button type="button" className="chip" aria-pressed={source} onClick={() => setSource(!source)}>
            Source
          </button>
        )}
        <a className="icon-button" href={contentUrl(jobId, path)} download={entry.name} aria-label={`Download ${entry.name}`} title="Download">
          <Download aria-hidden="true" />
        </a>
        <button type="button" className="icon-button" aria-label="Close the preview" title="Close" onClick={onClose}>
          <X aria-hidden="true" />
        </button>
      </header>
      <Content kind={kind} source={source} jobId={jobId} path={path} entry={entry} />
    </article>
  );
}

function Content({ kind, source, jobId, path, entry }: Omit<Props, "onClose"> & { kind: ReturnType<typeof previewKind>; source: boolean }) {
  if (kind === "image")
    return (
      <div className="preview-image">
        <img src={`${contentUrl(jobId, path)}&v=${encodeURIComponent(entry.modifiedAt)}`} alt={entry.name} />
      </div>
    );
  if (kind === "none") return <NoPreview text="This kind of file has no preview." jobId={jobId} path={path} entry={entry} />;
  if (entry.sizeBytes > largestPreviewBytes)
    return <NoPreview text={`Files above ${formatBytes(largestPreviewBytes)} have no preview.`} jobId={jobId} path={path} entry={entry} />;
  return <Text jobId={jobId} path={path} entry={entry} set={kind === "markdown" && !source} />;
}

function NoPreview({ text, jobId, path, entry }: { text: string; jobId: string; path: string; entry: FileEntry }) {
  return (
    <div className="preview-none">
      <p className="muted">{text}</p>
      <a className="button" href={contentUrl(jobId, path)} download={entry.name}>
        <Download aria-hidden="true" />
        Download {formatBytes(entry.sizeBytes)}
      </a>
    </div>
  );
}

function Text({ jobId, path, entry, set }: { jobId: string; path: string; entry: FileEntry; set: boolean }) {
  const text = useFileText(jobId, path, `${entry.modifiedAt} ${entry.sizeBytes}`);
  const images = useCallback(
    (address: string) => {
      const resolved = resolvePath(path, address);
      return resolved === undefined ? undefined : contentUrl(jobId, resolved);
    },
    [jobId, path],
  );
  if (text.isPending) return <SkeletonRows count={3} />;
  if (text.isError) return <ProblemNotice error={text.error} title="This file can't be shown now" onRetry={() => void text.refetch()} />;
  if (text.data.includes("\u0000")) return <NoPreview text="This file is not text." jobId={jobId} path={path} entry={entry} />;
  return set ? (
    <div className="preview-page">
      <Markdown text={text.data} images={images} />
    </div>
  ) : (
    <Lines text={text.data} />
  );
}

function Lines({ text }: { text: string }) {
  const lines = useMemo(() => text.replace(/\r?\n$/, "").split(/\r?\n/), [text]);
  if (text === "") return <p className="preview-none muted">This file is empty.</p>;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <VList className="preview-lines" tabIndex={0} role="region" aria-label="Content" data={lines}>
      {(line, index) => (
        <pre key={index} className="raw-line">
          <span className="line-number" aria-hidden="true">
            {index + 1}
          </span>
          {line}
        </pre>
      )}
    </VList>
  );
}
