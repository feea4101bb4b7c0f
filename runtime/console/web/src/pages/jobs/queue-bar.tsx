import type { QueueView } from "@freehold/kernel/api/queue";
import { Hourglass, Pause, Play, Settings2 } from "lucide-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { Link } from "wouter";
import { useMay } from "../../api/queries.ts";
import { useChangeQueue, useClearLimit, usePauseQueue, useQueue, useResumeQueue } from "../../api/queue-queries.ts";
import { countOf, formatAgo, formatClock } from "../../format.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { CheckField, FormProblem, TextField } from "../../parts/field.tsx";
import { Ago, useNow } from "../../parts/time.tsx";

/** How the queue stands, and what holds it up. */
export function QueueBar() {
  const { data: queue } = useQueue();
  const [open, setOpen] = useState<"pause" | "settings">();
  if (queue === undefined || queue === null) return null;
  const close = () => setOpen(undefined);
  return (
    <section className="queue" aria-label="QueueView">
      <Meter queue={queue} onPause={() => setOpen("pause")} onSettings={() => setOpen("settings")} />
      {queue.paused !== null && <Paused paused={queue.paused} />}
      {queue.limit !== null && <Limit limit={queue.limit} queue={queue} />}
      {open === "pause" && <PauseDialog onClose={close} />}
      {open === "settings" && <SettingsDialog queue={queue} onClose={close} />}
    </section>
  );
}

function Meter({ queue, onPause, onSettings }: { queue: QueueView; onPause: () => void; onSettings: () => void }) {
  const now = useNow(20_000);
  const mayOperate = useMay("operator");
  const busy = queue.running + queue.waitingForApproval;
  return (
    <div className="queue-line">
      <span className="slots" aria-hidden="true">
        {Array.from({ length: Math.min(queue.slots, 12) }, (_, index) => (
          <span key={index} className={index < busy ? "busy" : undefined} />
        ))}
      </span>
      <p>
        <b>
          {busy} of {queue.slots}
        </b>{" "}
        {queue.slots === 1 ? "place" : "places"} busy
        {queue.queued > 0 && (
          <span title={queue.oldestQueuedAt === null ? undefined : `The oldest since ${formatAgo(queue.oldestQueuedAt, now)}`}> · {queue.queued} waiting</span>
        )}
        {queue.waitingForLimit > 0 && <> · {queue.waitingForLimit} waiting for the limit</>}
        {queue.waitingForApproval > 0 && (
          <>
            {" · "}
            <Link href="/approvals">{countOf(queue.waitingForApproval, "question")} for you</Link>
          </>
        )}
      </p>
      <span className="spacer" />
      {mayOperate && queue.paused === null && (
        <button type="button" className="button slim" onClick={onPause}>
          <Pause aria-hidden="true" />
          Pause
        </button>
      )}
      {mayOperate && (
        <button type="button" className="icon-button" aria-label="Settings of the queue" title="Settings of the queue" onClick={onSettings}>
          <Settings2 aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function Paused({ paused }: { paused: NonNullable<QueueView["paused"]> }) {
  const resume = useResumeQueue();
  return (
    <Held icon={<Pause aria-hidden="true" />}>
      <p>
        <strong>Paused</strong> {paused.by !== null && <>by {paused.by} </>}
        <Ago iso={paused.at} />
        {paused.reason !== null && paused.reason !== "" && <>: {paused.reason}</>}. What runs goes on; nothing new begins.
      </p>
      {useMay("operator") && (
        <button type="button" className="button slim" disabled={resume.isPending} onClick={() => resume.mutate(undefined)}>
          <Play aria-hidden="true" />
          Go on
        </button>
      )}
    </Held>
  );
}

function Limit({ limit, queue }: { limit: NonNullable<QueueView["limit"]>; queue: QueueView }) {
  const clear = useClearLimit();
  return (
    <Held icon={<Hourglass aria-hidden="true" />}>
      <p>
        <strong>Usage limit</strong> until {formatClock(limit.until)}: {limit.reason}{" "}
        {queue.waitForLimits ? "Jobs wait until then, and go on by themselves." : "Jobs that meet it fail, since the queue is told not to wait."}
      </p>
      {useMay("operator") && (
        <button type="button" className="button slim" disabled={clear.isPending} onClick={() => clear.mutate(undefined)}>
          Don't wait
        </button>
      )}
    </Held>
  );
}

const Held = ({ icon, children }: { icon: ReactNode; children: ReactNode }) => (
  <div className="notice warn slim queue-held" role="note">
    {icon}
    {children}
  </div>
);

function PauseDialog({ onClose }: { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const pause = usePauseQueue();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    pause.mutate(reason, { onSuccess: onClose });
  };
  return (
    <Dialog title="Pause the queue?" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p>Jobs that run go on to their end. Nothing new begins until you let it; schedules keep queueing.</p>
        <TextField label="Why" value={reason} maxLength={500} placeholder="For whoever wonders; may be empty" onChange={setReason} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={pause.isPending}>
            Pause
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function SettingsDialog({ queue, onClose }: { queue: QueueView; onClose: () => void }) {
  const [slots, setSlots] = useState(String(queue.slots));
  const [waits, setWaits] = useState(queue.waitForLimits);
  const change = useChangeQueue();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = Number(slots);
    const wish = { ...(wanted !== queue.slots && { slots: wanted }), ...(waits !== queue.waitForLimits && { waitForLimits: waits }) };
    if (Object.keys(wish).length === 0) onClose();
    else change.mutate(wish, { onSuccess: onClose });
  };
  return (
    <Dialog title="The queue" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="Jobs at once, at most" type="number" min={1} max={100} value={slots} onChange={setSlots} />
        <CheckField
          label="Wait when a provider's usage limit is reached"
          help="until the time it names; else such jobs fail"
          checked={waits}
          onChange={setWaits}
        />
        <FormProblem error={change.error} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={change.isPending || !(Number(slots) >= 1)}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
