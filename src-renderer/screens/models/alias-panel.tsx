import { useEffect, useState } from 'react';
import type { ModelsReport } from '../../../src-shared/catalogue.ts';
import { isCodeModel } from '../../../src-shared/model-size.ts';
import type { AliasRules } from '../../../src-shared/settings.ts';
import { SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { newRules } from './alias-draft.ts';
import { AliasForm } from './alias-form.tsx';
import { codeDefaults } from './code-defaults.ts';
import { FormPanel } from './form-panel.tsx';

/** An alias with all that it does; `id` is null for a new one, `model` where that is to lead. */
export function AliasPanel({
  control,
  report,
  id,
  model,
  readOnly,
  onSaved,
  onClose,
}: {
  readonly control: Control;
  readonly report: ModelsReport;
  readonly id: string | null;
  readonly model: string;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}) {
  const [rules, setRules] = useState<AliasRules | null>(
    id === null ? newRules(isCodeModel(model) ? codeDefaults : {}) : null,
  );
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  useEffect(() => {
    if (id === null) return;
    let isWanted = true;
    control.models.aliasRules({ id }).then(
      (answer) => {
        if (isWanted) setRules(answer);
      },
      (cause: unknown) => {
        if (isWanted) setFailure(describeRefusal('The alias can’t be shown.', cause));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [control, id]);
  return (
    <FormPanel title={id === null ? 'Add an alias' : `Edit ${id}`} onClose={onClose}>
      {(onDirty) => (
        <>
          {rules === null && failure === null && (
            <p role="status" className="flex items-center gap-2 text-quiet">
              <SpinnerIcon /> Asking Dragoman…
            </p>
          )}
          {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
          {rules !== null && (
            <AliasForm
              control={control}
              report={report}
              was={id}
              model={model}
              rules={rules}
              readOnly={readOnly}
              onSaved={onSaved}
              onDirty={onDirty}
            />
          )}
        </>
      )}
    </FormPanel>
  );
}
