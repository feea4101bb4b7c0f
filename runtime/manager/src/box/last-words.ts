import type { ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine.ts";
import { newestLines } from "./newest-lines.ts";

const keptLines = 200;
const keptCharacters = 65_536;

/** What assistants wrote before they ended by themselves: their containers go, and with them the log that says why. */
export interface LastWords {
  /** Reads them from a container that is about to be removed; one that was asked to end has none. */
  keep(id: string, container: ContainerInspectInfo): Promise<void>;
  /** The newest lines of the container that is there now, after those of the one before it that ended by itself. */
  read(id: string, container: ContainerInspectInfo | undefined, lines: number): Promise<string>;
  forget(id: string): void;
}

/** They live in this process: after its restart there are none, and nothing else depends on them. */
export function createLastWords(engine: Engine): LastWords {
  const words = new Map<string, string>();
  return {
    async keep(id, { Id, State }) {
      const endedByItself = !State.Running && Date.parse(State.StartedAt) > 0;
      if (!endedByItself) return;
      // To be rid of the container matters more.
      const said = await newestLines(engine, Id, keptLines).catch(() => "");
      words.set(id, `${said.slice(-keptCharacters)}(ended by itself at ${State.FinishedAt} with exit code ${State.ExitCode})\n`);
    },
    async read(id, container, lines) {
      const now = container === undefined ? "" : await newestLines(engine, container.Id, lines);
      const all = `${words.get(id) ?? ""}${now}`.split("\n");
      // The last piece is what follows the last line's end.
      return all.slice(Math.max(0, all.length - 1 - lines)).join("\n");
    },
    forget: (id) => void words.delete(id),
  };
}
