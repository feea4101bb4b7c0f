import { useState } from "react";
import { ApiError } from "../../api/client.ts";
import { useDeleteBody, useReadBody } from "../../api/models-queries.ts";
import type { KeptBody } from "../../api/models-types.ts";
import { formatBytes, formatMoment } from "../../format.ts";
import { FormProblem } from "../../parts/field.tsx";
import { Question } from "../../parts/question.tsx";
import { ClampedText } from "../job/clamped-text.tsx";

/** What was sent with a request, where its key keeps that: read by hand, since each reading is written down. */
export function RequestBody({ id }: { id: string }) {
  const read = useReadBody(id);
  const remove = useDeleteBody(id);
  const [asks, setAsks] = useState(false);
  if (remove.isSuccess) return <p className="muted request-body">What was sent is deleted.</p>;
  return (
    <div className="request-body">
      {read.data === undefined ? (
        <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate()}>
          {read.isPending ? "One moment…" : "Show what was sent"}
        </button>
      ) : (
        <Shown body={read.data} isPending={remove.isPending} onDelete={() => setAsks(true)} />
      )}
      {isNotKept(read.error) ? (
        <p className="muted" role="status">
          Nothing is kept of this request: its key did not ask for it, or its time is over.
        </p>
      ) : (
        <FormProblem error={read.error ?? remove.error} />
      )}
      {asks && (
        <Question
          title="Delete what was sent?"
          no="Keep it"
          yes="Delete it"
          onNo={() => setAsks(false)}
          onYes={() => {
            setAsks(false);
            remove.mutate();
          }}
        >
          The request stays in the books; what was said in it is gone for good.
        </Question>
      )}
    </div>
  );
}

const isNotKept = (error: Error | null) => error instanceof ApiError && (error.code === "body.no-such" || error.code === "body-log.off");

function Shown({ body, isPending, onDelete }: { body: KeptBody; isPending: boolean; onDelete: () => void }) {
  return (
    <>
      <p className="muted">
        {formatBytes(body.sizeBytes)}
        {body.isCut && ", of which only the beginning was kept"}; gone on {formatMoment(body.expiresAt)}. That you read it stands in the audit log.
      </p>
      <ClampedText text={readable(body)} lines={40} />
      <button type="button" className="button danger" disabled={isPending} onClick={onDelete}>
        Delete it now
      </button>
    </>
  );
}

/** Indented where it is whole JSON. */
function readable({ body, encoding }: KeptBody): string {
  if (encoding === "base64") return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
