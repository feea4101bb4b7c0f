import type { ImageArgs, RemoteImageArgs } from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { containerType, environment, type ContainerProps } from "./container-facts.ts";
import { credentialIn, isSecretName } from "./credentials.ts";
import { resourcePolicy } from "./policy.ts";
import type { Finding } from "./violation.ts";

export const containerSecrets = resourcePolicy({
  name: "container-secrets",
  description: "Checks whether a secret stands in a container's environment, command or labels.",
  rule: "A secret must reach a container as a file, since environment, command and labels are shown by `docker inspect`.",
  types: [containerType],
  facts: ({ envs, command, entrypoints, labels, healthcheck }: ContainerProps) => ({
    envs: envs ?? [],
    texts: { command: command ?? [], entrypoints: entrypoints ?? [], labels: (labels ?? []).map(({ value }) => value), healthcheck: healthcheck?.tests ?? [] },
  }),
  check: ({ facts: { envs, texts } }) => [
    ...environment(envs).flatMap(judgeVariable),
    ...Object.entries(texts).flatMap(([property, values]) => values.flatMap((value) => judgeText(property, value))),
  ],
});

function judgeVariable({ name, value }: { name: string; value: string }): Finding[] {
  const cure = `Put it in a file by \`uploads\` (/run/secrets/…), and give its path in ${name.replace(/_FILE$/i, "")}_FILE.`;
  const length = `${value.length} characters, not shown`;
  if (isSecretName(name) && value !== "") return [{ found: `envs has ${name} (${length})`, limit: `${name}_FILE with a path`, cure }];
  if (name.endsWith("_FILE") && isSecretName(name.replace(/_FILE$/, "")) && !value.startsWith("/"))
    return [{ found: `${name} is not an absolute path (${length})`, limit: "the absolute path of a file", cure }];
  const credential = credentialIn(value);
  return credential === undefined ? [] : [{ found: `the value of ${name} holds ${credential} (${length})`, limit: "no secret", cure }];
}

function judgeText(property: string, value: string): Finding[] {
  const credential = credentialIn(value);
  return credential === undefined
    ? []
    : [
        {
          found: `${property} holds ${credential} (not shown)`,
          limit: "no secret",
          cure: "Put it in a file by `uploads`, and let the program read that file.",
        },
      ];
}

type BuiltImage = Partial<Unwrap<ImageArgs>> & Partial<Unwrap<RemoteImageArgs>>;

export const imageSecrets = resourcePolicy({
  name: "image-secrets",
  description: "Checks whether a secret is built into an image.",
  rule: "A secret must not be a build argument or a label: it would stay in the image's history.",
  types: ["docker:index/image:Image", "docker:index/remoteImage:RemoteImage"],
  facts: ({ build }: BuiltImage) => ({ build: Object.entries(buildTexts(build)) }),
  check: ({ facts: { build } }) =>
    build.flatMap(([name, value]) => {
      if (!isSecretName(name) && credentialIn(value) === undefined) return [];
      return [
        {
          found: `build argument or label ${name} (${value.length} characters, not shown)`,
          limit: "no secret",
          cure: "Give it to the container as a file instead, by `uploads`.",
        },
      ];
    }),
});

function buildTexts(build: BuiltImage["build"]): Record<string, string> {
  const given = (build ?? {}) as { args?: Record<string, string>; buildArgs?: Record<string, string>; label?: Record<string, string> };
  return { ...given.args, ...given.buildArgs, ...given.label };
}
