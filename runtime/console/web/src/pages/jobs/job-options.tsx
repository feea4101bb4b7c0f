import { AreaField, ChoiceField, TextField } from "../../parts/field.tsx";
import { CredentialField } from "./credential-field.tsx";
import { McpFields } from "./mcp-fields.tsx";
import type { OptionProblems, OptionsDraft } from "./options-draft.ts";
import { WebhookFields } from "./webhook-fields.tsx";

interface Props {
  draft: OptionsDraft;
  put: (part: Partial<OptionsDraft>) => void;
  problems: OptionProblems;
}

const attempts = [["", "3, as usual"], ...["1", "2", "3", "4", "5"].map((count) => [count, count] as const)] as const;
const priorities = [
  ["", "As usual"],
  ["10", "Before the others"],
  ["100", "First of all"],
  ["-10", "After the others"],
] as const;
const modes = [
  ["", "All tools, unasked"],
  ["ask", "Ask me first"],
  ["acceptEdits", "Edits unasked, nothing else"],
  ["dontAsk", "Only the allowed tools"],
  ["plan", "Only plan"],
] as const;

/** How a job runs: limits, permissions, its repository, tools and notices. What is left empty is as usual. */
export function JobOptionFields({ draft, put, problems }: Props) {
  return (
    <div className="option-groups">
      <Limits draft={draft} put={put} problems={problems} />
      <Permissions draft={draft} put={put} />
      <RepositoryFields draft={draft} put={put} />
      <fieldset className="field-row">
        <legend>Instructions</legend>
        <AreaField
          label="System prompt, added to Claude Code's own"
          rows={2}
          value={draft.systemPrompt}
          placeholder="You answer in German"
          problem={problems.systemPrompt}
          onChange={(systemPrompt) => put({ systemPrompt })}
        />
        <AreaField
          label="What it reads first, and can't change"
          rows={2}
          value={draft.instructions}
          placeholder="House rules, style, what to leave alone"
          onChange={(instructions) => put({ instructions })}
        />
      </fieldset>
      <McpFields servers={draft.mcpServers} problems={problems.mcpServers ?? []} onChange={(mcpServers) => put({ mcpServers })} />
      <WebhookFields draft={draft} put={put} problems={problems} />
    </div>
  );
}

function Limits({ draft, put, problems }: Props) {
  return (
    <fieldset className="field-row">
      <legend>Limits</legend>
      <TextField
        label="Budget in $"
        type="number"
        min={0}
        step="any"
        placeholder="no bound"
        value={draft.budgetUsd}
        onChange={(budgetUsd) => put({ budgetUsd })}
      />
      <TextField
        label="Minutes for each attempt"
        type="number"
        min={0}
        step="any"
        placeholder="60"
        value={draft.timeoutMinutes}
        onChange={(timeoutMinutes) => put({ timeoutMinutes })}
      />
      <TextField
        label="Minutes of silence"
        type="number"
        min={0}
        step="any"
        placeholder="15"
        value={draft.stallMinutes}
        onChange={(stallMinutes) => put({ stallMinutes })}
      />
      <ChoiceField label="Attempts, at most" value={draft.maxAttempts} choices={attempts} onChange={(maxAttempts) => put({ maxAttempts })} />
      <TextField
        label="Seconds before a retry"
        type="number"
        min={0}
        max={3_600}
        step="any"
        placeholder="5"
        help="doubles with each, up to 5 minutes"
        value={draft.retrySeconds}
        problem={problems.retrySeconds}
        onChange={(retrySeconds) => put({ retrySeconds })}
      />
      <ChoiceField label="Priority" value={draft.priority} choices={withOwn(priorities, draft.priority)} onChange={(priority) => put({ priority })} />
    </fieldset>
  );
}

/** A number that isn't among the offered ones stays what it is. */
const withOwn = (choices: readonly (readonly [string, string])[], value: string) =>
  choices.some(([known]) => known === value) ? choices : [...choices, [value, value] as const];

function Permissions({ draft, put }: Omit<Props, "problems">) {
  return (
    <fieldset className="field-row">
      <legend>Permissions</legend>
      <ChoiceField label="What it may do" value={draft.permissionMode} choices={modes} onChange={(permissionMode) => put({ permissionMode })} />
      {draft.permissionMode === "ask" && (
        <TextField
          label="Minutes to answer"
          type="number"
          min={0}
          step="any"
          placeholder="as usual"
          value={draft.approvalMinutes}
          onChange={(approvalMinutes) => put({ approvalMinutes })}
        />
      )}
      <TextField label="Allowed tools" code placeholder="Read, Bash(git log:*)" value={draft.allowedTools} onChange={(allowedTools) => put({ allowedTools })} />
      <TextField label="Forbidden tools" code placeholder="WebFetch" value={draft.disallowedTools} onChange={(disallowedTools) => put({ disallowedTools })} />
    </fieldset>
  );
}

function RepositoryFields({ draft, put }: Omit<Props, "problems">) {
  return (
    <fieldset className="field-row">
      <legend>Repository</legend>
      <TextField
        label="Address to clone"
        type="url"
        wide
        placeholder="https://github.com/you/project.git"
        value={draft.repositoryUrl}
        onChange={(repositoryUrl) => put({ repositoryUrl })}
      />
      {draft.repositoryUrl.trim() !== "" && (
        <>
          <TextField label="From branch" placeholder="its default" value={draft.branch} onChange={(branch) => put({ branch })} />
          <TextField label="Work on a new branch" placeholder="named by itself" value={draft.newBranch} onChange={(newBranch) => put({ newBranch })} />
          <CredentialField value={draft.credential} onChange={(credential) => put({ credential })} />
          <ChoiceField
            label="At the end"
            value={draft.deliver}
            choices={[
              ["none", "keep it here"],
              ["push", "push the branch"],
              ["pull-request", "open a pull request"],
            ]}
            onChange={(deliver) => put({ deliver })}
          />
        </>
      )}
    </fieldset>
  );
}
