import { refusal, type Refusal } from "../../errors.ts";

/** Why a request can't be translated; `path` names the field, so that its caller can do without it. */
export class TranslationFault extends Error {
  readonly refusal: Refusal;

  constructor(code: "request.invalid" | "request.untranslatable", path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = "TranslationFault";
    this.refusal = refusal(code, this.message.slice(0, 2_000));
  }
}

export const invalid = (path: string, why: string): TranslationFault => new TranslationFault("request.invalid", path, why);

export const untranslatable = (path: string, why: string): TranslationFault => new TranslationFault("request.untranslatable", path, why);

/** Runs a translation; whatever it throws becomes a refusal, since a caller's body must never be a defect of ours. */
export function attempt<T>(translate: () => T): T | { refused: Refusal } {
  try {
    return translate();
  } catch (thrown) {
    if (thrown instanceof TranslationFault) return { refused: thrown.refusal };
    if (thrown instanceof RangeError) return { refused: invalid("body", "nests too deeply").refusal };
    return { refused: refusal("gateway.defect", "The gateway failed to translate this request.") };
  }
}
