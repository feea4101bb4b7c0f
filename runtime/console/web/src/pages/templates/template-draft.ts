import type { Template, TemplateInput } from "../../api/template-types.ts";
import { draftOfOptions, optionsOf, type OptionsDraft } from "../jobs/options-draft.ts";

/** An input as the form holds it. */
export interface InputDraft extends Omit<TemplateInput, "default" | "choices"> {
  default: string;
  /** Shape: one a line. */
  choices: string;
}

export interface TemplateDraft extends OptionsDraft {
  name: string;
  title: string;
  description: string;
  prompt: string;
  inputs: InputDraft[];
}

export const draftOf = (known: Template | undefined): TemplateDraft => ({
  ...draftOfOptions(known ?? {}),
  name: known?.name ?? "",
  title: known?.title ?? "",
  description: known?.description ?? "",
  prompt: known?.prompt ?? "",
  inputs: (known?.inputs ?? []).map((input) => ({ ...input, default: input.default ?? "", choices: (input.choices ?? []).join("\n") })),
});

/** A name for the address, from the title. */
export const nameFrom = (title: string): string =>
  title
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);

const blanks = /\{\{\s*([a-z][a-z0-9-]{0,39})\s*\}\}/g;

/** The blanks of a prompt each get an input; an input that a blank named and that was never touched goes with it. */
export function inputsFor(prompt: string, inputs: readonly InputDraft[]): InputDraft[] {
  const named = new Set([...prompt.matchAll(blanks)].map(([, name]) => name!));
  const known = new Set(inputs.map(({ name }) => name));
  const kept = inputs.filter((input) => named.has(input.name) || !isUntouched(input));
  return [...kept, ...[...named].filter((name) => !known.has(name)).map(blankInput)];
}

const blankInput = (name: string): InputDraft => ({ name, label: labelOf(name), kind: "text", required: true, default: "", choices: "" });
const labelOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
const isUntouched = (input: InputDraft) => JSON.stringify(input) === JSON.stringify(blankInput(input.name));

const ownNames = ["name", "title", "description", "prompt", "inputs", "createdAt", "updatedAt"];
const formNames =
  "model maxAttempts priority permissionMode approvalTimeoutMs allowedTools disallowedTools budgetUsd timeoutMs stallMs retryDelayMs systemPrompt instructions repository mcpServers webhook".split(
    " ",
  );

/** What is sent: the form's fields, and whatever the template has that the form doesn't show, such as its files. */
export function templateOf(draft: TemplateDraft, known: Template | undefined): Template {
  const unseen = Object.entries(known ?? {}).filter(([name, value]) => !ownNames.includes(name) && !formNames.includes(name) && value !== null);
  return {
    ...Object.fromEntries(unseen),
    ...optionsOf(draft),
    name: draft.name === "" ? nameFrom(draft.title) : draft.name,
    title: draft.title.trim(),
    description: draft.description.trim(),
    prompt: draft.prompt,
    inputs: draft.inputs.map(inputOf),
  };
}

const inputOf = ({ default: initial, choices, ...input }: InputDraft): TemplateInput => ({
  ...input,
  ...(initial !== "" && input.kind !== "file" && { default: initial }),
  ...(input.kind === "choice" && {
    choices: choices
      .split("\n")
      .map((choice) => choice.trim())
      .filter((choice) => choice !== ""),
  }),
});
