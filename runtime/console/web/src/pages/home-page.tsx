import { CircleAlert, CircleCheck } from "lucide-react";
import { useHome, useProviders } from "../api/queries.ts";
import type { HomeState } from "../api/types.ts";
import { ProblemNotice } from "../parts/problem-notice.tsx";
import { Prose } from "../parts/prose.tsx";
import { SkeletonRows } from "../parts/skeleton.tsx";
import { Command } from "../parts/command.tsx";
import { AlertList } from "./alert-list.tsx";
import { useTitle } from "./title.ts";

const purposes: Readonly<Record<string, string>> = {
  console: "This page, and the door to all the others",
  worker: "Queues jobs and runs them, each in a container of its own",
  backup: "Takes snapshots to the bucket and brings them back",
  gateway: "The one way to the models; holds the keys",
  postgres: "Keeps jobs, keys and sessions",
};

export function HomePage() {
  useTitle("Home");
  const home = useHome(5_000);
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Home</h1>
          <p className="muted">{home.data === undefined ? "Asking every service…" : summaryOf(home.data)}</p>
        </div>
        {home.data !== undefined && <span className="tag">stack {home.data.stack}</span>}
      </header>
      {home.isError && <ProblemNotice error={home.error} title="The services can't be asked now" onRetry={() => void home.refetch()} />}
      {home.isPending && <SkeletonRows count={5} />}
      <AlertList />
      {home.data !== undefined && <Services home={home.data} />}
      <Models />
    </main>
  );
}

function summaryOf({ services }: HomeState): string {
  const away = services.filter(({ ready }) => !ready).map(({ name }) => name);
  return away.length === 0 ? "Everything is ready." : `Not ready: ${away.join(", ")}.`;
}

function Services({ home }: { home: HomeState }) {
  return (
    <ul className="services">
      {home.services.map(({ name, ready, detail }) => (
        <li key={name} className={ready ? "ready" : "away"}>
          {ready ? <CircleCheck aria-hidden="true" /> : <CircleAlert aria-hidden="true" />}
          <div>
            <h2>
              {name} <span className="service-state">{ready ? "ready" : "not ready"}</span>
            </h2>
            <p className="muted">{purposes[name] ?? ""}</p>
            {!ready && (
              <p>
                <Prose text={detail} />
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Models() {
  const { data, error } = useProviders();
  return (
    <section className="how-to">
      <h2>Models</h2>
      {error !== null && <ProblemNotice error={error} title="The gateway can't say which providers it has" />}
      {data !== undefined && (
        <ul className="providers">
          {data.providers.map(({ name, label, configured, active }) => (
            <li key={name}>
              <span className={`dot ${active ? "on" : ""}`} aria-hidden="true" />
              <b>{label}</b>
              <span className="muted">{active ? "answers all calls now" : configured ? "ready" : "no key set"}</span>
            </li>
          ))}
        </ul>
      )}
      {data?.active === "rehearsal" && (
        <>
          <p>
            The rehearsal model is offline and not a real model: it writes the files and runs the commands that a prompt spells out. With an Anthropic key, a
            real one answers:
          </p>
          <Command text="npm run freehold -- key set" />
        </>
      )}
    </section>
  );
}
