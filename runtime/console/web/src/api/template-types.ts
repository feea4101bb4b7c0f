export const inputKinds = ["text", "long-text", "choice", "file"] as const;
export type InputKind = (typeof inputKinds)[number];

/** One thing that a template asks for. */
export interface TemplateInput {
  name: string;
  label: string;
  kind: InputKind;
  required: boolean;
  default?: string;
  choices?: string[];
}

/** A prompt to be filled in, with the options of its jobs beside it. Shape: lists cut `prompt` and leave files and instructions out. */
export interface Template extends Record<string, unknown> {
  name: string;
  title: string;
  description: string;
  prompt: string;
  inputs: TemplateInput[];
}

export interface Credential {
  name: string;
}
