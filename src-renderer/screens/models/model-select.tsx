import type { ModelsReport } from '../../../src-shared/catalogue.ts';

/** Names under one heading. */
export interface NameGroup {
  readonly name: string;
  readonly ids: readonly string[];
}

/** The models of each server. */
export function modelGroups({ servers }: ModelsReport): readonly NameGroup[] {
  return withNames(servers.map(({ id, models }) => ({ name: id, ids: models.map((model) => model.id) })));
}

/** The aliases, but for one, and then the models of each server. */
export function nameGroups(report: ModelsReport, except: string | null): readonly NameGroup[] {
  const ids = report.aliases.flatMap(({ id }) => (id === except ? [] : [id]));
  return [...withNames([{ name: 'Aliases', ids }]), ...modelGroups(report)];
}

function withNames(groups: readonly NameGroup[]): readonly NameGroup[] {
  return groups.filter(({ ids }) => ids.length > 0);
}

/** A choice among models and aliases; what else `value` is stays a choice. '' is none, which `none` names. */
export function ModelSelect({
  tied,
  groups,
  value,
  none,
  disabled = false,
  onChange,
}: {
  /** What names it, and its look. */
  readonly tied: { readonly id?: string; readonly className: string; readonly 'aria-label'?: string };
  readonly groups: readonly NameGroup[];
  readonly value: string;
  readonly none: string | null;
  readonly disabled?: boolean;
  readonly onChange: (model: string) => void;
}) {
  const isListed = value === '' || groups.some(({ ids }) => ids.includes(value));
  return (
    <select {...tied} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value)}>
      {(none !== null || value === '') && <option value="">{none ?? 'Choose…'}</option>}
      {!isListed && <option value={value}>{value}</option>}
      {groups.map((group) => (
        <optgroup key={group.name} label={group.name}>
          {group.ids.map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
