import type { Attempt, Job } from "../../api/job-types.ts";
import { formatDuration, formatMoment } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { Markdown } from "../../parts/markdown.tsx";

export function JobDetails({ job }: { job: Job }) {
  return (
    <div className="details">
      <section>
        <h2>Prompt</h2>
        <pre className="output prompt-text">{job.prompt}</pre>
      </section>
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
      <section>
        <h2>Identity</h2>
        <Command text={job.id} />
        <p className="muted">Created {formatMoment(job.createdAt)}</p>
      </section>
    </div>
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
