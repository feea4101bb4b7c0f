import { BellOff, BellRing, Pencil, Plus, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { useChannels, useDeleteChannel, useSigningSecret, useSwitchChannel, useTestChannel, type Channel } from "../../api/notice-queries.ts";
import { Command } from "../../parts/command.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Menu } from "../../parts/menu.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { toastDone, toastProblem } from "../../parts/toasts.tsx";
import { useTitle } from "../title.ts";
import { eventWords, kindWords } from "./channel-draft.ts";
import { ChannelDialog } from "./channel-form.tsx";
import { Deliveries } from "./deliveries.tsx";
import "../../styles/notices.css";

export function NoticesPage() {
  useTitle("Notices");
  const [making, setMaking] = useState(false);
  const channels = useChannels();
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Notices</h1>
          <p className="muted">
            What happens in this home, on your phone, in a chat, a mailbox or a program of yours. A job's question comes with the exact command.
          </p>
        </div>
        <div className="header-buttons">
          <button type="button" className="button primary" onClick={() => setMaking(true)}>
            <Plus aria-hidden="true" />
            New channel
          </button>
        </div>
      </header>
      {channels.isError && <ProblemNotice error={channels.error} title="The channels can't be listed now" onRetry={() => void channels.refetch()} />}
      {channels.isPending && <SkeletonRows count={2} />}
      {channels.data?.length === 0 && (
        <EmptyState title="Nobody is told yet" icon={<BellRing />}>
          <p>
            The quickest way to a phone: install ntfy there, subscribe to a topic that nobody guesses, and make a channel with its address. Allow and Deny are
            then buttons on the lock screen.
          </p>
        </EmptyState>
      )}
      {channels.data !== undefined && channels.data.length > 0 && (
        <ul className="jobs">
          {channels.data.map((channel) => (
            <Item key={channel.id} channel={channel} />
          ))}
        </ul>
      )}
      {channels.data?.some(({ kind }) => kind === "webhook") === true && <SigningSecret />}
      <Deliveries />
      {making && <ChannelDialog onClose={() => setMaking(false)} />}
    </main>
  );
}

function Item({ channel }: { channel: Channel }) {
  const [asking, setAsking] = useState<"edit" | "delete">();
  const test = useTestChannel(channel.id);
  const turn = useSwitchChannel(channel.id);
  const remove = useDeleteChannel(channel.id);
  const close = () => setAsking(undefined);
  const send = () =>
    test.mutate(undefined, {
      onSuccess: ({ delivered, error }) =>
        delivered ? toastDone("The test was taken", `${channel.name} should show it now.`) : toastProblem(new Error(error ?? "It was not taken.")),
    });
  return (
    <li className={`channel${channel.enabled ? "" : " off"}`}>
      {channel.enabled ? <BellRing aria-hidden="true" /> : <BellOff aria-hidden="true" />}
      <div className="job-words">
        <span className="job-title">{channel.name}</span>
        <span className="job-facts">
          <span className="tag">{kindWords[channel.kind]}</span>
          <span className="channel-target">{channel.target}</span>
          {!channel.enabled && <span>off</span>}
        </span>
        <span className="job-facts">{channel.events.map((event) => eventWords[event] ?? event).join(" · ")}</span>
      </div>
      <button type="button" className="button slim" disabled={test.isPending} onClick={send}>
        <Send aria-hidden="true" />
        {test.isPending ? "Sending…" : "Test"}
      </button>
      <Menu
        label={`More for ${channel.name}`}
        items={[
          { label: channel.enabled ? "Turn off" : "Turn on", icon: channel.enabled ? BellOff : BellRing, onChoose: () => turn.mutate(!channel.enabled) },
          { label: "Change", icon: Pencil, onChoose: () => setAsking("edit") },
          { label: "Delete", icon: Trash2, isDanger: true, onChoose: () => setAsking("delete") },
        ]}
      />
      {asking === "edit" && <ChannelDialog known={channel} onClose={close} />}
      {asking === "delete" && (
        <Question
          title={`Delete “${channel.name}”?`}
          no="Keep it"
          yes="Delete the channel"
          onNo={close}
          onYes={() => {
            close();
            void remove.mutateAsync(undefined).then(
              () => toastDone("The channel is deleted", channel.name),
              () => undefined,
            );
          }}
        >
          Nothing is sent there any more. What is still on its way to it is dropped.
        </Question>
      )}
    </li>
  );
}

function SigningSecret() {
  const [shown, setShown] = useState(false);
  const secret = useSigningSecret(shown);
  return (
    <section className="how-to" aria-label="Signatures">
      <h2>Signatures</h2>
      <p>Webhooks without a secret of their own are signed with the home's; receivers check the signature with it.</p>
      {secret.data !== undefined && shown ? (
        <Command text={secret.data} />
      ) : (
        <button type="button" className="link" onClick={() => setShown(true)}>
          Show the home's secret
        </button>
      )}
      {secret.isError && <p className="field-problem">{secret.error.message}</p>}
    </section>
  );
}
