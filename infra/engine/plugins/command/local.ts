/** How a local command is started: its interpreter, folder and environment. */
import type { Properties } from "./values.ts";

export type Previous = { stdout: string; stderr: string };

export function localArgv(inputs: Properties, command: string): [string, ...string[]] {
  const interpreter = inputs["interpreter"] as string[] | undefined;
  const [program, ...rest] = interpreter && interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"];
  return [program ?? "/bin/sh", ...rest, command];
}

/** The variables that the command gets beyond those of this process. */
export function addedEnvironment(inputs: Properties, previous: Previous): Record<string, string> {
  const earlier = inputs["addPreviousOutputInEnv"] === false ? { stdout: "", stderr: "" } : previous;
  return {
    ...(inputs["environment"] as Record<string, string> | undefined),
    ...(earlier.stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: earlier.stdout }),
    ...(earlier.stderr === "" ? {} : { PULUMI_COMMAND_STDERR: earlier.stderr }),
  };
}
