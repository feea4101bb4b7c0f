import type { Position } from "./cron-file-error.ts";
import {
  foldKey,
  forkJobKeys,
  type forkKeys,
  globalKeys,
  jobKeys,
  jobTablesOf,
  type Dialect,
  type GlobalValues,
  type JobKind,
  type KeyTable,
  type ValuesOf,
} from "./cron-file-keys.ts";
import { emptyValues, parseValue } from "./cron-file-values.ts";
import { titleOf } from "./finding.ts";
import { readStatements, type HeaderStatement, type Statement, type VariableStatement } from "./ini-statements.ts";

const allKeys = { ...jobKeys, ...forkJobKeys };

type JobOf<Kind extends JobKind> = Kind extends JobKind
  ? {
      kind: Kind;
      name: string;
      /** Of its first header. */
      position: Position;
      values: ValuesOf<(typeof allKeys)[Kind]> & Partial<ValuesOf<typeof forkKeys>>;
      /** The statement that set each key last. */
      set: ReadonlyMap<string, VariableStatement>;
    }
  : never;

/** One job of the file, as Ofelia's reader leaves it: defaults are not filled in. */
export type CronFileJob = JobOf<JobKind>;

/** Something that Ofelia has no place for. It stores all the rest, and then refuses to start. */
export interface Unknown {
  position: Position;
  message: string;
  cure: string;
}

export interface CronFile {
  global: GlobalValues;
  jobs: CronFileJob[];
  /** Of the fork. */
  webhooks: { name: string; position: Position }[];
  unknown: Unknown[];
}

interface Section {
  values: Record<string, unknown>;
  set: Map<string, VariableStatement>;
  table: KeyTable;
  title: string;
}

/** Reads an Ofelia file as Ofelia does. Throws: CronFileError. Source: mcuadros/ofelia, commit ebd2b12, with gcfg 1.2.3. */
export function readCronFile(text: string | Uint8Array, dialect: Dialect = "mcuadros"): CronFile {
  const reading = new Reading(dialect);
  const statements: Statement[] = [];
  // Ofelia reads twice, first what has no subname: a wrong value in a job comes to light only after all syntax was right.
  for (const statement of readStatements(text)) {
    statements.push(statement);
    reading.readGlobal(statement);
  }
  for (const statement of statements) reading.readJob(statement);
  return reading.result();
}

/** The bytes of a file without the mark that some editors begin it with. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

class Reading {
  readonly #global: Section = { values: emptyValues(globalKeys), set: new Map(), table: globalKeys, title: "[global]" };
  readonly #jobs = new Map<string, { kind: JobKind; name: string; position: Position; section: Section }>();
  readonly #unknown: Unknown[] = [];
  readonly #tables: ReadonlyMap<string, KeyTable>;
  readonly #dialect: Dialect;
  readonly #webhooks: CronFile["webhooks"] = [];
  #section: Section | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#tables = jobTablesOf(dialect);
  }

  readGlobal(statement: Statement): void {
    if (statement.kind === "header") {
      this.#section = isGlobal(statement) && statement.subname === null ? this.#global : undefined;
      if (isGlobal(statement) && statement.subname !== null)
        this.#refuse(statement, `[${statement.name}] takes no name, but here it has one.`, `Write it as [${statement.name}].`);
    } else this.#set(statement);
  }

  readJob(statement: Statement): void {
    if (statement.kind === "header") this.#section = this.#jobSection(statement);
    else this.#set(statement);
  }

  result(): CronFile {
    const jobs = [...this.#jobs.values()].map(({ section: { values, set }, ...job }) => asJob({ ...job, values, set }));
    const unknown = this.#unknown.toSorted((one, other) => one.position.line - other.position.line);
    return { global: this.#global.values as GlobalValues, jobs, webhooks: this.#webhooks, unknown };
  }

  #jobSection(header: HeaderStatement): Section | undefined {
    if (isGlobal(header)) return undefined;
    const kind = foldKey(header.name);
    const name = header.subname ?? "";
    const table = this.#tables.get(kind);
    if (table === undefined) {
      if (this.#dialect === "netresearch" && kind === "webhook") this.#webhooks.push({ name, position: header.position });
      else
        this.#refuse(header, `There is no section [${header.name}].`, `The dialect ${this.#dialect} knows [global], ${[...this.#tables.keys()].join(", ")}.`);
      return undefined;
    }
    const id = `${kind}/${name}`;
    const title = titleOf({ kind, name });
    const job = this.#jobs.get(id) ?? {
      kind: kind as JobKind,
      name,
      position: header.position,
      section: { values: emptyValues(table), set: new Map(), table, title },
    };
    this.#jobs.set(id, job);
    return job.section;
  }

  #set(statement: VariableStatement): void {
    if (this.#section === undefined) return;
    const { values, set, table, title } = this.#section;
    const key = foldKey(statement.key);
    const type = Object.hasOwn(table, key) ? table[key] : undefined;
    if (type === undefined) return this.#refuse(statement, `${title} has no key ${statement.key}.`, `It knows: ${Object.keys(table).join(", ")}.`);
    values[key] = parseValue(type, statement, values[key]);
    set.set(key, statement);
  }

  #refuse({ position }: Statement, message: string, cure: string): void {
    this.#unknown.push({ position, message, cure });
  }
}

const isGlobal = ({ name }: HeaderStatement) => foldKey(name) === "global";

/** The table of its kind has made the values, so they have its shape. */
const asJob = (job: unknown) => job as CronFileJob;
