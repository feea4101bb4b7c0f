import { z } from "zod";
import { newNamesOf } from "../files/names.ts";

export const plainText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes("\0"), "holds a NUL character");

const newPath = z
  .string()
  .min(1)
  .max(4_096)
  .transform((path, context) => {
    try {
      return newNamesOf(path).join("/");
    } catch (thrown) {
      context.addIssue({ code: "custom", message: (thrown as Error).message });
      return z.NEVER;
    }
  });

/** A file that a job shall find: its text, or an upload. Shape: exactly one of `text` and `uploadId`. */
const inputFile = z
  .strictObject({ path: newPath, text: plainText(1_000_000).optional(), uploadId: z.uuid().optional() })
  .refine(({ text, uploadId }) => (text === undefined) !== (uploadId === undefined), "needs either text or uploadId");

export type InputFile = z.output<typeof inputFile>;

const inputFiles = z
  .array(inputFile)
  .max(200)
  .superRefine((files, context) => {
    const paths = files.map((file) => file.path);
    for (const [index, path] of paths.entries()) {
      const clash = paths.find((other, at) => at < index && (`${other}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${other}/`)));
      if (clash !== undefined) context.addIssue({ code: "custom", path: [index, "path"], message: `${path} and ${clash} can't both be files` });
    }
  });

/** What `POST /api/jobs` takes of files: `files` lie in the workspace, `data` can only be read, and so can `instructions`, which are added to the system prompt. */
export const fileRequestFields = {
  files: inputFiles.optional(),
  data: inputFiles.optional(),
  instructions: plainText(200_000)
    .refine((value) => value.trim() !== "", "must not be empty")
    .optional(),
};

export interface JobInputs {
  files: InputFile[];
  data: InputFile[];
  instructions: string | null;
}

/** Undefined where a request brings none. */
export function inputsOf(request: {
  files?: InputFile[] | undefined;
  data?: InputFile[] | undefined;
  instructions?: string | undefined;
}): JobInputs | undefined {
  const inputs = { files: request.files ?? [], data: request.data ?? [], instructions: request.instructions ?? null };
  return inputs.files.length + inputs.data.length === 0 && inputs.instructions === null ? undefined : inputs;
}

export const uploadIdsOf = ({ files, data }: Pick<JobInputs, "files" | "data">): string[] => [
  ...new Set([...files, ...data].flatMap(({ uploadId }) => (uploadId === undefined ? [] : [uploadId]))),
];
