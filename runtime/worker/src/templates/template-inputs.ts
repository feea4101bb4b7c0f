import { z } from "zod";
import { plainText } from "../inputs/file-request.ts";

export const inputKinds = ["text", "long-text", "choice", "file"] as const;
const lengths = { text: 1_000, "long-text": 100_000, choice: 200 } as const;
const filled = (max: number) => plainText(max).refine((value) => value.trim() !== "", "must not be empty");

/** One thing that a template asks for. */
export const templateInput = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must begin with a letter and hold small letters, digits and dashes"),
    label: filled(200),
    kind: z.enum(inputKinds),
    required: z.boolean().default(true),
    default: plainText(lengths["long-text"]).optional(),
    choices: z.array(filled(lengths.choice)).min(1).max(50).optional(),
  })
  .superRefine((input, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((input.kind === "choice") !== (input.choices !== undefined)) refuse("choices", "goes with the kind choice, and with that alone");
    if (new Set(input.choices).size !== (input.choices?.length ?? 0)) refuse("choices", "names one twice");
    if (input.default === undefined) return;
    if (input.kind === "file") refuse("default", "is not possible for a file");
    else if (!valueOf(input).safeParse(input.default).success) refuse("default", "is not a value that the input takes");
  });

export type TemplateInput = z.output<typeof templateInput>;

/** What the input takes from whoever makes a job. Shape: a file is the id of an upload. */
function valueOf({ kind, choices }: Pick<TemplateInput, "kind" | "choices">): z.ZodType<string> {
  if (kind === "file") return z.uuid("must be the id of an upload");
  if (kind === "choice") return z.enum(choices ?? []);
  if (kind === "long-text") return plainText(lengths["long-text"]);
  return plainText(lengths.text).refine((value) => !/[\r\n]/.test(value), "must be one line");
}

/** The schema of the values for these inputs: nothing unknown, all that is required, and texts that say something. */
export function inputsSchema(inputs: readonly TemplateInput[]) {
  const field = (input: TemplateInput) => {
    const value = valueOf(input);
    const given = input.required ? value.refine((text) => text.trim() !== "", "is required") : value;
    if (input.default !== undefined) return given.default(input.default);
    return input.required ? given : given.optional();
  };
  return z.strictObject(Object.fromEntries(inputs.map((input) => [input.name, field(input)])));
}
