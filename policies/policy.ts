import type { PolicyConfigSchema, PolicyResourceOptions, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { plainCopy, unknownPaths } from "./unknown.ts";
import { violation, type Finding } from "./violation.ts";

/** A setting of a policy, which `--policy-pack-config` may change. */
export interface Setting<T> {
  readonly default: T;
  readonly description: string;
  readonly type: "boolean" | "integer" | "number" | "string" | "array";
  readonly enum?: T[];
  readonly minimum?: number;
}

type Settings = Readonly<Record<string, Setting<unknown>>>;
type Values<S extends Settings> = { [K in keyof S]: S[K]["default"] };

export const integer = (standard: number, description: string): Setting<number> => ({ default: standard, type: "integer", minimum: 0, description });
export const flag = (standard: boolean, description: string): Setting<boolean> => ({ default: standard, type: "boolean", description });
export const text = (standard: string, description: string): Setting<string> => ({ default: standard, type: "string", description });
export const choice = <T extends string>(standard: NoInfer<T>, values: readonly T[], description: string): Setting<T> => ({
  default: standard,
  type: "string",
  enum: [...values],
  description,
});

/** A resource as a rule sees it: only the facts that the rule asked for, all of them known. */
export interface Subject<Facts> {
  name: string;
  type: string;
  urn: string;
  options: PolicyResourceOptions;
  facts: Facts;
}

interface Rule<Props, Facts extends object, S extends Settings> {
  /** Kebab-case, unique in the pack. */
  name: string;
  /** Shape: "Checks whether …". */
  description: string;
  /** Shape: "A … must …". */
  rule: string;
  types: readonly string[] | "all";
  settings?: S;
  /**
   * Picks what the rule judges, without judging: a value that the preview doesn't know must come through as it is.
   * A rule can't read anything else, so no unknown value escapes it.
   */
  facts: (props: Props, resource: Seen) => Facts;
}

/** What else than its properties a rule may pick facts from. */
interface Seen {
  name: string;
  type: string;
  /** The properties of the provider that would make it, where the engine says which that is. */
  provider: Record<string, unknown> | undefined;
}

interface ResourceRule<Props, Facts extends object, S extends Settings> extends Rule<Props, Facts, S> {
  check: (subject: Subject<Facts>, settings: Values<S>) => readonly Finding[];
}

/** Says what a property is where nothing was said, where that is what everybody would want; what was said is never changed. */
interface Remedy<Props> {
  /** The missing properties, with their values, or nothing. */
  remedy?: (props: Props) => Partial<Props>;
}

interface StackRule<Props, Facts extends object, S extends Settings> extends Rule<Props, Facts, S> {
  check: (subjects: readonly Subject<Facts>[], settings: Values<S>) => readonly Finding[];
}

interface Resource {
  name: string;
  type: string;
  urn: string;
  opts: PolicyResourceOptions;
  props: Record<string, unknown>;
  provider?: { props: Record<string, unknown> };
}

/** A policy on single resources, judged by their inputs before they are created or changed. */
export function resourcePolicy<Props, Facts extends object, const S extends Settings = Settings>(
  rule: ResourceRule<Props, Facts, S> & Remedy<Props>,
): ResourceValidationPolicy {
  const { remedy } = rule;
  return {
    ...header(rule),
    ...(remedy === undefined
      ? {}
      : { enforcementLevel: "remediate" as const, remediateResource: (args) => (applies(rule, args) ? mend(args.props, remedy) : undefined) }),
    validateResource: (args, report) => {
      if (!applies(rule, args)) return;
      const subject = understand(rule, args, report);
      if (subject === undefined) return;
      for (const finding of rule.check(subject, valuesOf(rule.settings, args.getConfig())))
        report(violation({ ...finding, resource: subject, rule: rule.rule }));
    },
  };
}

/** A policy on all resources of some types together, judged by their outputs: in a preview before anything changes, in an update at its end. */
export function stackPolicy<Props, Facts extends object, const S extends Settings = Settings>(rule: StackRule<Props, Facts, S>): StackValidationPolicy {
  return {
    ...header(rule),
    validateStack: (args, report) => {
      const subjects = args.resources.filter((resource) => applies(rule, resource)).map((resource) => understand(rule, resource, report));
      // An unknown amount is reported already; the sum of the rest would mislead.
      const known = subjects.filter((subject) => subject !== undefined);
      if (known.length < subjects.length) return;
      // Without a URN, `pulumi policy analyze` panics when it prints the violation (seen with 3.232).
      const stack = args.resources.find(({ type }) => type === "pulumi:pulumi:Stack") ?? known[0];
      for (const finding of rule.check(known, valuesOf(rule.settings, args.getConfig())))
        report(violation({ ...finding, resource: undefined, rule: rule.rule }), stack?.urn);
    },
  };
}

/** The properties with what was missing; nothing where nothing was, so that the engine reports no change. */
function mend<Props>(props: Record<string, unknown>, remedy: (props: Props) => Partial<Props>): Record<string, unknown> | undefined {
  const missing = remedy(plainCopy(props) as Props);
  return Object.keys(missing).length === 0 ? undefined : { ...props, ...missing };
}

const applies = ({ types }: { types: readonly string[] | "all" }, { type }: { type: string }) => types === "all" || types.includes(type);

const header = ({ name, description, settings }: { name: string; description: string; settings?: Settings }) => ({
  name,
  description,
  enforcementLevel: "mandatory" as const,
  ...(settings === undefined ? {} : { configSchema: { properties: settings as PolicyConfigSchema["properties"] } }),
});

/** The engine fills in the defaults of the schema, but not when a pack runs without it; a missing number would compare as smaller than all. */
function valuesOf<S extends Settings>(settings: S | undefined, given: object): Values<S> {
  const defaults = Object.entries(settings ?? {}).map(([name, setting]) => [name, setting.default]);
  return { ...(Object.fromEntries(defaults) as Values<S>), ...given };
}

function understand<Props, Facts extends object, S extends Settings>(
  rule: Rule<Props, Facts, S>,
  resource: Resource,
  report: ReportViolation,
): Subject<Facts> | undefined {
  const { name, type, urn } = resource;
  const provider = resource.provider === undefined ? undefined : (plainCopy(resource.provider.props) as Record<string, unknown>);
  const facts = rule.facts(plainCopy(resource.props) as Props, { name, type, provider });
  const unknown = unknownPaths(facts).join(", ");
  if (unknown === "") return { name, type, urn, options: resource.opts, facts };
  const finding = {
    found: `${unknown}: not known before the update`,
    limit: "a value that the preview can show and judge",
    cure: `Give ${unknown} as a plain value, not as an output of another resource; let the option dependsOn make the order.`,
  };
  report(violation({ ...finding, resource, rule: rule.rule }), urn);
  return undefined;
}
