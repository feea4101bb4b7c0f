import type { HomeClient } from "./home-client.ts";

/** What commands stand on: a home, and where they write. */
export interface CommandContext {
  withHome<T>(use: (home: HomeClient) => Promise<T>): Promise<T>;
  say(text: string): void;
  /** News beside the answer, such as each new state. */
  note(text: string): void;
  exit(code: number): void;
}
