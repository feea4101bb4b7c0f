/** The home's own key was refused before the provider could be asked. */
export class CredentialRefused extends Error {
  readonly code = "FREEHOLD_CREDENTIAL_REFUSED";
}
