import { Lock, LockOpen, Paperclip, X } from "lucide-react";
import { useState } from "react";
import { uploadForLater } from "../../api/file-queries.ts";
import { formatBytes } from "../../format.ts";
import { toastProblem } from "../../parts/toasts.tsx";
import type { DraftFile } from "./draft.ts";

type ChangeFiles = (update: (files: DraftFile[]) => DraftFile[]) => void;

interface Sending {
  name: string;
  share: number;
}

/** Sends files ahead, one after the other, and puts them into the draft as they arrive. */
export function useAttaching(changeFiles: ChangeFiles) {
  const [sending, setSending] = useState<Sending>();
  const attachAll = async (files: readonly File[]) => {
    for (const file of files) {
      setSending({ name: file.name, share: 0 });
      await uploadForLater(file, (share) => setSending({ name: file.name, share })).then(
        ({ id, name, sizeBytes }) => changeFiles((known) => [...known, { uploadId: id, path: freeName(name, known), sizeBytes, isData: false }]),
        (error: unknown) => toastProblem(error as Error),
      );
    }
    setSending(undefined);
  };
  return { sending, attach: (files: File[]) => void attachAll(files) };
}

/** A second file of the same name gets a number before its ending. */
function freeName(name: string, known: readonly DraftFile[]): string {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  for (let number = 1; ; number++) {
    const path = number === 1 ? name : `${stem}-${number}${ending}`;
    if (!known.some((file) => file.path === path)) return path;
  }
}

/** The files that go along: each may be named anew, and be made one that the job can only read. */
export function ComposerFiles({ files, sending, changeFiles }: { files: readonly DraftFile[]; sending: Sending | undefined; changeFiles: ChangeFiles }) {
  if (files.length === 0 && sending === undefined) return null;
  const put = (uploadId: string, part: Partial<DraftFile>) =>
    changeFiles((known) => known.map((file) => (file.uploadId === uploadId ? { ...file, ...part } : file)));
  return (
    <ul className="composer-files" aria-label="Files for the job">
      {files.map((file) => (
        <li key={file.uploadId}>
          <Paperclip aria-hidden="true" />
          <input
            className="code-text"
            aria-label={`Place of ${file.path}`}
            value={file.path}
            onChange={(event) => put(file.uploadId, { path: event.target.value })}
          />
          <span className="muted">{formatBytes(file.sizeBytes)}</span>
          <button
            type="button"
            className="chip"
            aria-pressed={file.isData}
            title={file.isData ? "In /data, where the job can only read it" : "In the workspace, where the job can change it"}
            onClick={() => put(file.uploadId, { isData: !file.isData })}
          >
            {file.isData ? <Lock aria-hidden="true" /> : <LockOpen aria-hidden="true" />} read-only
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label={`Leave ${file.path} out`}
            onClick={() => changeFiles((known) => known.filter((other) => other !== file))}
          >
            <X aria-hidden="true" />
          </button>
        </li>
      ))}
      {sending !== undefined && (
        <li role="status" className="muted">
          Sending {sending.name}: {Math.round(sending.share * 100)} %
        </li>
      )}
    </ul>
  );
}
