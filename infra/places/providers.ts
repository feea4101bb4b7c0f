import * as cloudflare from "@pulumi/cloudflare";
import * as gcp from "@pulumi/gcp";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleSettings, OracleSettings } from "../settings.ts";

/** What is set, without what is not: a provider takes `undefined` for a wish. */
const given = <T extends object>(values: T) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Oracle, in the home region. Its credentials are the configuration `oci:*` of the stack, else those of the file ~/.oci/config. */
export function oracleProvider({ homeRegion, tenancyId }: OracleSettings): oci.Provider {
  const config = new pulumi.Config("oci");
  const credentials = {
    auth: config.get("auth"),
    configFileProfile: config.get("configFileProfile"),
    userOcid: config.get("userOcid"),
    fingerprint: config.get("fingerprint"),
    privateKey: config.getSecret("privateKey"),
  };
  return new oci.Provider("oracle", { region: homeRegion, tenancyOcid: tenancyId, ...given(credentials) });
}

/** Google, with the configuration `gcp:credentials` of the stack, else what `gcloud auth application-default login` left. */
export function googleProvider({ projectId, location }: GoogleSettings): gcp.Provider {
  const credentials = new pulumi.Config("gcp").getSecret("credentials");
  return new gcp.Provider("google", { project: projectId, region: location.toLowerCase(), ...given({ credentials }) });
}

/** Cloudflare, with the configuration `cloudflare:apiToken` of the stack, else the variable CLOUDFLARE_API_TOKEN. */
export function cloudflareProvider(): cloudflare.Provider {
  return new cloudflare.Provider("cloudflare", given({ apiToken: new pulumi.Config("cloudflare").getSecret("apiToken") }));
}
