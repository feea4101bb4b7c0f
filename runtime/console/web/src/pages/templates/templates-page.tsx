import { LayoutTemplate, Pencil, Play, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useMay } from "../../api/queries.ts";
import { useDeleteTemplate, useTemplate, useTemplates } from "../../api/template-queries.ts";
import type { Template } from "../../api/template-types.ts";
import { countOf } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Menu } from "../../parts/menu.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { Question } from "../../parts/question.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { useTitle } from "../title.ts";
import { TemplateDialog } from "./template-form.tsx";
import "../../styles/templates.css";

export function TemplatesPage() {
  useTitle("Templates");
  const [making, setMaking] = useState(false);
  const mayOperate = useMay("operator");
  const templates = useTemplates();
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Templates</h1>
          <p className="muted">Prompts with blanks, and how their jobs run. Whoever uses one fills in the blanks and need not know the rest.</p>
        </div>
        {mayOperate && (
          <div className="header-buttons">
            <button type="button" className="button primary" onClick={() => setMaking(true)}>
              <Plus aria-hidden="true" />
              New template
            </button>
          </div>
        )}
      </header>
      {templates.isError && <ProblemNotice error={templates.error} title="The templates can't be listed now" onRetry={() => void templates.refetch()} />}
      {templates.isPending && <SkeletonRows count={3} />}
      {templates.data?.length === 0 && (
        <EmptyState title="No templates yet" icon={<LayoutTemplate />}>
          <p>
            Write a prompt once, with <code>{"{{blanks}}"}</code> where it differs each time. A template also keeps model, limits, permissions and instructions.
          </p>
        </EmptyState>
      )}
      {templates.data !== undefined && templates.data.length > 0 && (
        <ul className="jobs">
          {templates.data.map((template) => (
            <Item key={template.name} template={template} mayOperate={mayOperate} />
          ))}
        </ul>
      )}
      {making && <TemplateDialog onClose={() => setMaking(false)} />}
    </main>
  );
}

function Item({ template: { name, title, description, inputs }, mayOperate }: { template: Template; mayOperate: boolean }) {
  const [asking, setAsking] = useState<"edit" | "delete">();
  const remove = useDeleteTemplate();
  // The list cuts prompts and leaves files out: what is changed is asked for whole.
  const whole = useTemplate(name, asking === "edit");
  const close = () => setAsking(undefined);
  return (
    <li className="template-item">
      <div className="job-words">
        <span className="job-title">{title}</span>
        <span className="job-facts">
          <code>{name}</code>
          <span>{inputs.length === 0 ? "no blanks" : countOf(inputs.length, "blank")}</span>
        </span>
        {description !== "" && <p className="muted">{description}</p>}
      </div>
      {mayOperate && (
        <>
          <Link href={`/?template=${encodeURIComponent(name)}`} className="button slim">
            <Play aria-hidden="true" />
            Use
          </Link>
          <Menu
            label={`More for ${title}`}
            items={[
              { label: "Change", icon: Pencil, onChoose: () => setAsking("edit") },
              { label: "Delete", icon: Trash2, isDanger: true, onChoose: () => setAsking("delete") },
            ]}
          />
        </>
      )}
      {asking === "edit" && whole.data !== undefined && <TemplateDialog known={whole.data} onClose={close} />}
      {asking === "delete" && (
        <Question
          title={`Delete “${title}”?`}
          no="Keep it"
          yes="Delete the template"
          onNo={close}
          onYes={() => {
            close();
            void remove.mutateAsync(name).then(
              () => toastDone("The template is deleted", title),
              () => undefined,
            );
          }}
        >
          Jobs that were made of it stay.
        </Question>
      )}
    </li>
  );
}
