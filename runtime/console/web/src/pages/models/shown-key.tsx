import { useHome } from "../../api/queries.ts";
import type { ShownKey as Shown } from "../../api/models-types.ts";
import { formatMoment } from "../../format.ts";
import { Command } from "../../parts/command.tsx";
import { Dialog } from "../../parts/dialog.tsx";

/** The one time that a key is seen, with the lines that put it to use. */
export function ShownKey({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { data } = useHome();
  const origin = data?.gatewayOrigin ?? "";
  return (
    <Dialog title={`The key “${shown.name}”`} isHeld onClose={onClose}>
      <p>Copy it now: it is shown this once, and only its hash is kept.</p>
      <Command text={shown.key} />
      {shown.previousValidUntil !== undefined && (
        <p className="muted">The one before it works until {formatMoment(shown.previousValidUntil)}; change over before then.</p>
      )}
      <h3>Claude Code, with this home's models</h3>
      <Command text={`ANTHROPIC_BASE_URL=${origin} ANTHROPIC_AUTH_TOKEN=${shown.key} claude`} />
      <h3>Anthropic's SDKs</h3>
      <Command text={`export ANTHROPIC_BASE_URL=${origin} ANTHROPIC_API_KEY=${shown.key}`} />
      {signsItself(origin) && <OwnAuthority />}
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}

/** A home on this machine has certificates of its own authority, which programs don't know. */
const signsItself = (origin: string) => /^https:\/\/[^/]*\blocalhost(:|$)/.test(origin);

function OwnAuthority() {
  return (
    <>
      <p className="muted">
        This home signs its own certificates. Once, in the project's folder, so that programs trust it; then start them from the same shell:
      </p>
      <Command text="npm run -s freehold -- ca > freehold-ca.pem && export NODE_EXTRA_CA_CERTS=$PWD/freehold-ca.pem" />
    </>
  );
}
