import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where a person's homes keep what must outlive the checkout: Pulumi's state, the passphrase, and each home's key.
 * FREEHOLD_HOME moves it.
 */
export function dataFolder(environment: NodeJS.ProcessEnv): string {
  const { FREEHOLD_HOME, XDG_DATA_HOME } = environment;
  return FREEHOLD_HOME ?? join(XDG_DATA_HOME ?? join(homedir(), ".local/share"), "freehold");
}

/** The file with the key of a stack's home. */
export const keyFile = (environment: NodeJS.ProcessEnv, stack: string): string => join(dataFolder(environment), "keys", `${stack}.key`);

/** Where the settings for `ssh` are that reach the machines of homes elsewhere. */
export const sshFolder = (environment: NodeJS.ProcessEnv): string => join(dataFolder(environment), "ssh");
