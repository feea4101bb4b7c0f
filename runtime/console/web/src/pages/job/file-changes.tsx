import { Download, FolderPlus, Upload as UploadIcon } from "lucide-react";
import { useRef, useState, type DragEvent, type FormEvent } from "react";
import { archiveUrl, useNewFolder, useRename, useUpload } from "../../api/file-queries.ts";
import type { FileEntry } from "../../api/types.ts";
import { countOf } from "../../format.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { FormProblem, TextField } from "../../parts/field.tsx";
import { toastDone } from "../../parts/toasts.tsx";

export const joinPath = (folder: string, name: string) => (folder === "" ? name : `${folder}/${name}`);

/** Sends files one after the other, so that a slow line isn't shared by all of them. */
export function useUploads(jobId: string, folder: string) {
  const upload = useUpload(jobId);
  const [sending, setSending] = useState<{ name: string; share: number }>();
  const send = async (files: readonly File[]) => {
    let sent = 0;
    for (const file of files) {
      setSending({ name: file.name, share: 0 });
      const onProgress = (share: number) => setSending({ name: file.name, share });
      // What went wrong is told by a toast; the files after it are sent all the same.
      await upload.mutateAsync({ path: joinPath(folder, file.name), file, onProgress }).then(
        () => (sent += 1),
        () => undefined,
      );
    }
    setSending(undefined);
    if (sent > 0) toastDone(`${countOf(sent, "file")} uploaded`);
  };
  return { sending, send };
}

/** Takes files that are dropped on it, and says so while they are held above. */
export function useDrop(onFiles: (files: File[]) => void) {
  const [held, setHeld] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return {
    held,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setHeld(true);
      },
      onDragLeave: (event: DragEvent) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setHeld(false),
      onDrop: (event: DragEvent) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setHeld(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}

interface ToolbarProps {
  jobId: string;
  path: string;
  sending: { name: string; share: number } | undefined;
  onFiles: (files: File[]) => void;
}

export function FileToolbar({ jobId, path, sending, onFiles }: ToolbarProps) {
  const [naming, setNaming] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="file-toolbar">
      <button type="button" className="button slim" disabled={sending !== undefined} onClick={() => input.current?.click()}>
        <UploadIcon aria-hidden="true" />
        {sending === undefined ? "Upload" : `${Math.round(sending.share * 100)} %`}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Files to upload"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <button type="button" className="icon-button" aria-label="New folder" title="New folder" onClick={() => setNaming(true)}>
        <FolderPlus aria-hidden="true" />
      </button>
      <a className="icon-button" href={archiveUrl(jobId, path)} download aria-label="Download this folder" title="Download this folder">
        <Download aria-hidden="true" />
      </a>
      {sending !== undefined && (
        <span className="muted" role="status">
          {sending.name}
        </span>
      )}
      {naming && <NewFolder jobId={jobId} path={path} onClose={() => setNaming(false)} />}
    </div>
  );
}

function NewFolder({ jobId, path, onClose }: { jobId: string; path: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const make = useNewFolder(jobId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") make.mutate(joinPath(path, name.trim()), { onSuccess: onClose });
  };
  return (
    <Dialog title="New folder" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="Name" value={name} startsFocused maxLength={255} onChange={setName} />
        <FormProblem error={make.error} />
        <Buttons verb="Make it" onClose={onClose} isReady={name.trim() !== "" && !make.isPending} />
      </form>
    </Dialog>
  );
}

/** A new name, or with slashes another place in the workspace. */
export function RenameDialog({ jobId, folder, entry, onClose }: { jobId: string; folder: string; entry: FileEntry; onClose: () => void }) {
  const from = joinPath(folder, entry.name);
  const [to, setTo] = useState(from);
  const rename = useRename(jobId);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (to.trim() === from) onClose();
    else rename.mutate({ from, to: to.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog title={`Rename ${entry.name}`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="Place and name in the workspace" value={to} startsFocused maxLength={4_000} code onChange={setTo} />
        <FormProblem error={rename.error} />
        <Buttons verb="Rename" onClose={onClose} isReady={to.trim() !== "" && !rename.isPending} />
      </form>
    </Dialog>
  );
}

function Buttons({ verb, onClose, isReady }: { verb: string; onClose: () => void; isReady: boolean }) {
  return (
    <div className="dialog-actions">
      <button type="button" className="button" onClick={onClose}>
        Cancel
      </button>
      <button type="submit" className="button primary" disabled={!isReady}>
        {verb}
      </button>
    </div>
  );
}
