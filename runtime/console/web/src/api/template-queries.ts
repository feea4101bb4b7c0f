import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, call } from "./client.ts";
import type { Credential, Template } from "./template-types.ts";

/** Null where the worker has none to offer because it is too old. */
const orNull = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });

export const useTemplates = () =>
  useQuery({
    queryKey: ["templates"],
    queryFn: async ({ signal }) => (await orNull(call<{ templates: Template[] }>("GET", "/api/templates", { signal })))?.templates ?? [],
    staleTime: 10_000,
  });

export const useTemplate = (name: string, enabled = true) =>
  useQuery({
    queryKey: ["template", name],
    queryFn: ({ signal }) => call<Template>("GET", `/api/templates/${encodeURIComponent(name)}`, { signal }),
    enabled: enabled && name !== "",
    staleTime: 10_000,
  });

function useTemplateChange<Given>(change: (given: Given) => Promise<unknown>, shownInPlace = false) {
  const client = useQueryClient();
  return useMutation({
    ...(shownInPlace && { meta: { shownInPlace } }),
    mutationFn: change,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["templates"] }), client.invalidateQueries({ queryKey: ["template"] })]),
  });
}

/** A new one, or one in place of another, which it may rename. */
export const useSaveTemplate = (known: string | undefined) =>
  useTemplateChange(
    (template: Template) =>
      known === undefined ? call("POST", "/api/templates", { body: template }) : call("PUT", `/api/templates/${encodeURIComponent(known)}`, { body: template }),
    true,
  );

export const useDeleteTemplate = () => useTemplateChange((name: string) => call<void>("DELETE", `/api/templates/${encodeURIComponent(name)}`));

export const useCredentials = () =>
  useQuery({
    queryKey: ["credentials"],
    queryFn: async ({ signal }) => (await orNull(call<{ credentials: Credential[] }>("GET", "/api/repositories/credentials", { signal })))?.credentials ?? [],
    staleTime: 30_000,
  });

/** Stores a token under its name, in place of the one that was there. */
export function useSaveCredential() {
  const client = useQueryClient();
  return useMutation({
    meta: { shownInPlace: true },
    mutationFn: ({ name, origin, username, token }: { name: string; origin: string; username: string; token: string }) =>
      call<Credential>("PUT", `/api/repositories/credentials/${encodeURIComponent(name)}`, { body: { token, origin, ...(username !== "" && { username }) } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["credentials"] }),
  });
}
