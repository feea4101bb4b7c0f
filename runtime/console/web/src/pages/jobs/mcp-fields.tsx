import { Plus, Trash2 } from "lucide-react";
import { AreaField, ChoiceField, TextField } from "../../parts/field.tsx";
import { hasBlank, mostServers, noServer, type ServerDraft, type ServerKind, type ServerProblems } from "./mcp-draft.ts";

interface Props {
  servers: readonly ServerDraft[];
  problems: readonly ServerProblems[];
  onChange: (servers: ServerDraft[]) => void;
}

const kinds = [
  ["stdio", "a program in its container"],
  ["http", "an address (HTTP)"],
  ["sse", "an address (SSE)"],
] as const satisfies readonly (readonly [ServerKind, string])[];

/** The MCP servers that a job has: these and no others. */
export function McpFields({ servers, problems, onChange }: Props) {
  const put = (index: number, part: Partial<ServerDraft>) => onChange(servers.map((server, at) => (at === index ? { ...server, ...part } : server)));
  return (
    <fieldset className="row-list">
      <legend>MCP servers</legend>
      {servers.map((server, index) => (
        <ServerRow
          key={index}
          server={server}
          problems={problems[index] ?? {}}
          put={(part) => put(index, part)}
          onRemove={() => onChange(servers.filter((_, at) => at !== index))}
        />
      ))}
      {servers.length < mostServers && (
        <button type="button" className="link" onClick={() => onChange([...servers, noServer])}>
          <Plus aria-hidden="true" /> Add a server
        </button>
      )}
    </fieldset>
  );
}

interface RowProps {
  server: ServerDraft;
  problems: ServerProblems;
  put: (part: Partial<ServerDraft>) => void;
  onRemove: () => void;
}

function ServerRow({ server, problems, put, onRemove }: RowProps) {
  return (
    <div className="input-row" role="group" aria-label={server.name === "" ? "New server" : `Server ${server.name}`}>
      <div className="field-row">
        <TextField
          label="Server"
          code
          value={server.name}
          maxLength={60}
          placeholder="tickets"
          startsFocused={server === noServer}
          problem={problems.name}
          onChange={(name) => put({ name })}
        />
        <ChoiceField label="Reached as" value={server.kind} choices={kinds} onChange={(kind) => put({ kind })} />
      </div>
      {server.kind === "stdio" ? <Program server={server} problems={problems} put={put} /> : <Address server={server} problems={problems} put={put} />}
      <div className="input-row-end">
        <span className="muted">Its tools are called {`mcp__${server.name.trim() || "…"}__…`}</span>
        <button type="button" className="icon-button" aria-label={`Remove the server ${server.name}`.trim()} onClick={onRemove}>
          <Trash2 aria-hidden="true" />
        </button>
      </div>
    </div>
  );
}

function Program({ server, problems, put }: Omit<RowProps, "onRemove">) {
  return (
    <>
      <TextField
        label="Command"
        code
        wide
        value={server.command}
        placeholder="npx -y some-server"
        problem={problems.command}
        onChange={(command) => put({ command })}
      />
      <AreaField
        label="Variables"
        code
        rows={2}
        value={server.environment}
        placeholder="NAME=value"
        problem={problems.environment}
        onChange={(environment) => put({ environment })}
      />
    </>
  );
}

function Address({ server, problems, put }: Omit<RowProps, "onRemove">) {
  return (
    <>
      <TextField
        label="Address of the server"
        type={hasBlank(server.url) ? "text" : "url"}
        wide
        value={server.url}
        placeholder="https://example.com/mcp"
        problem={problems.url}
        onChange={(url) => put({ url })}
      />
      <AreaField
        label="Headers"
        code
        rows={2}
        value={server.headers}
        placeholder="Authorization: Bearer …"
        problem={problems.headers}
        onChange={(headers) => put({ headers })}
      />
    </>
  );
}
