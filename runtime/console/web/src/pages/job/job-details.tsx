import type { Attempt, Job, PermissionMode } from "../../api/job-types.ts";
import { formatCost, formatDuration, formatMoment } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { Markdown } from "../../parts/markdown.tsx";

export function JobDetails({ job }: { job: Job }) {
  return (
    <div className="details">
      <Prompts job={job} />
      {job.result !== null && job.result !== "" && (
        <section>
          <h2>Result</h2>
          <div className="card">
            <Markdown text={job.result} />
          </div>
        </section>
      )}
      <section>
        <h2>Attempts</h2>
        {job.attempts.length === 0 ? <p className="muted">None yet. At most {job.maxAttempts} are made.</p> : <Attempts attempts={job.attempts} />}
      </section>
      <Terms job={job} />
      <section>
        <h2>Identity</h2>
        <Command text={job.id} />
        <p className="muted">Created {formatMoment(job.createdAt)}</p>
      </section>
    </div>
  );
}

/** The first prompt, and what was asked for later, turn by turn. */
function Prompts({ job }: { job: Job }) {
  const turns = [{ number: 1, prompt: job.prompt, at: job.createdAt }, ...(job.turns ?? []).filter(({ number }) => number > 1)];
  if (turns.length === 1)
    return (
      <section>
        <h2>{(job.command ?? null) === null ? "Prompt" : "Command"}</h2>
        <pre className="output prompt-text">{job.command?.join(" ") ?? job.prompt}</pre>
      </section>
    );
  return (
    <section>
      <h2>Prompts</h2>
      <ol className="turns">
        {turns.map(({ number, prompt, at }) => (
          <li key={number}>
            <p className="muted">
              Turn {number}, {formatMoment(at)}
            </p>
            <pre className="output prompt-text">{prompt}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}

const modeWords: Readonly<Record<PermissionMode, string>> = {
  bypassPermissions: "all tools, unasked",
  ask: "asks you first",
  acceptEdits: "edits unasked",
  plan: "plans only",
  dontAsk: "only what is allowed",
};

/** What it was told about how to run; what is as usual isn't listed. */
function Terms({ job }: { job: Job }) {
  const terms: [string, string | number | null | undefined][] = [
    ["Permissions", job.permissionMode === undefined ? null : modeWords[job.permissionMode]],
    ["Allowed tools", job.allowedTools?.join(", ")],
    ["Forbidden tools", job.disallowedTools?.join(", ")],
    ["Budget", typeof job.budgetUsd === "number" ? formatCost(job.budgetUsd) : null],
    ["Time for each attempt", typeof job.timeoutMs === "number" ? formatDuration(job.timeoutMs) : null],
    ["Silence, at most", typeof job.stallMs === "number" ? formatDuration(job.stallMs) : null],
    ["Wait before a retry", typeof job.retryDelayMs === "number" ? formatDuration(job.retryDelayMs) : null],
    ["Priority", job.priority === 0 ? null : job.priority],
    ["System prompt", job.systemPrompt],
    ["MCP servers", Object.keys(job.mcpServers ?? {}).join(", ")],
    ["Webhook", (job.webhook ?? null) === null ? null : `${job.webhook!.target} (${job.webhook!.events.join(", ")})`],
    ["Repository", job.repositoryUrl],
    ["Template", typeof job.template === "string" ? job.template : job.template?.name],
  ];
  const told = terms.filter(([, value]) => (value ?? null) !== null && value !== "");
  if (told.length === 0) return null;
  return (
    <section>
      <h2>How it runs</h2>
      <dl className="facts kept">
        {told.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Attempts({ attempts }: { attempts: Attempt[] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-frame" tabIndex={0} role="region" aria-label="Attempts">
      <table>
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">State</th>
            <th scope="col">Started</th>
            <th scope="col">Took</th>
            <th scope="col">Cost</th>
            <th scope="col">Exit</th>
            <th scope="col">Session</th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr key={attempt.number}>
              <td>{attempt.number}</td>
              <td>{attempt.state}</td>
              <td>{attempt.startedAt === null ? "–" : formatMoment(attempt.startedAt)}</td>
              <td>{tookOf(attempt)}</td>
              <td>{formatCost(attempt.costUsd ?? null)}</td>
              <td>{attempt.exitCode ?? "–"}</td>
              <td>
                <code>{attempt.sessionId?.slice(0, 8) ?? "–"}</code>
              </td>
              <td>{attempt.error === null ? "–" : attempt.error.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const tookOf = ({ startedAt, finishedAt }: Attempt) =>
  startedAt === null || finishedAt === null ? "–" : formatDuration(Date.parse(finishedAt) - Date.parse(startedAt));
